//! Folders of this user's alone that one process lays files out in. They go with it; those of a
//! process that was killed go when the next one makes its own.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{IoError, files};

/// Held by whoever makes and sweeps.
const TURN: &str = ".lock";
/// In each folder: what its process holds for as long as it lives, and what the folder is for.
const HELD: &str = "held";
const FILES: &str = "files";

/// A folder that goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    files: PathBuf,
    // In this order: nobody sweeps what is still held.
    _folder: TempDir,
    _held: File,
}

impl Scratch {
    /// Makes one in `under`, which is made for this user alone, and removes those that nobody holds
    /// any more.
    pub(crate) fn make(under: &Path) -> Result<Self, IoError> {
        files::private_folder(under)?;
        if files::own_mode(under).is_none_or(|mode| mode & 0o077 != 0) {
            let why = "it is not this user's alone: give it mode 0700".to_owned();
            return Err(IoError::File { path: under.to_owned(), why });
        }
        let _turn = files::lock(&under.join(TURN))?;
        sweep(under);
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        let made = tempfile::Builder::new().permissions(private).prefix("run-").tempdir_in(under);
        let folder = made.map_err(|error| IoError::of(under, &error))?;
        let held = files::lock(&folder.path().join(HELD))?;
        let files = folder.path().join(FILES);
        files::private_folder(&files)?;
        Ok(Self { files, _folder: folder, _held: held })
    }

    /// Where files may be put.
    pub(crate) fn path(&self) -> &Path {
        &self.files
    }
}

/// What cannot be removed is left to the next.
fn sweep(under: &Path) {
    for name in files::list(under).into_iter().filter(|name| name != TURN) {
        let left = under.join(name);
        // What cannot be asked, say for want of descriptors, may well be held.
        let held = match File::open(left.join(HELD)) {
            Ok(held) => held.try_lock().is_err(),
            Err(error) => !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
        };
        if !held {
            drop(fs::remove_dir_all(left));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn there(under: &Path) -> Vec<String> {
        files::list(under).into_iter().filter(|name| name != TURN).collect()
    }

    #[test]
    fn it_is_this_users_alone_and_goes_with_its_owner() {
        let place = tempfile::tempdir().unwrap();
        let under = place.path().join("deep/scratch");
        let made = Scratch::make(&under).unwrap();
        for folder in [&under, made.path()] {
            assert_eq!(files::own_mode(folder), Some(0o700));
        }
        files::write_new(&made.path().join("a/b"), b"x").unwrap();
        drop(made);
        assert_eq!(there(&under), [""; 0]);
        fs::set_permissions(&under, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(Scratch::make(&under), Err(IoError::File { .. })));
        fs::remove_dir_all(&under).unwrap();
        std::os::unix::fs::symlink(place.path(), &under).unwrap();
        assert!(matches!(Scratch::make(&under), Err(IoError::File { .. })), "a link");
    }

    #[test]
    fn what_the_dead_left_is_swept_and_what_the_living_hold_is_not() {
        let place = tempfile::tempdir().unwrap();
        let under = place.path().join("scratch");
        let living = Scratch::make(&under).unwrap();
        // Killed while it worked, and before it held anything.
        for left in ["run-dead/files/deep/a", "run-dead/held", "run-young/files/a"] {
            files::write_new(&under.join(left), b"x").unwrap();
        }
        // Nobody can open a link to itself: it cannot be asked.
        let odd = under.join("run-odd");
        fs::create_dir(&odd).unwrap();
        std::os::unix::fs::symlink(odd.join("held"), odd.join("held")).unwrap();
        let next = Scratch::make(&under).unwrap();
        assert!(files::exists(&odd));
        fs::remove_dir_all(odd).unwrap();
        assert_eq!(there(&under).len(), 2, "{:?}", there(&under));
        assert!(files::exists(living.path()) && files::exists(next.path()));
    }
}
