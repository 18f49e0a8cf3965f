//! What a lane is: a language's way from source to a wasm module, inside the sandbox.

use std::{fmt, path::Path};

use workbooks_host::Shape;

use crate::{
    bindings::Generated,
    cache::BuildCache,
    compile_error::CompileError,
    provision::{PackageClient, Progress},
    sandbox::{Module, Sandbox, StepLimits},
    source::Tree,
    toolchain::{Pinned, Toolchain},
};

/// How a lane comes to a wasm module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its compiler makes wasm.
    ToWasm,
    /// Its compiler makes C, which the C lane compiles.
    ToC,
    /// Its engine runs the source at every start.
    Run,
}

/// A language. Implementations stand in `lanes/`, one file each, and in its table.
///
/// A compiler for another architecture is no exception: its lane's module is the emulator, itself
/// wasm, and the compiler a pinned file that each step mounts.
pub trait Lane: Send + Sync {
    /// Its word: `c`.
    fn word(&self) -> &'static str;

    /// How it comes to a module.
    fn kind(&self) -> Kind;

    /// Its pinned compiler.
    fn pinned(&self) -> &'static Pinned;

    /// Makes what else belongs to the compiler from what was fetched, and names the files and
    /// folders that it put into [`Deriving::folder`]. Only pinned and our own bytes are read here.
    ///
    /// What goes in besides the pins must be in [`Pinned::made_by`], or a change of it would not
    /// be seen.
    ///
    /// # Errors
    /// See [`CompileError`].
    fn derive(&self, _: &Deriving<'_>) -> Result<Vec<String>, CompileError> {
        Ok(Vec::new())
    }

    /// The modules of the installed compiler that the sandbox runs, for which code is generated
    /// when it is installed.
    fn modules(&self, toolchain: &Toolchain) -> Vec<Module> {
        toolchain.modules().collect()
    }

    /// The engines that interpret the lane's programs, for which code is generated likewise.
    fn engines(&self, _: &Toolchain) -> Vec<Module> {
        Vec::new()
    }

    /// Whether it compiles the file with this path when a manifest names no files.
    fn compiles(&self, path: &str) -> bool;

    /// What changes when the lane's own way of compiling does, so that no build made another
    /// way is taken for one of this.
    fn recipe(&self) -> String;

    /// Whether a program of this shape with these capabilities is joined to the guest's world by
    /// bindings.
    fn binds(&self, shape: Shape, _caps: &[String]) -> bool {
        shape == Shape::Component
    }

    /// The bindings to the guest's world, which are compiled with its source.
    ///
    /// # Errors
    /// [`CompileError::World`].
    fn bindings(&self, world: &str) -> Result<Vec<Generated>, CompileError>;

    /// What an author's editor wants to know of the guest's world, if the lane binds one for its
    /// shape: files by their paths from the toolkit's folder. No build reads them.
    ///
    /// # Errors
    /// [`CompileError::World`].
    fn typings(&self, _: Option<&str>) -> Result<Vec<Generated>, CompileError> {
        Ok(Vec::new())
    }

    /// Compiles and links a program.
    ///
    /// # Errors
    /// See [`CompileError`].
    fn build(&self, job: &Job<'_>) -> Result<Code, CompileError>;
}

/// What a lane makes of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// Wasm: a core module or a component.
    Wasm(Vec<u8>),
    /// A program in the form that an engine of the lane interprets.
    Interpreted {
        /// The engine: a module or component that the lane provisioned, run as a guest.
        engine: Module,
        /// What the engine reads through `workbooks:engine/program`.
        program: Vec<u8>,
        /// The component that exports the world of the program's author and calls the engine, if
        /// that is not what the engine exports itself.
        front: Option<Vec<u8>>,
    },
}

/// A compiler that is being made.
pub struct Deriving<'a> {
    /// The folder of the compiler, with all pinned files, the temporary ones too.
    pub folder: &'a Path,
    /// An empty folder for what is made on the way.
    pub scratch: &'a Path,
    /// The compilers of other lanes that it needs, in the order of the manifest.
    pub needs: &'a [Toolchain],
    /// Runs wasm.
    pub sandbox: &'a dyn Sandbox,
    /// Runs native tools of pinned packages.
    pub client: &'a dyn PackageClient,
    /// Hears how far it is.
    pub progress: &'a dyn Progress,
}

impl fmt::Debug for Deriving<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deriving").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// One program to build, and what to build it with.
pub struct Job<'a> {
    /// Its name, for messages.
    pub id: &'a str,
    /// What it is called as.
    pub shape: Shape,
    /// All files.
    pub(crate) tree: &'a Tree,
    /// The folder that has exactly these files, and the bindings under `bindings/`.
    pub work: &'a Path,
    /// An empty folder for what is made between the steps.
    pub scratch: &'a Path,
    /// The words of `#+CAPS`.
    pub caps: &'a [String],
    /// The files to compile, sorted.
    pub units: &'a [String],
    /// The bindings' files.
    pub(crate) bindings: &'a [Generated],
    /// The folders of headers, in order.
    pub include: &'a [String],
    /// Flags for each compilation.
    pub compile_flags: &'a [String],
    /// Flags for the link.
    pub link_flags: &'a [String],
    /// The export that a kernel is called by.
    pub entry: &'a str,
    /// What each step may use.
    pub limits: StepLimits,
    /// Whether it is built to be tried at once, not to be given away.
    pub dev: bool,
    /// The compiler.
    pub toolchain: &'a Toolchain,
    /// The compilers of other lanes that it needs, in the order of its manifest.
    pub needs: &'a [Toolchain],
    /// Runs it.
    pub sandbox: &'a dyn Sandbox,
    /// Objects compiled before.
    pub(crate) cache: &'a BuildCache,
    /// Hears how far it is.
    pub progress: &'a dyn Progress,
}

impl fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .field("units", &self.units)
            .finish_non_exhaustive()
    }
}
