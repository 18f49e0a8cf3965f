//! What is run: the bytes of an artifact, with what its manifest says of them.

use crate::adapt::{Declared, KernelAbi, Options, ScanLimits};
use crate::engine::EngineKind;
use crate::policy::Limits;
use crate::toolkit::{Manifest, Shape};

/// A component or a core module in binary form, and how it is to be read.
#[derive(Clone, Debug)]
pub struct Artifact<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) shape: Option<Shape>,
    pub(crate) kernel: KernelAbi,
    pub(crate) engine: EngineKind,
}

impl<'a> Artifact<'a> {
    /// Bytes without a manifest: their exports say what they are.
    pub fn bare(bytes: &'a [u8]) -> Self {
        Self { bytes, shape: None, kernel: KernelAbi::default(), engine: EngineKind::Guest }
    }

    /// The artifact of a toolkit.
    pub fn of(bytes: &'a [u8], manifest: &Manifest) -> Self {
        let mut kernel = KernelAbi { in_off: manifest.in_off, out_off: manifest.out_off, ..KernelAbi::default() };
        if let Some(entry) = &manifest.entry {
            kernel.entry.clone_from(entry);
        }
        Self { shape: Some(manifest.exec), kernel, ..Self::bare(bytes) }
    }

    /// A compiler: it runs on the engine with the large stack.
    pub fn lane(bytes: &'a [u8]) -> Self {
        Self { shape: Some(Shape::Command), engine: EngineKind::Lane, ..Self::bare(bytes) }
    }

    pub(crate) fn options(&self, limits: &Limits, file_system: crate::adapt::FileSystem) -> Options {
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
                ..ScanLimits::default()
            },
        }
    }
}
