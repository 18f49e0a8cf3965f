//! Reading files and folders of strangers below a folder, each opened by its name in the folder
//! above it, so that no link is ever followed, whoever puts one there while it is read.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::LibraryError;
use crate::provenance::{Files, FilesError};
use crate::toolkit::skill::is_org;

/// Entries of all folders together, those that are left out too.
const MAX_ENTRIES: usize = 50_000;
/// Folders above a file.
const MAX_DEPTH: usize = 16;
/// Bytes of one file, as of any of [`Files`].
const MAX_FILE: u64 = 128 << 20;

/// What a name stands for.
pub(super) enum Node {
    File(File),
    Folder(OwnedFd),
}

/// Opens `path`, relative and with `/` between its parts, below `root`; nothing if nothing is
/// there.
pub(super) fn open(root: &Path, path: &str) -> Result<Option<Node>, LibraryError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::openat(CWD, root, flags, Mode::empty())
        .map_err(|errno| LibraryError::io(root, &errno.into()))?;
    let mut node = Node::Folder(root);
    for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
        let shown = &path[..end];
        let name = shown.rsplit('/').next().unwrap_or(shown);
        let Node::Folder(folder) = &node else { return Ok(None) };
        match entry(folder.as_fd(), name, shown)? {
            Some(found) => node = found,
            None => return Ok(None),
        }
    }
    Ok(Some(node))
}

/// An entry of a folder; `shown` is what messages call it.
pub(super) fn entry(
    folder: BorrowedFd<'_>,
    name: &str,
    shown: &str,
) -> Result<Option<Node>, LibraryError> {
    // Without NONBLOCK, opening a pipe would wait for whoever writes to it.
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(folder, name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(Errno::LOOP) => return Err(LibraryError::special(shown, "a link")),
        Err(Errno::NXIO) => return Err(LibraryError::special(shown, "a socket or device")),
        Err(errno) => return Err(io(shown, errno)),
    };
    let stat = rustix::fs::fstat(&file).map_err(|errno| io(shown, errno))?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(Some(Node::File(file.into()))),
        FileType::Directory => Ok(Some(Node::Folder(file))),
        _ => Err(LibraryError::special(shown, "no file and no folder")),
    }
}

/// The names in a folder, sorted.
pub(super) fn names(folder: BorrowedFd<'_>, shown: &str) -> Result<Vec<String>, LibraryError> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder).map_err(|errno| io(shown, errno))? {
        let entry = entry.map_err(|errno| io(shown, errno))?;
        let name = entry
            .file_name()
            .to_str()
            .map_err(|_| LibraryError::special(shown, "a folder with a name that is no text"))?;
        if !matches!(name, "." | "..") {
            names.push(name.to_owned());
        }
        if names.len() > MAX_ENTRIES {
            return Err(too_many());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The files of a folder, and the paths that were left out because they begin with a dot.
pub(super) fn files(folder: BorrowedFd<'_>) -> Result<(Files, Vec<String>), LibraryError> {
    let mut reading = Reading::default();
    reading.folder(folder, "", 0)?;
    Ok((reading.files, reading.left_out))
}

/// The names of all files of a folder, and the content of the Org texts among them. What is no
/// file, or has a name that not every system takes, is not there.
///
/// # Errors
/// [`LibraryError::TooLarge`], [`LibraryError::Files`] for too much, [`LibraryError::Io`].
pub fn texts(folder: &Path) -> Result<Files, LibraryError> {
    let Some(Node::Folder(folder)) = open(folder, ".")? else { return Ok(Files::default()) };
    let mut reading = Reading { texts_only: true, ..Reading::default() };
    reading.folder(folder.as_fd(), "", 0)?;
    Ok(reading.files)
}

#[derive(Default)]
struct Reading {
    files: Files,
    left_out: Vec<String>,
    entries: usize,
    texts_only: bool,
}

impl Reading {
    fn folder(
        &mut self,
        folder: BorrowedFd<'_>,
        path: &str,
        depth: usize,
    ) -> Result<(), LibraryError> {
        if depth > MAX_DEPTH {
            return Err(LibraryError::TooLarge { limit: MAX_DEPTH, unit: "folders in each other" });
        }
        for name in names(folder, path)? {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(too_many());
            }
            let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            if name.starts_with('.') {
                self.left_out.push(path);
                continue;
            }
            match entry(folder, &name, &path) {
                Err(LibraryError::Special { .. }) if self.texts_only => {}
                Err(error) => return Err(error),
                Ok(Some(Node::Folder(inner))) => self.folder(inner.as_fd(), &path, depth + 1)?,
                Ok(Some(Node::File(file))) => self.file(file, &path)?,
                // It went while the folder was read.
                Ok(None) => {}
            }
        }
        Ok(())
    }

    fn file(&mut self, file: File, path: &str) -> Result<(), LibraryError> {
        let wanted = !self.texts_only || is_org(path);
        let content = if wanted { bytes(file, path)? } else { Vec::new() };
        match self.files.insert(path, content) {
            Err(FilesError::Path { .. } | FilesError::Duplicate { .. }) if self.texts_only => {
                Ok(())
            }
            inserted => Ok(inserted?),
        }
    }
}

/// The content of a file. One that is too long is read no further than shows it.
pub(super) fn bytes(file: File, shown: &str) -> Result<Vec<u8>, LibraryError> {
    let mut bytes = Vec::new();
    let read = file.take(MAX_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|error| LibraryError::io(Path::new(shown), &error))?;
    Ok(bytes)
}

fn io(shown: &str, errno: Errno) -> LibraryError {
    LibraryError::io(Path::new(shown), &errno.into())
}

fn too_many() -> LibraryError {
    LibraryError::TooLarge { limit: MAX_ENTRIES, unit: "files and folders" }
}
