//! What a registry of commands is: names, and behind each an artifact and the grant it runs under.

use std::path::PathBuf;
use std::sync::Arc;

use miette::Diagnostic;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use workbooks_bindings::Refusal;

use crate::adapt::AdaptError;
use crate::artifact::Artifact;
use crate::policy::Grant;
use crate::toolkit::{ArgMode, Invalid, command_name};

/// Where a host finds the commands of its tenants. Called on threads that may block.
pub trait Commands: Send + Sync {
    /// The names of a tenant's commands, in any order.
    ///
    /// # Errors
    ///
    /// When they cannot be read. Guests are told so, without the reason.
    fn names(&self, tenant: &str) -> Result<Vec<String>, CommandError>;

    /// The command of this name, if the tenant has one.
    ///
    /// # Errors
    ///
    /// When it is there and cannot be had. Guests are told so, without the reason.
    fn find(&self, tenant: &str, name: &str) -> Result<Option<Command>, CommandError>;
}

/// The registry of a host that was given none.
#[derive(Debug)]
pub struct NoCommands;

impl Commands for NoCommands {
    fn names(&self, _: &str) -> Result<Vec<String>, CommandError> {
        Ok(Vec::new())
    }

    fn find(&self, _: &str, _: &str) -> Result<Option<Command>, CommandError> {
        Ok(None)
    }
}

/// A command: an artifact of the shape `command`, and what it may do by itself. What it does for
/// a caller is never more than the caller may.
#[derive(Clone, Debug)]
pub struct Command {
    program: Program,
    sha256: String,
    grant: Grant,
    arg_mode: ArgMode,
}

#[derive(Clone, Debug)]
enum Program {
    Bytes(Arc<[u8]>),
    File(PathBuf),
}

impl Command {
    /// The command in these bytes: a component, or a core module of WASI preview 1.
    pub fn bytes(bytes: impl Into<Arc<[u8]>>, grant: Grant) -> Self {
        let bytes = bytes.into();
        let sha256 = crate::hex(&Sha256::digest(&bytes));
        Self { program: Program::Bytes(bytes), sha256, grant, arg_mode: ArgMode::Argv }
    }

    /// The command in a file with this SHA-256 in lower-case hexadecimal. The digest is checked
    /// when the file is read, which is when it is not in the cache.
    pub fn file(path: impl Into<PathBuf>, sha256: impl Into<String>, grant: Grant) -> Self {
        let (program, sha256) = (Program::File(path.into()), sha256.into());
        Self { program, sha256, grant, arg_mode: ArgMode::Argv }
    }

    /// The same, given its arguments in this way.
    #[must_use]
    pub fn arg_mode(mut self, mode: ArgMode) -> Self {
        self.arg_mode = mode;
        self
    }

    /// The digest of its artifact.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What it may do by itself.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// How it gets its arguments.
    pub fn takes_args(&self) -> ArgMode {
        self.arg_mode
    }

    pub(crate) fn artifact(&self) -> Artifact<'_> {
        match &self.program {
            Program::Bytes(bytes) => Artifact::command(bytes),
            Program::File(path) => Artifact::stored(path, &self.sha256),
        }
    }
}

/// Why a registry did not do as it was asked. For people; a guest learns at most that the
/// command cannot be had.
#[derive(Debug, Error, Diagnostic)]
pub enum CommandError {
    /// The name is none.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Name(#[from] Invalid),
    /// What it would be is no command.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Artifact(#[from] AdaptError),
    /// There is no such command.
    #[error("there is no command `{name}`")]
    #[diagnostic(code(workbooks::command::not_found), help("`wbx command list` shows all"))]
    NotFound {
        /// The name.
        name: String,
    },
    /// Its entry is not one.
    #[error("the entry of the command `{name}` is damaged: {why}")]
    #[diagnostic(
        code(workbooks::command::damaged),
        help("`wbx command remove {name}`, and add it again")
    )]
    Damaged {
        /// The name.
        name: String,
        /// Why.
        why: String,
    },
    /// A file or folder of the registry cannot be used.
    #[error("`{}` cannot be used: {why}", path.display())]
    #[diagnostic(code(workbooks::command::storage), help("check its permissions, and the disk"))]
    Storage {
        /// The path.
        path: PathBuf,
        /// What the system says.
        #[source]
        why: std::io::Error,
    },
    /// A registry of an embedder's own has another reason.
    #[error("the command cannot be had: {why}")]
    #[diagnostic(code(workbooks::command::unavailable))]
    Unavailable {
        /// The reason.
        why: String,
    },
}

impl CommandError {
    /// What a guest is told: no path and no reason.
    pub(super) fn refusal(&self) -> Refusal {
        match self {
            Self::Name(_) | Self::NotFound { .. } => Refusal::NotFound,
            _ => Refusal::Unavailable("the command cannot be read".to_owned()),
        }
    }
}

/// Whether a text can be the name of a command.
pub(super) fn is_name(text: &str) -> bool {
    command_name(text).is_ok()
}
