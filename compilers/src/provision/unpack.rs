//! Unpacks archives that strangers made: regular files only, inside one folder, within caps.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Seek, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Component, Path, PathBuf},
};

use miette::Diagnostic;
use tar::{Archive, EntryType};
use thiserror::Error;

use workbooks_host::provenance::{Digest, Hasher};

/// How much an archive may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caps {
    /// Entries, the skipped ones too.
    pub(crate) entries: usize,
    /// Bytes of all unpacked files together.
    pub(crate) total: u64,
    /// Bytes of the whole stream after decompression, the skipped entries too.
    pub(crate) stream: u64,
}

impl Caps {
    /// For source packages: 20,000 entries, 256 MiB, and at most 200 bytes out of each byte of a
    /// compressed archive (gzip itself cannot exceed 1,032).
    pub(crate) fn source(compressed: u64) -> Self {
        let ratio = compressed.saturating_mul(200).max(1 << 20);
        let total = ratio.min(256 << 20);
        Self { entries: 20_000, total, stream: total + (16 << 20) }
    }
}

/// Why an archive was not unpacked.
#[derive(Debug, Error, Diagnostic)]
pub enum UnpackError {
    /// It is not a readable archive.
    #[error("the archive is damaged: {0}")]
    #[diagnostic(code(workbooks::unpack::damaged))]
    Damaged(String),

    /// An entry's path would leave the folder, or is no plain path.
    #[error("the archive has an entry with the path {path:?}")]
    #[diagnostic(
        code(workbooks::unpack::path),
        help("paths must be relative, in UTF-8, without '..'")
    )]
    Path {
        /// The path as written.
        path: String,
    },

    /// An entry is neither a regular file nor a directory.
    #[error("the archive's entry {path:?} is a link, a device or another special file")]
    #[diagnostic(
        code(workbooks::unpack::special),
        help("only regular files and directories are unpacked")
    )]
    Special {
        /// Its path.
        path: String,
    },

    /// Two entries have one path.
    #[error("the archive has two entries with the path {path:?}")]
    #[diagnostic(code(workbooks::unpack::twice))]
    Twice {
        /// The path.
        path: String,
    },

    /// It holds more than is allowed.
    #[error("the archive holds more than {limit} {unit}")]
    #[diagnostic(
        code(workbooks::unpack::too_large),
        help("it may be a decompression bomb; it was not unpacked further")
    )]
    TooLarge {
        /// The cap.
        limit: u64,
        /// Of what.
        unit: &'static str,
    },

    /// The disk refused.
    #[error("{} could not be written", path.display())]
    #[diagnostic(code(workbooks::unpack::write))]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// One file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unpacked {
    /// Its path in the archive, with `/`.
    pub(crate) path: String,
    /// The digest of its bytes.
    pub(crate) digest: Digest,
}

/// Unpacks the tar stream `reader` under the existing folder `into`.
///
/// `place` says for the path of each regular file where under `into` it is to be written, if at
/// all. Nothing but regular files and directories is ever made; modes and times are not taken
/// over; a file is never written twice.
///
/// # Errors
/// See [`UnpackError`]. Files already written stay: unpack into a folder that is thrown away.
pub(crate) fn unpack(
    reader: impl Read,
    into: &Path,
    caps: Caps,
    mut place: impl FnMut(&str) -> Option<PathBuf>,
) -> Result<Vec<Unpacked>, UnpackError> {
    // One byte more than allowed, so that reaching the end of it tells.
    let mut archive = Archive::new(reader.take(caps.stream.saturating_add(1)));
    let mut unpacked = Vec::new();
    let mut room = caps.total;
    let mut count = 0;
    for entry in archive.entries().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        count += 1;
        if count > caps.entries {
            return Err(UnpackError::TooLarge { limit: caps.entries as u64, unit: "entries" });
        }
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let path = plain_path(&entry.path_bytes())?;
        match kind {
            EntryType::Directory => continue,
            EntryType::Regular | EntryType::Continuous => {}
            _ => return Err(UnpackError::Special { path }),
        }
        let Some(target) = place(&path) else { continue };
        let size = entry.size();
        if size > room {
            return Err(UnpackError::TooLarge { limit: caps.total, unit: "bytes" });
        }
        room -= size;
        let digest = write(entry, &into.join(target), &path)?;
        unpacked.push(Unpacked { path, digest });
    }
    if archive.into_inner().limit() == 0 {
        return Err(UnpackError::TooLarge { limit: caps.stream, unit: "bytes" });
    }
    Ok(unpacked)
}

/// Unpacks the zip file `reader` (a wheel) by the same rules as [`unpack`].
///
/// # Errors
/// See [`UnpackError`]. Files already written stay: unpack into a folder that is thrown away.
pub(crate) fn unpack_zip(
    reader: impl Read + Seek,
    into: &Path,
    caps: Caps,
    mut place: impl FnMut(&str) -> Option<PathBuf>,
) -> Result<Vec<Unpacked>, UnpackError> {
    let broken = |error: zip::result::ZipError| UnpackError::Damaged(error.to_string());
    let mut archive = zip::ZipArchive::new(reader).map_err(broken)?;
    if archive.len() > caps.entries {
        return Err(UnpackError::TooLarge { limit: caps.entries as u64, unit: "entries" });
    }
    let mut unpacked = Vec::new();
    let mut room = caps.total;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(broken)?;
        let path = plain_path(entry.name_raw())?;
        if entry.is_dir() {
            continue;
        }
        if entry.is_symlink() {
            return Err(UnpackError::Special { path });
        }
        let Some(target) = place(&path) else { continue };
        let size = entry.size();
        if size > room {
            return Err(UnpackError::TooLarge { limit: caps.total, unit: "bytes" });
        }
        room -= size;
        // The directory's word for the size is the archive's own: no more than that is read.
        let mut content = entry.take(size + 1);
        let digest = write(&mut content, &into.join(target), &path)?;
        if content.limit() == 0 {
            return Err(UnpackError::Damaged(format!("{path:?} is larger than it says")));
        }
        unpacked.push(Unpacked { path, digest });
    }
    Ok(unpacked)
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn damaged(error: io::Error) -> UnpackError {
    UnpackError::Damaged(error.to_string())
}

/// The path with `/` between its parts: relative, in UTF-8, without `..`, control characters or
/// backslashes, and with `.` left out.
fn plain_path(bytes: &[u8]) -> Result<String, UnpackError> {
    let refused = || UnpackError::Path { path: String::from_utf8_lossy(bytes).into_owned() };
    let path = std::str::from_utf8(bytes).map_err(|_| refused())?;
    if path.len() > 1024 || path.chars().any(|c| c.is_control() || c == '\\') {
        return Err(refused());
    }
    let mut parts = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str().ok_or_else(refused)?),
            Component::CurDir => {}
            _ => return Err(refused()),
        }
    }
    Ok(parts.join("/"))
}

fn write(mut entry: impl Read, target: &Path, path: &str) -> Result<Digest, UnpackError> {
    let failed = |source| UnpackError::Write { path: target.to_owned(), source };
    if let Some(folder) = target.parent() {
        private_folder(folder).map_err(failed)?;
    }
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(target) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            return Err(UnpackError::Twice { path: path.to_owned() });
        }
        opened => opened.map_err(failed)?,
    };
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = entry.read(&mut buffer).map_err(damaged)?;
        if n == 0 {
            break;
        }
        hasher.bytes(&buffer[..n]);
        file.write_all(&buffer[..n]).map_err(failed)?;
    }
    Ok(hasher.finish())
}

/// Makes a folder and those above it that only this user can enter.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
