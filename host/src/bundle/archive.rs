//! The zip file of a bundle: few entries, whose names are known beforehand, in memory.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::BundleError;

/// MiB of one entry, as it is unpacked.
pub(super) const ENTRY_MAX: u64 = 256;
/// MiB of all.
const TOTAL_MAX: u64 = 512;
/// Entries: five are known, and a file with more is refused before one is read.
const ENTRIES_MAX: usize = 16;

/// Whether it begins as zip files do.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Writes the entries, the same bytes for the same entries.
pub(super) fn write(entries: &[(String, Vec<u8>)]) -> Result<Vec<u8>, BundleError> {
    let mut room = TOTAL_MAX << 20;
    for (_, bytes) in entries {
        room = take(bytes.len() as u64, room)?;
    }
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let write = |zip: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, bytes: &[u8]| {
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
        Ok::<(), zip::result::ZipError>(())
    };
    for (name, bytes) in entries {
        write(&mut zip, name, bytes).map_err(|error| broken(&error))?;
    }
    Ok(zip.finish().map_err(|error| broken(&error))?.into_inner())
}

/// Reads every entry. Whatever is not one of `known`, once, is refused, and so is what unpacks to
/// more than the limits, whatever the file says of itself.
pub(super) fn read(bytes: &[u8], known: &[&str]) -> Result<Vec<(String, Vec<u8>)>, BundleError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    if archive.len() > ENTRIES_MAX {
        return Err(BundleError::malformed("it has more than 16 entries"));
    }
    if archive.has_duplicate_names() {
        return Err(BundleError::malformed("an entry is there twice"));
    }
    let mut entries: Vec<(String, Vec<u8>)> = Vec::new();
    let mut room = TOTAL_MAX << 20;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| broken(&error))?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if !known.contains(&name.as_str()) {
            return Err(BundleError::entry(&name, "a bundle has no such part"));
        }
        if entry.is_dir() || entry.is_symlink() {
            return Err(BundleError::entry(&name, "it is no file"));
        }
        if entries.iter().any(|(other, _)| *other == name) {
            return Err(BundleError::entry(&name, "it is there twice"));
        }
        let limit = room.min(ENTRY_MAX << 20);
        let mut content = Vec::new();
        let read = entry.take(limit + 1).read_to_end(&mut content);
        read.map_err(|error| BundleError::malformed(&error.to_string()))?;
        room = take(content.len() as u64, room)?;
        entries.push((name, content));
    }
    Ok(entries)
}

fn take(bytes: u64, room: u64) -> Result<u64, BundleError> {
    if bytes > ENTRY_MAX << 20 {
        return Err(BundleError::TooLarge { limit: ENTRY_MAX, of: "in one entry" });
    }
    let left = room.checked_sub(bytes);
    left.ok_or(BundleError::TooLarge { limit: TOTAL_MAX, of: "in all" })
}

fn broken(error: &zip::result::ZipError) -> BundleError {
    BundleError::malformed(&error.to_string())
}
