//! Files of this user alone: what anybody else owns, or may read, is neither used nor made.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{IoError, files};

/// Why a private file could not be used.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum PrivateError {
    /// Somebody else can read it, or owns it, or it is no file or folder of its own.
    #[error("`{}` is not this user's alone", path.display())]
    #[diagnostic(
        code(workbooks::key::permissions),
        help(
            "give the folder mode 0700 and the file 0600, and take the key for known: `wbx key rotate`"
        )
    )]
    NotPrivate {
        /// The file or folder.
        path: PathBuf,
    },
    /// The system refused.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] IoError),
}

/// The first `most` bytes of a file in a private folder; nothing if it is not there.
pub(crate) fn read(path: &Path, most: u64) -> Result<Option<Zeroizing<Vec<u8>>>, PrivateError> {
    let not_private = || PrivateError::NotPrivate { path: path.to_owned() };
    let failed = |why: std::io::Error| PrivateError::File(IoError::of(path, &why));
    // Without blocking, or a pipe would hold us up.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(CWD, path, flags, Mode::empty()) {
        Ok(opened) => File::from(opened),
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP) => return Err(not_private()),
        Err(why) => return Err(failed(why.into())),
    };
    check_folder(path)?;
    let found = file.metadata().map_err(failed)?;
    let own = found.uid() == rustix::process::getuid().as_raw();
    if !found.is_file() || !own || open_to_others(found.mode()) {
        return Err(not_private());
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(most).unwrap_or(0)));
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

/// Writes a new file whole, in a folder that is made for this user alone. Says whether it did: one
/// that is there is left as it is.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<bool, PrivateError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    files::private_folder(folder)?;
    check_folder(path)?;
    let write = || {
        // Such a file has mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Ok(_) => File::open(folder)?.sync_all().map(|()| true),
            Err(failed) if failed.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(failed) => Err(failed.error),
        }
    };
    Ok(write().map_err(|why: std::io::Error| IoError::of(path, &why))?)
}

fn open_to_others(mode: u32) -> bool {
    mode & 0o077 != 0
}

fn check_folder(path: &Path) -> Result<(), PrivateError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    match files::own_mode(folder) {
        Some(mode) if !open_to_others(mode) && files::is_folder(folder) => Ok(()),
        _ => Err(PrivateError::NotPrivate { path: folder.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn what_others_may_read_or_what_is_no_file_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("private");
        let (file, link) = (folder.join("key"), folder.join("link"));
        assert!(read(&file, 9).unwrap().is_none());
        assert!(write_new(&file, b"secret").unwrap());
        assert!(!write_new(&file, b"other").unwrap());
        assert_eq!(**read(&file, 9).unwrap().unwrap(), *b"secret");
        symlink(&file, &link).unwrap();
        assert!(matches!(read(&link, 9), Err(PrivateError::NotPrivate { .. })));
        assert!(matches!(read(&folder, 9), Err(PrivateError::NotPrivate { .. })));
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read(&file, 9), Err(PrivateError::NotPrivate { .. })));
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o750)).unwrap();
        assert!(matches!(read(&file, 9), Err(PrivateError::NotPrivate { .. })));
        assert!(matches!(write_new(&folder.join("b"), b""), Err(PrivateError::NotPrivate { .. })));
    }
}
