//! Folders, which the five methods say nothing about. `std::fs` works on both targets: with the
//! user's authority on one, through preopened folders on the other.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::IoError;

/// The names of a folder's entries, sorted; empty if it cannot be read.
pub(crate) fn list(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

/// Whether it is a folder.
pub(crate) fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether anything is there, even a link to nothing.
pub(crate) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The path without links, or as it is.
pub(crate) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Makes a folder, and those above it, for this user alone.
pub(crate) fn private_folder(path: &Path) -> Result<(), IoError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| IoError::of(path, &error))
}

/// Opens a file of this user alone, to append to it.
pub(crate) fn append(path: &Path) -> Result<fs::File, IoError> {
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| IoError::of(path, &error))
}

/// Holds a file's lock until it is dropped; whoever comes second waits.
pub(crate) fn lock(path: &Path) -> Result<fs::File, IoError> {
    let file = append(path)?;
    file.lock().map_err(|error| IoError::of(path, &error))?;
    Ok(file)
}

/// Writes a new file; one that is there is left alone and is an error.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), IoError> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::OpenOptions::new().write(true).create_new(true).open(path))
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| IoError::of(path, &error))
}

/// Writes a file whole or not at all, for others too: with the mode of the one that it replaces, or
/// else with what the user's umask leaves of 0666.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn write_shared(path: &Path, bytes: &[u8]) -> Result<(), IoError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || {
        fs::create_dir_all(folder)?;
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder)?;
        if let Ok(there) = fs::metadata(path) {
            file.as_file().set_permissions(there.permissions())?;
        }
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|failed| failed.error)
    };
    write().map(drop).map_err(|error| IoError::of(path, &error))
}

/// Lets those read a file of ours who may read its folder.
pub(crate) fn share(path: &Path) -> Result<(), IoError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = fs::metadata(path.parent().unwrap_or(Path::new(".")));
        let mode = folder.map_err(|error| IoError::of(path, &error))?.permissions().mode() & 0o644;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .map_err(|error| IoError::of(path, &error))?;
    }
    Ok(())
}

/// Reads a file from elsewhere whole, if it has at most `most` bytes.
pub(crate) fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>, IoError> {
    let mut bytes = Vec::new();
    let opened = fs::File::open(path);
    let read = opened.and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 > most => {
            let why = format!("it is larger than {most} bytes");
            Err(IoError::File { path: path.to_owned(), why })
        }
        Ok(_) => Ok(bytes),
        Err(error) => Err(IoError::of(path, &error)),
    }
}

/// Bytes of a text of a project that is read: its readers take far less.
const TEXT_MAX: u64 = 8 << 20;

/// Reads a text of a project whole. Strangers wrote it and may have put a link there to what never
/// ends, or to what waits for ever.
pub(crate) fn read_text(path: &Path) -> Result<Vec<u8>, IoError> {
    read_plain(path, TEXT_MAX)
}

/// The same for a file of at most `most` bytes.
pub(crate) fn read_plain(path: &Path, most: u64) -> Result<Vec<u8>, IoError> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => read_at_most(path, most),
        Ok(_) => {
            Err(IoError::File { path: path.to_owned(), why: "it is no plain file".to_owned() })
        }
        Err(error) => Err(IoError::of(path, &error)),
    }
}

/// Removes a file.
pub(crate) fn remove(path: &Path) -> Result<(), IoError> {
    fs::remove_file(path).map_err(|error| IoError::of(path, &error))
}

/// Gives a file another name, in place of one of that name.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), IoError> {
    fs::rename(from, to).map_err(|error| IoError::of(to, &error))
}

/// Who could have put something where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// This user, or the administrator, who may do anything here anyway.
    Ours,
    /// Anybody: it is a folder for everybody's files, as `/tmp` is, writable for all and sticky.
    Everybodys,
    /// The user of this number.
    Anothers(u32),
}

/// Whose a file or folder is; nothing if it is not there. Of the administrator, who asked to be it
/// as the user `asked_by`, that user's is theirs too.
pub(crate) fn whose(path: &Path, asked_by: Option<u32>) -> Option<Whose> {
    #[cfg(not(target_family = "wasm"))]
    {
        use std::os::unix::fs::MetadataExt as _;
        let me = rustix::process::getuid().as_raw();
        let judge = |found: &fs::Metadata| judged(found.uid(), found.mode(), me, asked_by);
        let found = judge(&fs::metadata(path).ok()?);
        // Whose a link is, decides what is found by it.
        let link = judge(&fs::symlink_metadata(path).ok()?);
        Some(if link == Whose::Ours { found } else { link })
    }
    #[cfg(target_family = "wasm")]
    {
        let _ = asked_by;
        exists(path).then_some(Whose::Ours)
    }
}

#[cfg(not(target_family = "wasm"))]
fn judged(owner: u32, mode: u32, me: u32, asked_by: Option<u32>) -> Whose {
    const ROOT: u32 = 0;
    if mode & 0o1002 == 0o1002 {
        Whose::Everybodys
    } else if [ROOT, me].contains(&owner) || (me == ROOT && asked_by == Some(owner)) {
        Whose::Ours
    } else {
        Whose::Anothers(owner)
    }
}

/// The permission bits of a file or folder that this user owns; nothing for another's.
pub(crate) fn own_mode(path: &Path) -> Option<u32> {
    #[cfg(not(target_family = "wasm"))]
    {
        use std::os::unix::fs::MetadataExt as _;
        let found = fs::symlink_metadata(path).ok()?;
        (found.uid() == rustix::process::getuid().as_raw()).then(|| found.mode() & 0o777)
    }
    #[cfg(target_family = "wasm")]
    {
        exists(path).then_some(0o700)
    }
}

/// The folders of a `PATH`.
pub(crate) fn split_paths(paths: &std::ffi::OsStr) -> Vec<PathBuf> {
    std::env::split_paths(paths).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_for_everybodys_files_is_nobodys_project() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, all) = (Some(Whose::Ours), Some(Whose::Everybodys));
        for (mode, found) in [(0o1777, all), (0o755, ours), (0o777, ours)] {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(whose(folder.path(), None), found, "{mode:o}");
        }
        assert_eq!(whose(&folder.path().join("x"), None), None);
    }

    #[test]
    fn a_link_that_another_user_put_there_is_theirs_wherever_it_leads() {
        let place = tempfile::tempdir().unwrap();
        let (ours, link) = (place.path().join("ours"), place.path().join("link"));
        fs::create_dir(&ours).unwrap();
        std::os::unix::fs::symlink(&ours, &link).unwrap();
        assert_eq!(whose(&link, None), Some(Whose::Ours));
        // Only the administrator can play another user.
        if std::os::unix::fs::lchown(&link, Some(7), None).is_ok() {
            assert_eq!(whose(&link, None), Some(Whose::Anothers(7)));
        }
        fs::remove_dir(&ours).unwrap();
        assert_eq!(whose(&link, None), None);
    }

    #[test]
    fn what_is_another_users_is_theirs_unless_they_became_root() {
        let (ada, bob, root) = (1000, 1001, 0);
        for (owner, me, asked_by, found) in [
            (bob, ada, None, Whose::Anothers(bob)),
            // Who is not root gets nothing by saying who asked.
            (bob, ada, Some(bob), Whose::Anothers(bob)),
            (ada, root, None, Whose::Anothers(ada)),
            (ada, root, Some(bob), Whose::Anothers(ada)),
            (ada, root, Some(ada), Whose::Ours),
            (root, root, None, Whose::Ours),
            (root, ada, None, Whose::Ours),
            (ada, ada, None, Whose::Ours),
        ] {
            let said = judged(owner, 0o40755, me, asked_by);
            assert_eq!(said, found, "{owner} {me} {asked_by:?}");
        }
        assert_eq!(judged(bob, 0o41777, ada, None), Whose::Everybodys);
    }

    #[test]
    fn what_is_no_plain_file_or_too_long_is_no_text() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("long");
        fs::File::create(&long).unwrap().set_len(TEXT_MAX + 1).unwrap();
        for path in [Path::new("/dev/zero"), folder.path(), &long] {
            assert!(matches!(read_text(path), Err(IoError::File { .. })), "{}", path.display());
        }
        assert!(matches!(read_text(&long.join("x")), Err(IoError::File { .. })));
        assert!(matches!(read_text(&folder.path().join("x")), Err(IoError::NotFound { .. })));
    }
}
