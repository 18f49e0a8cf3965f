//! Turns any artifact into a component of `workbooks:engine`, or says why it is none. Pure
//! functions over bytes: no engine, no disk, no code generation.

mod adapter;
mod artifact;
mod broker;
mod command;
mod depth;
mod error;
mod golang;
mod imports;
mod kernel;
mod reactor;
mod program;
mod scan;
mod shim;
mod text;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use adapter::FileSystem;
pub use artifact::{Export, Import, Kind, Scan, Signature, What};
pub use error::AdaptError;
pub(crate) use imports::imports;
pub use kernel::{KERNEL_INTERFACE, KernelAbi};
pub use program::attach_program;
pub(crate) use program::detach_program;
pub(crate) use scan::FEATURES;
pub use scan::{ScanLimits, scan};
pub(crate) use shim::{INPUT_TRAP, OUTPUT_TRAP};
pub use text::text_to_binary;

/// What an artifact is declared to be, where somebody declared it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Declared {
    /// Runs once: arguments and stdin in, stdout and a status out.
    Command,
    /// Exports typed functions.
    Component,
    /// Bytes to bytes.
    Kernel,
}

impl Declared {
    fn as_str(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Component => "component",
            Self::Kernel => "kernel",
        }
    }
}

/// How to adapt.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Options {
    /// The declared shape; without it the artifact speaks for itself.
    pub shape: Option<Declared>,
    /// Whether an adapted module of WASI preview 1 has a file system.
    pub file_system: FileSystem,
    /// How a kernel takes its input.
    pub kernel: KernelAbi,
    /// How large the artifact may be.
    pub limits: ScanLimits,
}

/// A component, and what it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapted<'a> {
    /// The component; borrowed where the artifact was one.
    pub component: Cow<'a, [u8]>,
    /// What the artifact was.
    pub kind: Kind,
    /// Of a kernel with arenas at fixed places: its longest input, bytes.
    pub input_capacity: Option<u32>,
    /// Whether Go's own compiler made it: its collector is to be told how much memory there is.
    pub go: bool,
}

/// Turns an artifact into a component.
///
/// # Errors
/// [`AdaptError`], for anything that is not a component, a command, a WIT-typed module or a
/// kernel within the limits.
pub fn adapt<'a>(bytes: &'a [u8], options: &Options) -> Result<Adapted<'a>, AdaptError> {
    let scan = scan(bytes, &options.limits)?;
    let done = |component, kind| Adapted { component, kind, input_capacity: None, go: false };
    match (options.shape, scan.kind) {
        (declared, Kind::Component) => {
            if let Some(declared) = declared.filter(|shape| !scan.opens(*shape)) {
                return Err(AdaptError::NoDoor {
                    declared: declared.as_str().into(),
                    exports: scan.list_exports(),
                });
            }
            Ok(done(Cow::Borrowed(bytes), Kind::Component))
        }
        (Some(Declared::Kernel), _) | (None, Kind::Kernel) => {
            let lifted = kernel::lift(bytes, &scan, &options.kernel)?;
            let input_capacity = lifted.input_capacity;
            Ok(Adapted { input_capacity, ..done(Cow::Owned(lifted.component), Kind::Kernel) })
        }
        (_, Kind::Neither) => {
            Err(AdaptError::NoShape { exports: scan.list_exports(), imports: scan.list_imports() })
        }
        (Some(Declared::Command), Kind::Kernel)
        | (Some(Declared::Component), Kind::Kernel | Kind::Command) => {
            let declared = options.shape.map_or("", Declared::as_str);
            Err(AdaptError::OtherShape {
                declared: declared.into(),
                found: scan.kind.as_str().into(),
            })
        }
        (_, kind @ (Kind::Command | Kind::Reactor)) => {
            let encode = match kind {
                Kind::Reactor if !scan.typed => reactor::encode,
                _ => command::encode,
            };
            let component = encode(bytes, &scan, options.file_system)?;
            Ok(Adapted { go: golang::made(bytes), ..done(Cow::Owned(component), kind) })
        }
    }
}
