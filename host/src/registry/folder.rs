//! A toolkit's folder, read whole into memory.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags};

use super::{Package, PackageError};
use crate::provenance::files::{self, MAX_FILE};
use crate::provenance::{Files, FilesError};
use crate::toolkit::{printable, quoted};

/// Reads the toolkit in a folder. Files and folders whose names begin with a dot are left out, as
/// they are no part of any toolkit; the folder itself may be a link.
///
/// # Errors
/// [`PackageError`]; a link or a device anywhere below is one.
pub fn read_folder(folder: &Path) -> Result<Package, PackageError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(CWD, folder, flags, Mode::empty());
    let opened = opened.map_err(|why| unreadable(&folder.to_string_lossy(), why))?;
    let mut files = Files::default();
    read(&opened, "", &mut files)?;
    Package::of_files(files)
}

/// Adds what lies in an open folder, whose path below the top is `prefix`: empty or with `/` at
/// its end. As deep as [`files::check`] allows.
fn read(folder: &OwnedFd, prefix: &str, files: &mut Files) -> Result<(), PackageError> {
    let failed = |why| unreadable(if prefix.is_empty() { "the folder" } else { prefix }, why);
    for entry in Dir::read_from(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().to_str() else {
            let path = quoted(&format!("{prefix}{}", entry.file_name().to_string_lossy()));
            return Err(FilesError::Path { path, why: "it is not UTF-8" }.into());
        };
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        files::check(&path)?;
        // Never through a link, and without waiting for the other end of a pipe.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = match rustix::fs::openat(folder, name, flags, Mode::empty()) {
            Err(rustix::io::Errno::LOOP) => return special(&path, FileType::Symlink),
            Err(rustix::io::Errno::NXIO) => return special(&path, FileType::Socket),
            opened => opened.map_err(|why| unreadable(&path, why))?,
        };
        let stat = rustix::fs::fstat(&opened).map_err(|why| unreadable(&path, why))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => read(&opened, &format!("{path}/"), files)?,
            FileType::RegularFile => {
                let mut bytes = Vec::new();
                let most = (MAX_FILE as u64) << 20;
                let got = File::from(opened).take(most + 1).read_to_end(&mut bytes);
                got.map_err(|why| unreadable(&path, why))?;
                files.insert(&path, bytes)?;
            }
            kind => return special(&path, kind),
        }
    }
    Ok(())
}

fn unreadable(what: &str, why: impl Into<io::Error>) -> PackageError {
    PackageError::Unreadable { what: format!("`{}`", printable(what)), why: why.into() }
}

fn special(path: &str, kind: FileType) -> Result<(), PackageError> {
    let kind = match kind {
        FileType::Symlink => "a link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        _ => "a device",
    };
    Err(PackageError::Special { path: quoted(path), kind })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::registry::{MANIFEST, SIGNATURE};

    fn toolkit() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(MANIFEST), "#+TOOLKIT: t").unwrap();
        fs::create_dir_all(folder.path().join("src/deep")).unwrap();
        fs::write(folder.path().join("src/deep/main.c"), "int main;").unwrap();
        folder
    }

    #[test]
    fn no_link_is_followed_and_no_device_read() {
        for make in [
            |at: &Path| symlink("/etc/passwd", at).unwrap(),
            |at: &Path| symlink("src", at).unwrap(),
            |at: &Path| symlink("nowhere", at).unwrap(),
            |at: &Path| rustix::fs::mknodat(CWD, at, FileType::Fifo, Mode::RUSR, 0).unwrap(),
            |at: &Path| drop(std::os::unix::net::UnixListener::bind(at).unwrap()),
        ] {
            let folder = toolkit();
            make(&folder.path().join("src/deep/x"));
            let read = read_folder(folder.path());
            assert!(matches!(read, Err(PackageError::Special { .. })), "{read:?}");
        }
    }

    #[test]
    fn what_no_toolkit_can_hold_is_refused() {
        let folder = toolkit();
        fs::write(folder.path().join("src/a:b"), "").unwrap();
        assert!(matches!(read_folder(folder.path()), Err(PackageError::Files(_))));
        let folder = toolkit();
        fs::write(folder.path().join("SRC"), "").unwrap();
        assert!(matches!(read_folder(folder.path()), Err(PackageError::Files(_))));
        let folder = toolkit();
        fs::create_dir_all(folder.path().join("d/".repeat(18))).unwrap();
        assert!(matches!(read_folder(folder.path()), Err(PackageError::Files(_))));
    }

    #[test]
    fn a_folder_without_a_manifest_or_with_a_signature_that_is_none_is_no_package() {
        let folder = toolkit();
        fs::write(folder.path().join(SIGNATURE), "{}").unwrap();
        assert!(matches!(read_folder(folder.path()), Err(PackageError::Envelope(_))));
        fs::remove_file(folder.path().join(MANIFEST)).unwrap();
        assert!(matches!(read_folder(folder.path()), Err(PackageError::NoManifest)));
        let missing = read_folder(&folder.path().join("missing"));
        assert!(matches!(missing, Err(PackageError::Unreadable { .. })));
    }

    #[test]
    fn dot_names_are_left_out_whatever_they_are() {
        let folder = toolkit();
        fs::create_dir(folder.path().join(".git")).unwrap();
        symlink("/etc/passwd", folder.path().join("src/.link")).unwrap();
        let package = read_folder(folder.path()).unwrap();
        let paths: Vec<_> = package.files.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, [MANIFEST, "src/deep/main.c"]);
    }
}
