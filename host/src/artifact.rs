//! What is run: the bytes of an artifact, with what its manifest says of them.

use std::borrow::Cow;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::adapt::{
    AdaptError, Declared, FileSystem, KernelAbi, Options, ScanLimits, adapt, attach_program,
    detach_program,
};
use crate::engine::EngineKind;
use crate::policy::Limits;
use crate::toolkit::{Manifest, Shape};

/// A component or a core module in binary form, and how it is to be read.
#[derive(Clone, Debug)]
pub struct Artifact<'a> {
    source: Source<'a>,
    pub(crate) shape: Option<Shape>,
    pub(crate) engine: EngineKind,
    kernel: KernelAbi,
    /// Whether its code is kept on disk.
    pub(crate) kept: bool,
    program: &'a [u8],
    front: Option<&'a [u8]>,
    /// Whether it is a front itself.
    pub(crate) is_front: bool,
}

#[derive(Clone, Debug)]
enum Source<'a> {
    Bytes(&'a [u8]),
    /// Read only if it is not in the cache.
    File {
        path: &'a Path,
        sha256: Cow<'a, str>,
    },
}

impl<'a> Artifact<'a> {
    /// Bytes without a manifest: their exports say what they are. If a program is attached to them
    /// ([`attach_program`](crate::adapt::attach_program)), they are an engine that interprets it.
    pub fn bare(bytes: &'a [u8]) -> Self {
        let (bytes, program) = detach_program(bytes);
        Self {
            program,
            source: Source::Bytes(bytes),
            shape: None,
            engine: if program.is_empty() { EngineKind::Guest } else { EngineKind::Interpreter },
            kernel: KernelAbi::default(),
            kept: true,
            front: None,
            is_front: false,
        }
    }

    /// The same engine behind `front`, a component in binary form that is called in its place and
    /// calls it through `workbooks:python/calls`. Code is generated for the two apart, so that an
    /// engine has one piece of code whatever stands before it.
    #[must_use]
    pub fn behind(self, front: Option<&'a [u8]>) -> Self {
        Self { front, ..self }
    }

    /// What stands before it, as an artifact.
    pub(crate) fn front(&self) -> Option<Self> {
        let front = self.front.map(Self::bare)?;
        let shape = Some(Shape::Component);
        Some(Self { shape, engine: self.engine, kept: self.kept, is_front: true, ..front })
    }

    /// What a guest had made, in binary form. Its code is not kept: a guest could have more made
    /// than a disk holds.
    pub(crate) fn made(bytes: &'a [u8], shape: Shape) -> Self {
        Self { shape: Some(shape), kept: false, ..Self::bare(bytes) }
    }

    /// What a guest had made, where an engine interprets it. The engine's code is kept.
    pub(crate) fn made_for(
        path: &'a Path,
        sha256: &'a str,
        program: &'a [u8],
        shape: Shape,
    ) -> Self {
        Self { shape: Some(shape), ..Self::interpreter(path, sha256, program) }
    }

    /// The artifact of a toolkit.
    pub fn of(bytes: &'a [u8], manifest: &Manifest) -> Self {
        let mut kernel = KernelAbi {
            in_off: manifest.in_off,
            out_off: manifest.out_off,
            ..KernelAbi::default()
        };
        if let Some(entry) = &manifest.entry {
            kernel.entry.clone_from(entry);
        }
        Self { shape: Some(manifest.exec), kernel, ..Self::bare(bytes) }
    }

    /// The artifact of a toolkit as a component, which other hosts can run too: a command or a
    /// kernel is lifted, an engine keeps its program. A command has the file system of WASI if the
    /// manifest asks for `vfs`, else none.
    ///
    /// # Errors
    ///
    /// When it is no command, component or kernel, or is over a limit.
    pub fn lifted(bytes: &[u8], manifest: &Manifest) -> Result<Vec<u8>, AdaptError> {
        let artifact = Artifact::of(bytes, manifest);
        let files = manifest.caps.iter().any(|cap| cap.value == "vfs");
        let file_system = if files { FileSystem::Open } else { FileSystem::Closed };
        let (code, program) = detach_program(bytes);
        let component = adapt(code, &artifact.options(&Limits::default(), file_system))?.component;
        Ok(match program {
            [] => component.into_owned(),
            program => attach_program(&component, program),
        })
    }

    /// A command, in binary form.
    pub(crate) fn command(bytes: &'a [u8]) -> Self {
        Self { shape: Some(Shape::Command), ..Self::bare(bytes) }
    }

    /// A command, in a file with this SHA-256 in lower-case hexadecimal.
    pub(crate) fn stored(path: &'a Path, sha256: &'a str) -> Self {
        Self { engine: EngineKind::Guest, ..Self::lane(path, sha256) }
    }

    /// A compiler, in a file with this SHA-256 in lower-case hexadecimal. It runs on the engine
    /// with the large stack; once it is in the cache the file is not read.
    pub fn lane(path: &'a Path, sha256: &'a str) -> Self {
        Self {
            source: Source::File { path, sha256: sha256.into() },
            shape: Some(Shape::Command),
            engine: EngineKind::Lane,
            kernel: KernelAbi::default(),
            kept: true,
            program: &[],
            front: None,
            is_front: false,
        }
    }

    /// An engine that provisioning made, in a file with this SHA-256 in lower-case hexadecimal,
    /// and the program that it interprets. Code is generated for the engine alone, once: another
    /// program costs none, and the file is not read again.
    pub fn engine(
        path: &'a Path,
        sha256: impl Into<Cow<'a, str>>,
        program: &'a [u8],
        manifest: &Manifest,
    ) -> Self {
        let shape = Some(manifest.exec);
        Self { shape, ..Self::interpreter(path, sha256, program) }
    }

    /// The same, as a command without a manifest.
    pub fn interpreter(path: &'a Path, sha256: impl Into<Cow<'a, str>>, program: &'a [u8]) -> Self {
        Self {
            source: Source::File { path, sha256: sha256.into() },
            shape: Some(Shape::Command),
            engine: EngineKind::Interpreter,
            kernel: KernelAbi::default(),
            kept: true,
            program,
            front: None,
            is_front: false,
        }
    }

    /// Whether it runs a program: then it imports whatever any program may use.
    pub fn interprets(&self) -> bool {
        self.engine == EngineKind::Interpreter
    }

    /// Whether provisioning made it, which pins it by its digest. It may be larger than what a
    /// stranger may bring, and its code does not depend on the guest that it serves.
    pub(crate) fn is_provisioned(&self) -> bool {
        match self.engine {
            EngineKind::Lane => true,
            EngineKind::Interpreter => matches!(self.source, Source::File { .. }),
            EngineKind::Guest => false,
        }
    }

    /// What it interprets; empty if it was compiled.
    ///
    /// # Errors
    ///
    /// When it alone is larger than an artifact may be.
    pub(crate) fn program(&self, limits: &Limits) -> Result<Arc<[u8]>, AdaptError> {
        let (bytes, limit) = (self.program.len(), limits.artifact_bytes);
        if bytes as u64 > limit {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            return Err(AdaptError::TooLarge { bytes, limit });
        }
        Ok(self.program.into())
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is not the one that was named; in words.
    pub(crate) fn bytes(&self) -> Result<Cow<'a, [u8]>, String> {
        match &self.source {
            Source::Bytes(bytes) => Ok((*bytes).into()),
            Source::File { path, sha256 } => {
                let bytes = fs::read(path).map_err(|why| why.to_string())?;
                let found = crate::hex(&Sha256::digest(&bytes));
                if found == **sha256 {
                    Ok(bytes.into())
                } else {
                    Err(format!("its SHA-256 is {found} where {sha256} was expected"))
                }
            }
        }
    }

    /// What names it in the cache, together with how it is lifted.
    pub(crate) fn name(&self, options: &Options) -> Vec<u8> {
        let digest = match &self.source {
            Source::Bytes(bytes) => crate::hex(&Sha256::digest(bytes)),
            Source::File { sha256, .. } => sha256.to_string(),
        };
        let shape = self.shape.filter(|_| !self.is_shared());
        format!("{digest} {shape:?} {options:?}").into_bytes()
    }

    /// An engine of provisioning's: one piece of code serves every guest.
    fn is_shared(&self) -> bool {
        self.interprets() && self.is_provisioned()
    }

    pub(crate) fn options(&self, limits: &Limits, file_system: FileSystem) -> Options {
        if self.is_shared() {
            let bytes = usize::try_from(Limits::lane().artifact_bytes).unwrap_or(usize::MAX);
            let limits = ScanLimits { bytes, bodies: false, ..ScanLimits::default() };
            // A file system that was not granted is closed where it is linked.
            return Options { file_system: FileSystem::Open, limits, ..Options::default() };
        }
        Options {
            shape: match self.shape {
                Some(Shape::Command | Shape::Task) => Some(Declared::Command),
                Some(Shape::Component | Shape::Federation) => Some(Declared::Component),
                Some(Shape::Kernel) => Some(Declared::Kernel),
                Some(Shape::Posix) | None => None,
            },
            file_system,
            kernel: self.kernel.clone(),
            limits: ScanLimits {
                bytes: usize::try_from(limits.artifact_bytes).unwrap_or(usize::MAX),
                functions: limits.functions.into(),
                imports: limits.imports.into(),
                // A compiler of ours is validated by the code generator alone: once is enough.
                bodies: self.engine != EngineKind::Lane,
                ..ScanLimits::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_no_larger_than_an_artifact_may_be() {
        let file = attach_program(b"\0asm\x01\0\0\0", b"print(1)");
        let artifact = Artifact::bare(&file);
        let limits = |artifact_bytes| Limits { artifact_bytes, ..Limits::default() };
        assert_eq!(&*artifact.program(&limits(8)).unwrap(), b"print(1)");
        let refused = artifact.program(&limits(7)).unwrap_err();
        assert_eq!(refused, AdaptError::TooLarge { bytes: 8, limit: 7 });
    }

    const SUMS: &str = r#"(component
        (import "workbooks:engine/program@0.1.0-dev" (instance $program
            (export "read" (func (result (list u8))))))
        (core module $memory (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
        (core instance $memory (instantiate $memory))
        (core func $read (canon lower (func $program "read")
            (memory $memory "memory") (realloc (func $memory "realloc"))))
        (core module $main
            (import "" "read" (func $read (param i32)))
            (import "" "memory" (memory 1))
            (func (export "said") (result i32)
                (call $read (i32.const 0))
                (i32.add (i32.mul (i32.load (i32.const 4)) (i32.const 1000))
                    (i32.load8_u (i32.load (i32.const 0))))))
        (core instance $main (instantiate $main (with "" (instance
            (export "read" (func $read)) (export "memory" (memory $memory "memory"))))))
        (func (export "said") (result u32) (canon lift (core func $main "said"))))"#;

    #[test]
    fn what_is_attached_is_what_the_guest_reads() {
        let host = crate::Host::builder().threads(1).build().unwrap();
        let grant = crate::Grant::bare(
            "sums",
            &crate::Profile::named("compute"),
            &crate::policy::ToolkitPolicy::default(),
        );
        let plain = wat::parse_str(SUMS).unwrap();
        for (file, expected) in [(attach_program(&plain, b"AB"), "2065"), (plain, "0")] {
            let prepared = host.prepare(&Artifact::bare(&file), &grant).unwrap();
            let said = host.spawn(async move {
                let mut instance = prepared.start(crate::Run::default()).await.unwrap();
                instance.invoke("said()").await.unwrap().text
            });
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            assert_eq!(runtime.block_on(said).unwrap(), expected);
        }
    }
}
