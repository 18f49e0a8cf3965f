//! The seam on a real machine: `std::fs` and `std::process` with the user's own authority.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{HttpReq, Io, IoError, files};

/// This machine.
#[derive(Debug)]
pub(super) struct Native;

impl Io for Native {
    fn http(&self, request: &HttpReq) -> Result<Vec<u8>, IoError> {
        Err(IoError::NoHttp { method: request.method.into(), target: request.path.clone() })
    }

    fn http_url(
        &self,
        method: &str,
        url: &str,
        _: Option<&[u8]>,
        _: Option<&str>,
    ) -> Result<Vec<u8>, IoError> {
        Err(IoError::NoHttp { method: method.into(), target: url.into() })
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, IoError> {
        fs::read(path).map_err(|error| IoError::of(path, &error))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), IoError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        files::private_folder(folder)?;
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|failed| failed.error)
        };
        write().map(drop).map_err(|error| IoError::of(path, &error))
    }

    fn spawn(&self, program: &str, args: &[&str]) -> Result<Vec<u8>, IoError> {
        let failed = |why: String| IoError::Spawn { program: program.to_owned(), why };
        #[expect(clippy::disallowed_methods, reason = "this is the seam to the system's programs")]
        let output = Command::new(program).args(args).stdin(Stdio::null()).output();
        let output = output.map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}
