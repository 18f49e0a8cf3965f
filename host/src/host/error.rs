//! Why a host could not be built, and why an artifact could not be prepared.

use std::io;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::adapt::AdaptError;
use crate::child::{CodegenError, CodegenLimits, Limit};
use crate::egress::RootError;
use crate::instance::LinkError;
use crate::toolkit::units;

/// Why a host could not be built.
#[derive(Debug, Error, Diagnostic)]
pub enum HostError {
    /// The artifact cache cannot be used.
    #[error("the cache `{}` cannot be used: {why}", path.display())]
    #[diagnostic(
        code(workbooks::host::cache),
        help("give the host a folder of its own, with mode 0700")
    )]
    Cache {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// The state folder cannot be used.
    #[error("the state folder `{}` cannot be used: {why}", path.display())]
    #[diagnostic(code(workbooks::host::state), help("give the host a folder that it may write"))]
    State {
        /// The folder.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Two capabilities of one type: a call would not know which of them it is for.
    #[error("the capabilities `{one}` and `{other}` are of one type")]
    #[diagnostic(code(workbooks::host::same_type), help("give each capability a type of its own"))]
    SameType {
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A root certificate cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Roots(#[from] RootError),
    /// The system refused a thread or wasmtime its configuration.
    #[error("the engine cannot start: {why}")]
    #[diagnostic(code(workbooks::host::engine))]
    Engine {
        /// Why.
        why: String,
    },
}

/// Why an artifact could not be prepared.
#[derive(Debug, Error, Diagnostic)]
pub enum PrepareError {
    /// It is no command, component or kernel.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Adapt(#[from] AdaptError),
    /// Its file cannot be read, or is not the one that was named.
    #[error("`{toolkit}` cannot be read: {why}")]
    #[diagnostic(
        code(workbooks::prepare::unreadable),
        help("`wbx lane install` puts damaged compilers right")
    )]
    Unreadable {
        /// The toolkit.
        toolkit: String,
        /// Why.
        why: String,
    },
    /// Code generation refused it.
    #[error("`{toolkit}` does not compile to native code: {why}")]
    #[diagnostic(
        code(workbooks::prepare::codegen),
        help("the artifact uses what this engine does not support")
    )]
    Codegen {
        /// The toolkit.
        toolkit: String,
        /// What wasmtime says.
        why: String,
    },
    /// Code generation took more than it may.
    #[error("`{toolkit}` needs more than {most} to be compiled")]
    #[diagnostic(
        code(workbooks::prepare::codegen_limit),
        help(
            "split its largest functions or the toolkit itself, or build it with less inlining \
             (`-Os`, `-fno-inline`); an embedder gives more with `Helper::with_codegen_limits`"
        )
    )]
    CodegenLimit {
        /// The toolkit.
        toolkit: String,
        /// What it may take: `1GiB of memory`.
        most: String,
    },
    /// The helper does not do its work.
    #[error("`{toolkit}` cannot be compiled: the helper failed: {why}")]
    #[diagnostic(
        code(workbooks::prepare::helper),
        help("is the program that was given to `HostBuilder::helper` of the same build as this?")
    )]
    Helper {
        /// The toolkit.
        toolkit: String,
        /// Why.
        why: String,
    },
    /// It wants what it was not granted.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Link(#[from] LinkError),
}

/// Why an instance could not be frozen.
#[derive(Debug, Error, Diagnostic)]
pub enum FreezeError {
    /// A guest has files open, or an operation is under way.
    #[error("the volumes of `{instance}` are in use")]
    #[diagnostic(code(workbooks::freeze::in_use), help("let its runs end first"))]
    InUse {
        /// The instance.
        instance: String,
    },
    /// What was written cannot be brought into the file.
    #[error("the volumes of `{instance}` cannot be closed: {why}")]
    #[diagnostic(
        code(workbooks::freeze::failed),
        help("`wbx doctor` says where state is kept and whether it can be used")
    )]
    Failed {
        /// The instance.
        instance: String,
        /// Why.
        why: String,
    },
}

impl PrepareError {
    pub(super) fn of(why: CodegenError, toolkit: String, limits: CodegenLimits) -> Self {
        let most = match why {
            CodegenError::Unfit(why) => return Self::Adapt(why),
            CodegenError::Unlinked(why) => return Self::Link(why),
            CodegenError::Refused(why) => return Self::Codegen { toolkit, why },
            CodegenError::Helper(why) => return Self::Helper { toolkit, why },
            CodegenError::Over(Limit::Time) => {
                format!("{} of CPU time", units::duration(limits.time))
            }
            CodegenError::Over(Limit::Memory) => {
                format!("{} of memory", units::bytes(limits.memory))
            }
            CodegenError::Over(Limit::Code) => format!("{} of code", units::bytes(limits.code)),
        };
        Self::CodegenLimit { toolkit, most }
    }
}
