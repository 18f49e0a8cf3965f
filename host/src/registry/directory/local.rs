//! The files of a directory registry on this machine.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::Fetch;
use crate::registry::RegistryError;
use crate::toolkit::{printable, quoted};

/// A folder of this machine.
#[derive(Clone, Debug)]
pub struct LocalFiles {
    folder: PathBuf,
}

impl LocalFiles {
    pub(super) fn open(folder: &Path) -> Result<Self, RegistryError> {
        let files = Self { folder: folder.to_owned() };
        match folder.metadata() {
            Ok(found) if found.is_dir() => Ok(files),
            Ok(_) => Err(files.failed(&io::ErrorKind::NotADirectory.into())),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(files),
            Err(why) => Err(files.failed(&why)),
        }
    }

    pub(super) fn failed(&self, why: &io::Error) -> RegistryError {
        RegistryError::Unavailable { registry: self.name(), why: why.to_string() }
    }
}

impl Fetch for LocalFiles {
    fn name(&self) -> String {
        printable(&self.folder.to_string_lossy())
    }

    fn get(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, RegistryError> {
        // A pipe would hold us up.
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(self.folder.join(path));
        let file: File = match opened {
            Ok(file) => file,
            Err(why) if why.kind() == io::ErrorKind::NotFound && self.folder.is_dir() => {
                return Ok(None);
            }
            Err(why) => return Err(self.failed(&why)),
        };
        let found = file.metadata().map_err(|why| self.failed(&why))?;
        let malformed =
            |why: String| RegistryError::malformed(&self.name(), format!("{} {why}", quoted(path)));
        if !found.is_file() {
            return Err(malformed("is no plain file".to_owned()));
        }
        let room = found.len().min(limit);
        let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0));
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|why| self.failed(&why))?;
        if bytes.len() as u64 > limit {
            return Err(malformed(format!("has more than {limit} bytes")));
        }
        Ok(Some(bytes))
    }

    fn folder(&self) -> Option<&Path> {
        Some(&self.folder)
    }
}
