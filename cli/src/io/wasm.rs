//! The seam inside a sandbox: files through preopened folders; no program can be started.

use std::fs;
use std::path::Path;

use super::{HttpReq, Io, IoError, files};

/// The sandbox.
#[derive(Debug)]
pub(super) struct Wasm;

impl Io for Wasm {
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
        files::private_folder(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(path, bytes).map_err(|error| IoError::of(path, &error))
    }

    fn spawn(&self, program: &str, _: &[&str]) -> Result<Vec<u8>, IoError> {
        Err(IoError::Spawn {
            program: program.to_owned(),
            why: "no program can be started inside a sandbox".into(),
        })
    }
}
