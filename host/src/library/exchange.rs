//! Putting something new in the place of something old, so that whoever looks sees the one or the
//! other whole.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;

use super::LibraryError;
use super::tree::{self, Node};
use crate::provenance::Files;

/// Writes files into a folder that is there, and waits until the disk has them. A file that was
/// in `old` keeps its permissions.
pub(super) fn write(files: &Files, into: &Path, old: Option<&Path>) -> Result<(), LibraryError> {
    for (path, bytes) in files {
        let to = into.join(path);
        let write = || {
            to.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut file = File::create_new(&to)?;
            file.write_all(bytes)?;
            let found = old.map(|old| old.join(path)).and_then(|old| old.symlink_metadata().ok());
            if let Some(found) = found.filter(fs::Metadata::is_file) {
                file.set_permissions(Permissions::from_mode(found.permissions().mode() & 0o777))?;
            }
            file.sync_all()
        };
        write().map_err(|error| LibraryError::io(&to, &error))?;
    }
    Ok(())
}

/// Copies what begins with a dot, anywhere below a folder, to the same path below `to`: it is
/// nobody's to check in, and must not be lost.
pub(super) fn keep_hidden(from: BorrowedFd<'_>, to: &Path) -> Result<(), LibraryError> {
    copy(from, to, false, 0)
}

fn copy(from: BorrowedFd<'_>, to: &Path, all: bool, depth: usize) -> Result<(), LibraryError> {
    if depth > 64 {
        return Err(LibraryError::TooLarge { limit: 64, unit: "folders in each other" });
    }
    for name in tree::names(from, &to.display().to_string())? {
        let (all, to) = (all || name.starts_with('.'), to.join(&name));
        let shown = to.display().to_string();
        if let (true, Ok(target)) = (all, rustix::fs::readlinkat(from, &name, Vec::new())) {
            // The link itself, never what it points to.
            made(&to)?;
            rustix::fs::symlinkat(target, CWD, &to)
                .map_err(|errno| LibraryError::io(&to, &errno.into()))?;
            continue;
        }
        match tree::entry(from, &name, &shown)? {
            Some(Node::Folder(folder)) => {
                if all {
                    fs::create_dir_all(&to).map_err(|error| LibraryError::io(&to, &error))?;
                }
                copy(folder.as_fd(), &to, all, depth + 1)?;
            }
            Some(Node::File(mut file)) if all => {
                made(&to)?;
                let mut copy = || {
                    let mut copy = File::create_new(&to)?;
                    io::copy(&mut file, &mut copy)?;
                    copy.set_permissions(Permissions::from_mode(
                        file.metadata()?.permissions().mode() & 0o777,
                    ))
                };
                copy().map_err(|error| LibraryError::io(&to, &error))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn made(path: &Path) -> Result<(), LibraryError> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.map_err(|error| LibraryError::io(path, &error))
}

/// Exchanges two files or folders of one file system, at once where the system can.
pub(super) fn exchange(one: &Path, other: &Path) -> Result<(), LibraryError> {
    match rustix::fs::renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => in_steps(one, other),
        Err(errno) => Err(LibraryError::io(other, &errno.into())),
    }
}

/// The same for file systems that cannot: between two steps there is nothing at `other`, and what
/// was there is beside `one`.
fn in_steps(one: &Path, other: &Path) -> Result<(), LibraryError> {
    let aside = one.with_extension("old");
    let step = |from: &Path, to: &Path| {
        fs::rename(from, to).map_err(|error| LibraryError::io(from, &error))
    };
    step(other, &aside)?;
    if let Err(error) = step(one, other) {
        step(&aside, other)?;
        return Err(error);
    }
    step(&aside, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_folders_change_places_with_and_without_the_systems_help() {
        for exchange in [exchange, in_steps] {
            let place = tempfile::tempdir().unwrap();
            let (one, other) = (place.path().join("one"), place.path().join("other"));
            for folder in [&one, &other] {
                fs::create_dir(folder).unwrap();
                fs::write(folder.join(folder.file_name().unwrap()), "").unwrap();
            }
            exchange(&one, &other).unwrap();
            assert!(one.join("other").exists() && other.join("one").exists());
        }
    }
}
