//! A toolkit as it travels: its files, and the statement that somebody signed about them.

use std::io;

use miette::Diagnostic;
use thiserror::Error;

use crate::provenance::{Digest, Envelope, EnvelopeError, Files, FilesError};

/// The manifest of a toolkit.
pub const MANIFEST: &str = "manifest.org";
/// The signature, beside the manifest; never one of the files that it is about. Tools of in-toto
/// know statements by this ending.
pub const SIGNATURE: &str = "toolkit.intoto.jsonl";
/// What a publisher built of the source, if the package has it: run instead of being built again.
pub const ARTIFACT: &str = "artifact.wasm";

/// Files and signature. Nothing is proved by holding one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// Everything but the signature.
    pub files: Files,
    /// The signature.
    pub envelope: Option<Envelope>,
}

/// Why a folder or an archive is no package. Texts that came from elsewhere are made printable.
#[derive(Debug, Error, Diagnostic)]
pub enum PackageError {
    /// The system gives no more of it.
    #[error("{what} cannot be read: {why}")]
    #[diagnostic(
        code(workbooks::package::unreadable),
        help("check that it is there and that you may read it")
    )]
    Unreadable {
        /// What was read.
        what: String,
        /// What the system says.
        why: io::Error,
    },
    /// No manifest where one has to be.
    #[error("there is no `{MANIFEST}` at the top")]
    #[diagnostic(
        code(workbooks::package::no_manifest),
        help(
            "give the folder that holds `{MANIFEST}`, or an archive of that folder and of nothing \
             beside it"
        )
    )]
    NoManifest,
    /// Something that is no plain file.
    #[error("{path} is {kind}, and a toolkit has files and folders alone")]
    #[diagnostic(
        code(workbooks::package::special),
        help("put the file itself in its place; in what comes from elsewhere, do not unpack it")
    )]
    Special {
        /// The path, printable.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// Not an archive that every program reads alike.
    #[error("the archive is damaged, or made so that not everybody reads the same in it: {why}")]
    #[diagnostic(
        code(workbooks::package::malformed),
        help("pack it again with `tar` or `zip`, or ask for the toolkit from elsewhere")
    )]
    Malformed {
        /// What is wrong.
        why: String,
    },
    /// Little that becomes much.
    #[error("the archive unpacks to more than {limit} {unit}")]
    #[diagnostic(
        code(workbooks::package::bomb),
        help("do not unpack it: no toolkit looks like this")
    )]
    Bomb {
        /// The cap.
        limit: u64,
        /// Of what.
        unit: &'static str,
    },
    /// Its files cannot be a toolkit's.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Files(#[from] FilesError),
    /// Its signature is none.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Envelope(#[from] EnvelopeError),
}

impl PackageError {
    pub(super) fn malformed<T>(why: impl Into<String>) -> Result<T, Self> {
        Err(Self::Malformed { why: why.into() })
    }
}

impl Package {
    /// The package of all that lies in one place, the signature among it.
    ///
    /// # Errors
    /// [`PackageError::NoManifest`], [`PackageError::Envelope`].
    pub(super) fn of_files(mut files: Files) -> Result<Self, PackageError> {
        if files.get(MANIFEST).is_none() {
            return Err(PackageError::NoManifest);
        }
        let envelope = files.remove(SIGNATURE);
        let envelope = envelope.map(|bytes| Envelope::parse(&bytes)).transpose()?;
        Ok(Self { files, envelope })
    }

    /// The digest of the files: what [`Statement::tree`](crate::provenance::Statement::tree) says
    /// of a statement about them.
    pub fn tree(&self) -> Digest {
        let digests = self.files.digests();
        Digest::of_files(digests.iter().map(|(path, digest)| (path.as_str(), *digest)))
    }

    /// The digest of the signature as [`Envelope::to_json`] writes it, if there is one.
    pub fn envelope_digest(&self) -> Option<Digest> {
        self.envelope.as_ref().map(|envelope| Digest::of(envelope.to_json().as_bytes()))
    }
}
