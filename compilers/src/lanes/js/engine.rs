//! Engines: QuickJS, the runtime and the glue to one world, linked, with the prelude evaluated.

use std::{fs, path::Path};

use crate::{
    bindings::Generated,
    compile_error::CompileError,
    lanes::clang::Clang,
    sandbox::{Finished, Module, Sandbox, Step, StepLimits},
    snapshot,
};
use workbooks_host::provenance::Digest;

use super::{quickjs, runtime};

/// Linear memory's stack in bytes: more than JavaScript's own limit, for the C code beneath it.
const STACK: &str = "stack-size=2097152";

/// What an engine is to be linked from.
pub(super) struct Parts<'a> {
    /// The lane's folder, with the derived objects.
    pub(super) toolchain: &'a Path,
    /// An empty folder.
    pub(super) scratch: &'a Path,
    /// The glue to the world.
    pub(super) glue: &'a [Generated],
    /// Whether it is a command, or a component's.
    pub(super) command: bool,
}

/// The engine without its prelude, a core module.
pub(super) fn link(parts: &Parts<'_>, clang: &Clang<'_>) -> Result<Vec<u8>, CompileError> {
    for (name, bytes) in parts.glue {
        fs::write(parts.scratch.join(name), bytes)?;
    }
    let include = parts.toolchain.join(quickjs::INCLUDE);
    let ours = parts.toolchain.join(runtime::RUNTIME);
    let objects = parts.toolchain.join(quickjs::OBJECTS);
    let mounts: [(&Path, &str); 4] =
        [(parts.scratch, "/world"), (&include, "/quickjs"), (&ours, "/js"), (&objects, "/objects")];
    let world = clang.compile("/world/world.c", &runtime::FLAGS, &mounts)?;
    fs::write(parts.scratch.join("world.o"), world)?;
    let quickjs = quickjs::UNITS.iter().map(|unit| format!("/objects/{unit}.o"));
    let units = runtime::units(parts.command).map(|unit| format!("/js/{unit}.o"));
    let own = parts.glue.iter().filter_map(|(name, _)| name.strip_suffix(".o"));
    let own = own.chain(["world"]).map(|name| format!("/world/{name}.o"));
    let all: Vec<_> = quickjs.chain(units).chain(own).collect();
    let flags = ["-z", STACK, "--no-entry", "-L/usr/lib/wasm32-wasip1"];
    let flags: Vec<_> = flags.into_iter().chain(quickjs::LIBRARIES).collect();
    clang.link(&all, &flags, &mounts)
}

/// What the initialiser does before it leaves its memory.
pub(super) enum Task<'a> {
    /// Nothing but the prelude.
    Prelude,
    /// Only says what is wrong with a program.
    Check(&'a [u8]),
    /// Evaluates a program, too.
    Evaluate(&'a [u8]),
}

/// Runs an engine's initialiser: the memory that it left, or, with another status, what it says.
pub(super) fn initialize(
    sandbox: &dyn Sandbox,
    initializer: &Module,
    task: &Task<'_>,
    limits: StepLimits,
) -> Result<Finished, CompileError> {
    let (word, program) = match task {
        Task::Prelude => ("prelude", &[][..]),
        Task::Check(program) => ("check", *program),
        Task::Evaluate(program) => ("evaluate", *program),
    };
    let step = Step {
        module: initializer.clone(),
        args: vec!["js".to_owned()],
        env: Vec::new(),
        stdin: [word.as_bytes(), b"\n", program].concat(),
        mounts: Vec::new(),
        limits,
    };
    let at = match task {
        Task::Check(_) => "the check of its files",
        Task::Prelude | Task::Evaluate(_) => "its top level",
    };
    let stopped = |source| CompileError::Stopped { at: at.to_owned(), source };
    sandbox.run(&step).map_err(stopped)
}

/// The engine with its prelude evaluated, of a linked `module` and its initialiser.
pub(super) fn prepared(
    module: &[u8],
    initializer: &Module,
    sandbox: &dyn Sandbox,
    limits: StepLimits,
) -> Result<Vec<u8>, CompileError> {
    let finished = initialize(sandbox, initializer, &Task::Prelude, limits)?;
    if finished.status != 0 {
        let what = String::from_utf8_lossy(&finished.stderr).into_owned();
        return Err(CompileError::Derive { what });
    }
    snapshot::apply(module, &finished.stdout)
}

/// A world's engine as the build cache has it: the digests of its files, and the linked module.
pub(super) struct Entry {
    /// Of the initialiser.
    pub(super) initializer: Digest,
    /// Of the engine with its prelude.
    pub(super) engine: Digest,
    /// Without it, for snapshots.
    pub(super) module: Vec<u8>,
}

impl Entry {
    pub(super) fn write(&self) -> Vec<u8> {
        [self.initializer.as_ref(), self.engine.as_ref(), &self.module].concat()
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (initializer, rest) = bytes.split_first_chunk::<32>()?;
        let (engine, module) = rest.split_first_chunk::<32>()?;
        let (initializer, engine) = ((*initializer).into(), (*engine).into());
        Some(Self { initializer, engine, module: module.to_vec() })
    }
}
