//! A toolkit's source as the sandbox sees it: read once, hashed, and laid out as one tree.
//!
//! A folder of the toolkit (`path:src`) stands under its own path. A package of a registry stands
//! under `<name>-<version>/`, and the toolkit's own `src/`, if it has one, beside it: so a toolkit
//! adds its `main` to a library that it does not copy.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Component, Path, PathBuf},
};

use miette::Diagnostic;
use thiserror::Error;

use crate::{
    origin::{Origin, read_folder},
    provision::{self, PackageClient, Progress, ProvisionError, unpack::private_folder},
    toolchain::Package,
};
use workbooks_host::provenance::{Digest, Hasher};

/// MiB that a `.wasm` file of a toolkit may have.
const MAX_WASM: u64 = 256;
/// Files that one build compiles.
const MAX_UNITS: usize = 2000;
/// The toolkit's own folder beside a package.
const OWN: &str = "src";

/// Where the source is: `#+BUILD_SRC`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `path:`, a folder of the toolkit.
    Folder(String),
    /// `crate:` or `npm:`, a package pinned by `#+SHA256`.
    Package(Package),
}

/// Why a source cannot be read.
#[derive(Debug, Error, Diagnostic)]
pub enum SourceError {
    /// The folder or file is not there.
    #[error("the toolkit has no {path}")]
    #[diagnostic(
        code(workbooks::source::missing),
        help(
            "`#+BUILD_SRC` names a folder or file of the toolkit; names that begin with a dot do not count"
        )
    )]
    Missing {
        /// The path in the toolkit.
        path: String,
    },

    /// A path that leaves the toolkit.
    #[error("{path:?} is not a path inside the toolkit")]
    #[diagnostic(code(workbooks::source::outside), help("write a relative path without '..'"))]
    Outside {
        /// The path as written.
        path: String,
    },

    /// A link, a device, a pipe.
    #[error("{path} is a link or a special file")]
    #[diagnostic(
        code(workbooks::source::special),
        help("a source holds regular files only; copy the file to its place")
    )]
    Special {
        /// The path in the toolkit.
        path: String,
    },

    /// A name that is not text.
    #[error("{path} has a name that is not UTF-8 or has control characters")]
    #[diagnostic(code(workbooks::source::name), help("rename it"))]
    Name {
        /// The folder it is in, and what can be shown of it.
        path: String,
    },

    /// One file is too large.
    #[error("{path} is larger than {limit} MiB")]
    #[diagnostic(
        code(workbooks::source::too_large),
        help("split the file, or load its data when the toolkit runs")
    )]
    FileTooLarge {
        /// The path in the toolkit.
        path: String,
        /// The cap in MiB.
        limit: u64,
    },

    /// Too many files or bytes.
    #[error("the source has more than {limit} {unit}")]
    #[diagnostic(
        code(workbooks::source::too_large),
        help("name a smaller folder in `#+BUILD_SRC`, or fewer files in `#+BUILD_FILES`")
    )]
    TooLarge {
        /// The cap.
        limit: u64,
        /// Of what.
        unit: &'static str,
    },

    /// The bytes are not the pinned ones.
    #[error("{path} has SHA-256 {got}, `#+SHA256` says {expected}")]
    #[diagnostic(
        code(workbooks::source::wrong_hash),
        help("if you trust the file as it is, write `#+SHA256: {got}`")
    )]
    WrongHash {
        /// The path in the toolkit.
        path: String,
        /// The pinned digest.
        expected: Digest,
        /// The file's digest.
        got: Digest,
    },

    /// A package that could not be fetched.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Provision(#[from] ProvisionError),

    /// The disk refused.
    #[error("{path} cannot be read or written")]
    #[diagnostic(code(workbooks::source::io))]
    Io {
        /// The path in the toolkit.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// A source whose content is known by digest. The files of a package are read only when they
/// are needed.
#[derive(Debug)]
pub(crate) struct Sources {
    /// What is read already, by path in the sandbox.
    files: BTreeMap<String, Vec<u8>>,
    /// A package still to be read: where it lies and what it is called in the sandbox.
    package: Option<(PathBuf, String)>,
    /// The folder of the source proper: what `#+BUILD_FILES` and `#+BUILD_INCLUDE` start from.
    root: String,
    /// Over all of it.
    digest: Digest,
}

/// All files, in memory, by path in the sandbox.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Content by path.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// The folder of the source proper; empty if it is the whole tree.
    pub(crate) root: String,
}

impl Sources {
    /// Reads the source of the toolkit `origin`, fetching a package into `store` first.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub(crate) fn open(
        source: &Source,
        origin: &Origin,
        store: &Path,
        client: &dyn PackageClient,
        progress: &dyn Progress,
    ) -> Result<Self, SourceError> {
        let mut hasher = Hasher::default();
        let (files, root, package) = match source {
            Source::Folder(path) => {
                let path = path.trim_end_matches('/');
                let root = if path == "." { "" } else { path };
                (origin.read(path)?, root.to_owned(), None)
            }
            Source::Package(package) => {
                let at = provision::fetch_source(package, store, client, progress)?;
                let own = origin.read_if_there(OWN)?.unwrap_or_default();
                let name = package.name.rsplit('/').next().unwrap_or_default();
                let root = format!("{name}-{}", package.version);
                hasher.field(package.sha256);
                (own, root.clone(), Some((at, root)))
            }
        };
        for (path, bytes) in &files {
            hasher.field(path).field(bytes);
        }
        Ok(Self { files, package, root, digest: hasher.finish() })
    }

    /// Over every path and byte.
    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    /// Everything in memory.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub(crate) fn tree(mut self) -> Result<Tree, SourceError> {
        if let Some((folder, name)) = &self.package {
            read_folder(folder, name, &mut self.files)?;
        }
        Ok(Tree { files: self.files, root: self.root })
    }
}

impl Tree {
    /// Writes all files under the empty folder `into`.
    ///
    /// # Errors
    /// [`SourceError::Io`].
    pub(crate) fn lay_out(&self, into: &Path) -> Result<(), SourceError> {
        for (path, bytes) in &self.files {
            // Whoever made the tree: nothing is written elsewhere.
            if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
                let source = io::Error::from(io::ErrorKind::InvalidFilename);
                return Err(SourceError::Io { path: path.clone(), source });
            }
            let target = into.join(path);
            let made = target.parent().map_or(Ok(()), private_folder);
            made.and_then(|()| fs::write(&target, bytes))
                .map_err(|source| SourceError::Io { path: path.clone(), source })?;
        }
        Ok(())
    }

    /// The path of a file as the source's author writes it: relative to the source proper.
    pub(crate) fn in_root<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.root.is_empty() {
            return Some(path);
        }
        path.strip_prefix(self.root.as_str())?.strip_prefix('/')
    }

    /// Whether there is a folder with this path.
    pub(crate) fn has_folder(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        self.files.range(prefix.clone()..).next().is_some_and(|(file, _)| file.starts_with(&prefix))
    }
}

/// The content of the `.wasm` file at `path` in the toolkit, which must have the digest
/// `expected`.
///
/// # Errors
/// See [`SourceError`].
pub fn read_wasm(origin: &Origin, path: &str, expected: Digest) -> Result<Vec<u8>, SourceError> {
    let bytes = origin.file(path, MAX_WASM)?;
    let got = Digest::of(&bytes);
    if got == expected {
        return Ok(bytes);
    }
    Err(SourceError::WrongHash { path: path.to_owned(), expected, got })
}

/// Refuses more files to compile than one build may have.
///
/// # Errors
/// [`SourceError::TooLarge`].
pub(crate) fn check_units(units: usize) -> Result<(), SourceError> {
    if units <= MAX_UNITS {
        return Ok(());
    }
    Err(SourceError::TooLarge { limit: MAX_UNITS as u64, unit: "files to compile" })
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
