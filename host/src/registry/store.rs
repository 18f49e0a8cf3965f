//! The content store: every toolkit that was added, one file each, named by what it holds. An
//! installed toolkit is read from here whole, into memory, and from nowhere else.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use super::archive::{read_tar, write_tar};
use super::{Package, PackageError};
use crate::provenance::Digest;

/// How unfinished files begin.
const NEW: &str = ".new-";
/// Whoever holds it writes.
const LOCK: &str = ".lock";

/// A folder of ours (mode 0700) with one tar for each tree of files and signature of it:
/// `<tree>-<envelope>.tar`, both digests in hexadecimal. Two who sign the same files, or one who
/// signs them again with a new key, are two entries, so that neither can take away the other's.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// Why the store did not do as it was asked.
#[derive(Debug, Error, Diagnostic)]
pub enum StoreError {
    /// Nobody said whose it is.
    #[error("a toolkit that nobody signed is not installed")]
    #[diagnostic(
        code(workbooks::store::unsigned),
        help("sign it: `wbx toolkit sign`; of another's component: `wbx toolkit add --vouch`")
    )]
    Unsigned,
    /// The file holds something else than its name says.
    #[error("the installed toolkit {tree:.8} is damaged: {why}")]
    #[diagnostic(
        code(workbooks::store::damaged),
        help("`wbx toolkit add` without a source fetches again what the lock names")
    )]
    Damaged {
        /// The digest of its files, in hexadecimal.
        tree: String,
        /// What is wrong.
        why: String,
    },
    /// Others may write there.
    #[error("`{}` holds what is run, and others than you may change it", path.display())]
    #[diagnostic(
        code(workbooks::store::not_private),
        help("look who else uses it, then `chmod 700` the folder and `chmod 600` its files")
    )]
    NotPrivate {
        /// The file or folder.
        path: PathBuf,
    },
    /// The system refused.
    #[error("`{}` cannot be used: {why}", path.display())]
    #[diagnostic(
        code(workbooks::store::file),
        help("`wbx doctor` says where toolkits are kept; check its room and its permissions")
    )]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What it says.
        why: io::Error,
    },
}

impl Store {
    /// The store in `folder`, which the first toolkit makes.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Stores a signed package, whole or not at all, and gives the digest of its files. One that
    /// is there already is written again only if it is damaged. Who writes at the same time waits.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put(&self, package: &Package) -> Result<Digest, StoreError> {
        let envelope = package.envelope_digest().ok_or(StoreError::Unsigned)?;
        let tree = package.tree();
        let failed = |why| self.failed(why);
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(failed)?;
        let _turn = self.turn()?;
        if let Ok(Some(_)) = self.get(&tree, &envelope) {
            return Ok(tree);
        }
        let write = || {
            let mut file = tempfile::Builder::new().prefix(NEW).tempfile_in(&self.folder)?;
            file.write_all(&write_tar(package))?;
            file.as_file().sync_all()?;
            file.persist(self.path(&tree, &envelope)).map_err(|failed| failed.error)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(failed)?;
        Ok(tree)
    }

    /// The package with these files and this signature, if it is here. Every byte was compared
    /// with the digests, and is in memory now: nothing can change between that and its use.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn get(&self, tree: &Digest, envelope: &Digest) -> Result<Option<Package>, StoreError> {
        let path = self.path(tree, envelope);
        if !self.is_made()? {
            return Ok(None);
        }
        let Some(file) = self.open(&path)? else { return Ok(None) };
        let damaged =
            |why: &str| StoreError::Damaged { tree: tree.to_string(), why: why.to_owned() };
        let package = read_tar(BufReader::new(file)).map_err(|error| match error {
            PackageError::Unreadable { why, .. } => StoreError::File { path, why },
            error => damaged(&error.to_string()),
        })?;
        if package.tree() != *tree {
            return Err(damaged("its files are others"));
        }
        if package.envelope_digest() != Some(*envelope) {
            return Err(damaged("its signature is another"));
        }
        Ok(Some(package))
    }

    /// Removes what is stored under these digests, and says whether there was anything.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove(&self, tree: &Digest, envelope: &Digest) -> Result<bool, StoreError> {
        if !self.is_made()? {
            return Ok(false);
        }
        let _turn = self.turn()?;
        match fs::remove_file(self.path(tree, envelope)) {
            Ok(()) => Ok(true),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(why) => Err(self.failed(why)),
        }
    }

    /// What is stored: the digest of the files and that of the signature of each, sorted. Nothing
    /// is read or proved.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(&self) -> Result<Vec<(Digest, Digest)>, StoreError> {
        if !self.is_made()? {
            return Ok(Vec::new());
        }
        let named = |name: &str| {
            let (tree, envelope) = name.strip_suffix(".tar")?.split_once('-')?;
            Some((tree.parse().ok()?, envelope.parse().ok()?))
        };
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(|why| self.failed(why))? {
            let entry = entry.map_err(|why| self.failed(why))?;
            all.extend(entry.file_name().to_str().and_then(named));
        }
        all.sort_unstable();
        Ok(all)
    }

    fn path(&self, tree: &Digest, envelope: &Digest) -> PathBuf {
        self.folder.join(format!("{tree}-{envelope}.tar"))
    }

    fn failed(&self, why: io::Error) -> StoreError {
        StoreError::File { path: self.folder.clone(), why }
    }

    /// Whether the folder is there, and this user's alone.
    fn is_made(&self) -> Result<bool, StoreError> {
        let found = match fs::symlink_metadata(&self.folder) {
            Ok(found) => found,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(why) => return Err(self.failed(why)),
        };
        if found.is_dir() && is_ours(&found, 0o077) {
            return Ok(true);
        }
        Err(StoreError::NotPrivate { path: self.folder.clone() })
    }

    /// Waits until nobody else writes, and removes what one who was interrupted has left.
    fn turn(&self) -> Result<File, StoreError> {
        self.is_made()?;
        let take = || {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false).mode(0o600);
            let file = options.open(self.folder.join(LOCK))?;
            file.lock()?;
            for entry in fs::read_dir(&self.folder)? {
                let entry = entry?;
                if entry.file_name().as_encoded_bytes().starts_with(NEW.as_bytes()) {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(file)
        };
        take().map_err(|why| self.failed(why))
    }

    /// Opens a plain file of this user's, which is no link and which nobody else may write.
    fn open(&self, path: &Path) -> Result<Option<File>, StoreError> {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let opened =
            OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
        let file = match opened {
            Ok(file) => file,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) if why.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return Err(StoreError::NotPrivate { path: path.to_owned() });
            }
            Err(why) => return Err(self.failed(why)),
        };
        let found = file.metadata().map_err(|why| self.failed(why))?;
        if found.is_file() && is_ours(&found, 0o022) {
            return Ok(Some(file));
        }
        Err(StoreError::NotPrivate { path: path.to_owned() })
    }
}

fn is_ours(found: &fs::Metadata, forbidden: u32) -> bool {
    found.uid() == rustix::process::getuid().as_raw() && found.mode() & forbidden == 0
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
