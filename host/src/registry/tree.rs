//! The layer with the files of a toolkit: a compressed archive, the same for the same files.

use std::io::{Read, Write as _};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};

use super::RegistryError;
use crate::provenance::Files;

/// Bytes of an unpacked archive: what all files may have, and a header for each.
const UNPACKED: u64 = (256 << 20) + 20_000 * 2_048;

/// Packs files, in the order of their paths and without a time or owner.
pub(super) fn pack(files: &Files) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, path, bytes)?;
    }
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::default());
    packed.write_all(&archive.into_inner()?)?;
    packed.finish()
}

/// Unpacks them.
///
/// # Errors
/// [`RegistryError`]: what is no such archive, and what no toolkit may have.
pub(super) fn unpack(registry: &str, packed: &[u8]) -> Result<Files, RegistryError> {
    let malformed = |why: &str| RegistryError::malformed(registry, format!("its files: {why}"));
    let damaged = |_| malformed("the archive is damaged");
    let mut archive = tar::Archive::new(GzDecoder::new(packed).take(UNPACKED));
    let mut files = Files::default();
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        if entry.header().entry_type() != tar::EntryType::Regular {
            return Err(malformed("the archive has something that is no regular file"));
        }
        let path = String::from_utf8(entry.path_bytes().into_owned())
            .map_err(|_| malformed("a path is not UTF-8"))?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(damaged)?;
        if bytes.len() as u64 != entry.size() {
            return Err(malformed("the archive ends too early"));
        }
        files.insert(&path, bytes)?;
    }
    Ok(files)
}
