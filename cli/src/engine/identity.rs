//! Whose signatures this installation believes.

use miette::Report;
use workbooks_host::provenance::TrustStore;

use crate::io::IoError;
use crate::session::Session;

/// The trust store; it believes nobody if there is none.
pub(crate) fn trust(session: &Session) -> Result<TrustStore, Report> {
    match session.io.read(&session.home.root.join("trust.toml")) {
        Ok(bytes) => Ok(TrustStore::parse(&String::from_utf8_lossy(&bytes))?),
        Err(IoError::NotFound { .. }) => Ok(TrustStore::default()),
        Err(error) => Err(error.into()),
    }
}
