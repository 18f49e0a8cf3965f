//! What storage says when it does not do what was asked. No text here ever holds a host path.

use miette::Diagnostic;
use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a storage operation was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub(crate) enum StorageError {
    /// Nothing has this name.
    #[error("nothing has this name")]
    #[diagnostic(code(workbooks::storage::not_found))]
    NotFound,
    /// The name is taken by something that must not be replaced.
    #[error("the name is taken, or the directory is not empty")]
    #[diagnostic(code(workbooks::storage::conflict))]
    Conflict,
    /// One value is over its cap, in bytes.
    #[error("over the cap of {0} bytes")]
    #[diagnostic(code(workbooks::storage::too_large), help("send it in smaller parts"))]
    TooLarge(u64),
    /// A sum is spent; the limit is given, in the unit of what was counted.
    #[error("the limit of {0} is spent")]
    #[diagnostic(code(workbooks::storage::quota), help("remove what is no longer needed"))]
    Quota(u64),
    /// The request is malformed: what is wrong with it.
    #[error("{0}")]
    #[diagnostic(code(workbooks::storage::invalid))]
    Invalid(String),
    /// It is there already.
    #[error("it exists already")]
    #[diagnostic(code(workbooks::storage::exists))]
    Exists,
    /// A directory that is not empty.
    #[error("the directory is not empty")]
    #[diagnostic(code(workbooks::storage::not_empty))]
    NotEmpty,
    /// A directory, where a file is wanted.
    #[error("it is a directory")]
    #[diagnostic(code(workbooks::storage::is_directory))]
    IsDirectory,
    /// A file, where a directory is wanted.
    #[error("it, or what is above it, is not a directory")]
    #[diagnostic(code(workbooks::storage::not_directory))]
    NotDirectory,
    /// A path or a segment of one is longer than a volume takes.
    #[error("the name is too long: 1024 bytes in all, 255 between two slashes")]
    #[diagnostic(code(workbooks::storage::name_too_long))]
    NameTooLong,
    /// A path that leads out of the directory that it begins in.
    #[error("the path leads out of its directory")]
    #[diagnostic(code(workbooks::storage::outside))]
    Outside,
    /// The disk of the host is full.
    #[error("no space left")]
    #[diagnostic(code(workbooks::storage::no_space))]
    NoSpace,
    /// The operation's own deadline passed.
    #[error("the operation's deadline passed")]
    #[diagnostic(code(workbooks::storage::timeout))]
    Timeout,
    /// The operation was cancelled.
    #[error("the operation was cancelled")]
    #[diagnostic(code(workbooks::storage::cancelled))]
    Cancelled,
    /// The database or the disk failed: what happened.
    #[error("storage failed: {0}")]
    #[diagnostic(
        code(workbooks::storage::failed),
        help("`wbx doctor` says where state is kept and whether it can be used")
    )]
    Failed(String),
}

impl StorageError {
    pub(crate) fn invalid(what: impl Into<String>) -> Self {
        Self::Invalid(what.into())
    }
}

/// What one attempt on a connection ends with; only this module's own code sees it.
#[derive(Debug)]
pub(super) enum Fault {
    /// Another connection holds the lock: try again until the deadline.
    Busy,
    /// The progress handler ended the statement: the `Stop` knows why.
    Interrupted,
    /// A value over the connection's limit of length.
    TooBig,
    OutOfMemory,
    /// A statement that SQLite refuses, in SQLite's words.
    Sql(String),
    Storage(StorageError),
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        let message = match &error {
            E::SqlInputError { msg, .. } | E::SqliteFailure(_, Some(msg)) => Some(msg.clone()),
            _ => None,
        };
        let Some(code) = error.sqlite_error().copied() else {
            return Self::Sql(match error {
                E::MultipleStatement => "more than one statement".to_owned(),
                E::InvalidParameterCount(given, wanted) => {
                    format!("{given} parameters given, the statement has {wanted}")
                }
                E::InvalidPath(_) | E::NulError(_) => "the text cannot be used".to_owned(),
                other => other.to_string(),
            });
        };
        Self::Storage(match code.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => return Self::Busy,
            ErrorCode::OperationInterrupted => return Self::Interrupted,
            // SQLite's text would tell the names of what is hidden.
            ErrorCode::AuthorizationForStatementDenied => {
                return Self::Sql("not authorized: only SELECT from `files`".to_owned());
            }
            // SQLITE_ERROR is about the statement.
            ErrorCode::Unknown => {
                return Self::Sql(message.unwrap_or_else(|| "the statement failed".to_owned()));
            }
            ErrorCode::TooBig => return Self::TooBig,
            ErrorCode::OutOfMemory => return Self::OutOfMemory,
            ErrorCode::DiskFull => StorageError::NoSpace,
            ErrorCode::NotADatabase => {
                StorageError::Failed("the file is not a database".to_owned())
            }
            ErrorCode::CannotOpen => {
                StorageError::Failed("the database cannot be opened".to_owned())
            }
            // The library's own text for a code; a message of its own may hold a path.
            _ => StorageError::Failed(rusqlite::ffi::code_to_str(code.extended_code).to_owned()),
        })
    }
}
