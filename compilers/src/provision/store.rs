//! The folder of toolchains: one entry is made by one process, whole or not at all.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{
    client::PackageClient,
    client_error::ClientError,
    error::{At as _, ProvisionError},
    progress::{Progress, Stage},
    unpack::private_folder,
};
use crate::toolchain::Package;
use workbooks_host::provenance::Digest;

/// What unfinished folders are called; whoever holds the lock may remove them.
const UNFINISHED: &str = ".new-";

/// A folder that this process alone may change.
pub(crate) struct Locked {
    folder: PathBuf,
    // Held until dropped; the system lets go of it when the process dies.
    _lock: File,
}

impl Locked {
    /// Makes `folder` if need be, waits for whoever holds it, and removes what a killed
    /// process left unfinished.
    pub(crate) fn enter(folder: &Path, progress: &dyn Progress) -> Result<Self, ProvisionError> {
        private_folder(folder).at(folder)?;
        let path = folder.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .at(&path)?;
        if lock.try_lock().is_err() {
            progress.stage(&Stage::Waiting);
            lock.lock().at(&path)?;
        }
        for entry in fs::read_dir(folder).at(folder)? {
            let entry = entry.at(folder)?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_dir_all(entry.path()).at(&entry.path())?;
            }
        }
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }

    /// A new private folder here, removed again unless [`Locked::keep`] takes it.
    pub(crate) fn fresh(&self) -> Result<TempDir, ProvisionError> {
        let private = Permissions::from_mode(0o700);
        let made = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(private)
            .tempdir_in(&self.folder);
        made.at(&self.folder)
    }

    /// Gives the finished folder its name, instead of what may stand there.
    pub(crate) fn keep(&self, fresh: TempDir, name: &Path) -> Result<(), ProvisionError> {
        sync_all(fresh.path())?;
        if name.exists() {
            // Renamed first: a reader never sees half of it.
            let old = self.fresh()?;
            fs::rename(name, old.path().join("old")).at(name)?;
        }
        fs::rename(fresh.path(), name).at(name)?;
        // The folder has moved: nothing is left to remove.
        drop(fresh.keep());
        sync(&self.folder)
    }

    /// The archive of one of `packages`, any of which will do, its digest checked; and which it is.
    ///
    /// A checked one that is here already is not fetched again; anything else under its name is
    /// thrown away. Else it is the first whose client can fetch it: one that is not there, or
    /// fails, is the next one's turn, but what a client brings must be what was pinned.
    pub(crate) fn archive_of(
        &self,
        packages: &[&Package],
        client: &dyn PackageClient,
        progress: &dyn Progress,
    ) -> Result<(usize, PathBuf), ProvisionError> {
        for (which, package) in packages.iter().enumerate() {
            if let Some(kept) = self.kept(package, progress)? {
                return Ok((which, kept));
            }
        }
        let mut why = Vec::new();
        for (which, package) in packages.iter().enumerate() {
            match self.fetched(package, client, progress) {
                Err(ProvisionError::Client(error)) if error.leaves_others() => why.push(error),
                fetched => return Ok((which, fetched?)),
            }
        }
        Err(ClientError::none_of(packages, why).into())
    }

    /// Removes the archive of `package`, if it is here.
    pub(crate) fn discard(&self, package: &Package) -> Result<(), ProvisionError> {
        let path = self.place_of(package);
        if path.exists() { fs::remove_file(&path).at(&path) } else { Ok(()) }
    }

    fn place_of(&self, package: &Package) -> PathBuf {
        self.folder.join(format!("{}.archive", package.sha256))
    }

    fn kept(
        &self,
        package: &Package,
        progress: &dyn Progress,
    ) -> Result<Option<PathBuf>, ProvisionError> {
        let kept = self.place_of(package);
        if !kept.exists() {
            return Ok(None);
        }
        progress.stage(&Stage::Checking { what: package.to_string() });
        if Digest::of_file(&kept).at(&kept)? == package.sha256 {
            return Ok(Some(kept));
        }
        fs::remove_file(&kept).at(&kept)?;
        Ok(None)
    }

    fn fetched(
        &self,
        package: &Package,
        client: &dyn PackageClient,
        progress: &dyn Progress,
    ) -> Result<PathBuf, ProvisionError> {
        progress.stage(&Stage::Fetching { package: package.to_string(), bytes: package.bytes });
        let fresh = self.fresh()?;
        let fetched = client.fetch(package, fresh.path())?;
        progress.stage(&Stage::Checking { what: package.to_string() });
        // Copied before it is hashed: the client's own cache is not ours to trust later.
        let copy = fresh.path().join("archive");
        if fetched.starts_with(fresh.path()) {
            fs::rename(&fetched, &copy).at(&copy)?;
        } else {
            fs::copy(&fetched, &copy).at(&copy)?;
        }
        let got = Digest::of_file(&copy).at(&copy)?;
        if got != package.sha256 {
            return Err(ProvisionError::WrongHash {
                what: package.to_string(),
                expected: package.sha256,
                got,
            });
        }
        sync(&copy)?;
        let kept = self.place_of(package);
        fs::rename(&copy, &kept).at(&kept)?;
        Ok(kept)
    }
}

/// Writes all files and folders under `root` through to the disk, and it itself.
fn sync_all(root: &Path) -> Result<(), ProvisionError> {
    for entry in fs::read_dir(root).at(root)? {
        let entry = entry.at(root)?;
        let path = entry.path();
        if entry.file_type().at(&path)?.is_dir() { sync_all(&path)? } else { sync(&path)? }
    }
    sync(root)
}

/// Writes a file or folder through to the disk.
fn sync(path: &Path) -> Result<(), ProvisionError> {
    File::open(path).and_then(|file| file.sync_all()).at(path)
}
