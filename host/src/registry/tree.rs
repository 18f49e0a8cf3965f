//! The layer with the files of a toolkit: a compressed archive, the same for the same files.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

use super::archive::{read_tar_gz, write_tar};
use super::{Package, RegistryError};
use crate::provenance::Files;

/// Packs files, without a time, owner or name.
pub(super) fn pack(files: Files) -> std::io::Result<Vec<u8>> {
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::default());
    packed.write_all(&write_tar(&Package { files, envelope: None }))?;
    packed.finish()
}

/// Unpacks them.
///
/// # Errors
/// [`RegistryError`]: what is no such archive, and what no toolkit may have.
pub(super) fn unpack(registry: &str, packed: &[u8]) -> Result<Files, RegistryError> {
    let malformed = |why: &str| RegistryError::malformed(registry, format!("its files: {why}"));
    let package = read_tar_gz(packed).map_err(|error| malformed(&error.to_string()))?;
    match package.envelope {
        None => Ok(package.files),
        Some(_) => Err(malformed("they bring a signature of their own")),
    }
}
