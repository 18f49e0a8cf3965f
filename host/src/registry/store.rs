//! The content store: stand-in.

use std::path::PathBuf;

use super::{Package, PackageError, archive};
use crate::provenance::Digest;

/// The store.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// In a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// A package.
    ///
    /// # Errors
    /// [`PackageError`].
    pub fn get(&self, tree: &Digest) -> Result<Option<Package>, PackageError> {
        match std::fs::read(self.folder.join(format!("{tree}.tar"))) {
            Ok(bytes) => archive::read_tar(&bytes[..]).map(Some),
            Err(_) => Ok(None),
        }
    }
}
