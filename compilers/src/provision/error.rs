//! What can go wrong when a compiler or a source is fetched and stored.

use std::{io, path::Path};

use miette::Diagnostic;
use thiserror::Error;

use super::{client_error::ClientError, unpack::UnpackError};
use crate::compile_error::CompileError;
use workbooks_host::provenance::Digest;

/// Why a package is not in the store.
#[derive(Debug, Error, Diagnostic)]
pub enum ProvisionError {
    /// The package client could not fetch it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Client(#[from] ClientError),

    /// The archive's bytes are not the pinned ones.
    #[error("{what} has SHA-256 {got}, expected {expected}")]
    #[diagnostic(
        code(workbooks::provision::wrong_hash),
        help(
            "nothing was installed; the registry or a mirror serves other bytes than those pinned"
        )
    )]
    WrongHash {
        /// The archive or the file in it.
        what: String,
        /// The pinned digest.
        expected: Digest,
        /// The digest of what came.
        got: Digest,
    },

    /// The archive cannot be unpacked safely.
    #[error("{package} was not unpacked")]
    #[diagnostic(code(workbooks::provision::unpack))]
    Unpack {
        /// The package.
        package: String,
        /// What its archive holds.
        #[source]
        #[diagnostic_source]
        source: UnpackError,
    },

    /// The archive lacks a file that the manifest names.
    #[error("{package} has no file {path}")]
    #[diagnostic(
        code(workbooks::provision::missing_file),
        help("nothing was installed; the pinned manifest and the package disagree")
    )]
    MissingFile {
        /// The package.
        package: String,
        /// The path in the archive.
        path: String,
    },

    /// What was fetched could not be made into a compiler.
    #[error("the {lane} lane could not be made from what was fetched")]
    #[diagnostic(
        code(workbooks::provision::derive),
        help("nothing was installed; what was fetched is kept: run the command again")
    )]
    Derive {
        /// The lane's word.
        lane: String,
        /// Why, and no more than that one.
        #[related]
        why: Vec<CompileError>,
    },

    /// The disk is full.
    #[error("the disk is full: {place} could not be written")]
    #[diagnostic(
        code(workbooks::provision::disk_full),
        help("free some space and run the command again; nothing half installed is left")
    )]
    DiskFull {
        /// What was being written.
        place: String,
    },

    /// The store cannot be read or written.
    #[error("{place} cannot be used")]
    #[diagnostic(code(workbooks::provision::io), help("the store must be a folder that you own"))]
    Io {
        /// The file or folder.
        place: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },

    /// What is installed is not what was installed.
    #[error("the {lane} lane is damaged: {what}")]
    #[diagnostic(
        code(workbooks::provision::damaged),
        help("install it again: wbx lane install {lane}")
    )]
    Damaged {
        /// The lane's word.
        lane: String,
        /// The first difference.
        what: String,
    },

    /// Other lanes cannot do without it.
    #[error("the {lane} lane is needed by: {by}")]
    #[diagnostic(
        code(workbooks::provision::needed),
        help("remove those first, or say --force: they install it again when they need it")
    )]
    Needed {
        /// The lane's word.
        lane: String,
        /// The words of those that are installed.
        by: String,
    },

    /// The lane is not installed.
    #[error("the {lane} lane is not installed")]
    #[diagnostic(code(workbooks::provision::missing), help("install it: wbx lane install {lane}"))]
    Missing {
        /// The lane's word.
        lane: String,
    },
}

impl ProvisionError {
    /// The error for a failed operation on `place`.
    pub(crate) fn io(place: &Path, source: io::Error) -> Self {
        let place = place.display().to_string();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { place },
            _ => Self::Io { place, source },
        }
    }

    /// The error for an archive of `package` that does not unpack.
    pub(crate) fn unpack(package: &str, source: UnpackError) -> Self {
        match source {
            UnpackError::Write { path, source } => Self::io(&path, source),
            source => Self::Unpack { package: package.to_owned(), source },
        }
    }
}

/// Names the place in an I/O error.
pub(crate) trait At<T> {
    fn at(self, place: &Path) -> Result<T, ProvisionError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, place: &Path) -> Result<T, ProvisionError> {
        self.map_err(|error| ProvisionError::io(place, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_as_such() {
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            let error = ProvisionError::io(Path::new("x"), kind.into());
            assert!(matches!(error, ProvisionError::DiskFull { .. }));
            let path = "y".into();
            let inner = UnpackError::Write { path, source: kind.into() };
            let error = ProvisionError::unpack("p", inner);
            assert!(matches!(error, ProvisionError::DiskFull { .. }));
        }
    }
}
