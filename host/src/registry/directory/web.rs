//! The files of a directory registry on a web server: to read alone.

use super::Fetch;
use crate::registry::{HttpFetch, RegistryError};

impl Fetch for HttpFetch {
    fn name(&self) -> String {
        Self::name(self)
    }

    fn get(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, RegistryError> {
        Self::get(self, path, limit)
    }
}
