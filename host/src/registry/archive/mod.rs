//! Toolkits in archives. What is refused in all of them alike lives here: names that lead out,
//! links, devices, bombs. Names and sizes as such are refused by [`Files`]. An archive that two
//! programs could read differently is refused whole, as one of them may have been asked to
//! approve it.

mod gzip;
mod tar;
#[cfg(test)]
mod tests;
mod zip;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

pub use gzip::read_tar_gz;
pub use tar::{read_tar, write_tar};
pub use zip::read_zip;

use super::{MANIFEST, Package, PackageError};
use crate::provenance::files::{self, MAX_FILE, MAX_TOTAL};
use crate::provenance::{Files, FilesError};
use crate::toolkit::{printable, quoted};

/// Entries of an archive, folders and what is left out among them.
const MAX_ENTRIES: usize = 50_000;
/// MiB that are unpacked of an archive, with what is left out.
const MAX_UNPACKED: u64 = 512;
/// How many times as much as was packed may come out: text comes to some ten times, memory that is
/// mostly zeros to a hundred.
const MAX_RATIO: u64 = 200;
/// What comes out is compared with what went in only from here on.
const RATIO_FROM: u64 = 8 << 20;

/// The endings of archives that [`read_archive`] reads.
pub const ENDINGS: [&str; 4] = [".tar", ".tar.gz", ".tgz", ".zip"];

/// Reads the toolkit in an archive, which its ending names: one of [`ENDINGS`]. A single folder
/// that holds everything is no part of the paths; files whose names begin with a dot are left out.
///
/// # Errors
/// [`PackageError`].
pub fn read_archive(path: &Path) -> Result<Package, PackageError> {
    let unreadable = |why| PackageError::Unreadable {
        what: format!("`{}`", printable(&path.to_string_lossy())),
        why,
    };
    let plain = path.metadata().and_then(|found| {
        if !found.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file"));
        }
        File::open(path)
    });
    let file = BufReader::new(plain.map_err(unreadable)?);
    let name = path.to_string_lossy();
    let read = if name.ends_with(".zip") {
        read_zip(file)
    } else if name.ends_with(".tar") {
        read_tar(file)
    } else {
        read_tar_gz(file)
    };
    read.map_err(|error| match error {
        PackageError::Unreadable { why, .. } => unreadable(why),
        error => error,
    })
}

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Special(&'static str),
}

/// What was read of an archive so far.
#[derive(Default)]
struct Entries {
    files: Vec<(String, Vec<u8>)>,
    count: usize,
    bytes: usize,
}

impl Entries {
    /// Begins an entry: the path to keep it under, or none if it is a folder or left out.
    fn enter(&mut self, name: &[u8], kind: Kind) -> Result<Option<String>, PackageError> {
        self.count += 1;
        if self.count > MAX_ENTRIES {
            return Err(PackageError::Bomb { limit: MAX_ENTRIES as u64, unit: "entries" });
        }
        let refuse = |why| {
            let path = quoted(&String::from_utf8_lossy(name));
            Err(FilesError::Path { path, why }.into())
        };
        let Ok(mut path) = std::str::from_utf8(name) else {
            return refuse("it is not UTF-8");
        };
        while let Some(rest) = path.strip_prefix("./") {
            path = rest;
        }
        if kind == Kind::Folder {
            path = path.strip_suffix('/').unwrap_or(path);
            if path.is_empty() || path == "." {
                return Ok(None);
            }
        }
        if path.starts_with('/') {
            return refuse("it is absolute");
        }
        if path.split(['/', '\\']).any(|part| part == ".." || part == ".") {
            return refuse("it leads out of its folder, or about in it");
        }
        if path.split('/').any(|part| part.starts_with('.')) {
            return Ok(None);
        }
        match kind {
            Kind::File => Ok(Some(path.to_owned())),
            Kind::Folder => Ok(files::check(path).map(|()| None)?),
            Kind::Special(kind) => Err(PackageError::Special { path: quoted(path), kind }),
        }
    }

    /// Reads the content of an entry of `size` bytes, if it has as many.
    fn content(&self, reader: &mut impl Read, size: u64) -> Result<Vec<u8>, PackageError> {
        let room = ((MAX_TOTAL << 20) - self.bytes).min(MAX_FILE << 20);
        if size > room as u64 {
            let limit = if room == MAX_FILE << 20 { MAX_FILE } else { MAX_TOTAL };
            return Err(FilesError::TooLarge { limit, unit: "MiB" }.into());
        }
        // The size is only claimed: most of it is reserved as it comes.
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(room).min(16 << 20));
        reader.by_ref().take(size).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 != size {
            return PackageError::malformed("it ends within a file");
        }
        Ok(bytes)
    }

    fn add(&mut self, path: String, bytes: Vec<u8>) {
        self.bytes += bytes.len();
        self.files.push((path, bytes));
    }

    fn finish(self) -> Result<Package, PackageError> {
        let top = self.top().map_or(0, str::len);
        let mut files = Files::default();
        for (path, bytes) in self.files {
            files.insert(&path[top..], bytes)?;
        }
        Package::of_files(files)
    }

    /// The folder that holds everything, with `/`, if the manifest is there.
    fn top(&self) -> Option<&str> {
        let (first, _) = self.files.first()?;
        let top = &first[..=first.find('/')?];
        let within = |(path, _): &(String, Vec<u8>)| path.starts_with(top);
        let manifest = |(path, _): &(String, Vec<u8>)| path.strip_prefix(top) == Some(MANIFEST);
        (self.files.iter().all(within) && self.files.iter().any(manifest)).then_some(top)
    }
}

/// What a reader's failure says of the archive.
fn failed(error: io::Error) -> PackageError {
    match error.downcast::<PackageError>() {
        Ok(error) => error,
        Err(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                PackageError::Malformed { why: "it ends too early".to_owned() }
            }
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                PackageError::Malformed { why: printable(&error.to_string()) }
            }
            _ => PackageError::Unreadable { what: "the archive".to_owned(), why: error },
        },
    }
}

/// A reader that fails with [`PackageError::Bomb`] when too much comes out.
struct Bounded<R> {
    inner: R,
    read: u64,
}

impl<R> Bounded<R> {
    fn new(inner: R) -> Self {
        Self { inner, read: 0 }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.read += got as u64;
        if self.read > MAX_UNPACKED << 20 {
            let bomb = PackageError::Bomb { limit: MAX_UNPACKED, unit: "MiB" };
            return Err(io::Error::other(bomb));
        }
        Ok(got)
    }
}

/// Whether so much may come of so little.
fn check_ratio(packed: u64, unpacked: u64) -> io::Result<()> {
    if unpacked > RATIO_FROM && unpacked / MAX_RATIO > packed {
        let bomb = PackageError::Bomb { limit: MAX_RATIO, unit: "times what it is" };
        return Err(io::Error::other(bomb));
    }
    Ok(())
}
