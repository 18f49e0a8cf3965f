//! The key that this installation signs with, and whom it trusts.

use std::path::PathBuf;

use miette::{Diagnostic, Report};
use thiserror::Error;
use workbooks_host::Host;
use workbooks_host::bundle::Signer;
use workbooks_host::provenance::{SigningKey, Timestamp, TrustStore};
use zeroize::Zeroizing;

use crate::io::{IoError, files};
use crate::session::Session;

/// What is said to have signed.
pub(crate) const GENERATOR: &str = concat!("wbx/", env!("CARGO_PKG_VERSION"));

/// Why nothing is signed.
#[derive(Debug, Error, Diagnostic)]
enum KeyError {
    /// There is none.
    #[error("there is no key to sign with")]
    #[diagnostic(
        code(workbooks::cli::not_found::key),
        help("set `WBX_SIGNING_KEY` to 32 random bytes in base64, from where you keep secrets")
    )]
    None,
    /// It is none.
    #[error("{} holds no key: {why}", place)]
    #[diagnostic(code(workbooks::cli::usage), help("a key is 32 bytes, in base64"))]
    Unusable {
        /// The variable or the file.
        place: String,
        /// Why.
        why: String,
    },
    /// Others may read it.
    #[error("other users may use the key `{}`", path.display())]
    #[diagnostic(code(workbooks::key::permissions), help("make it yours alone: `chmod 600` it"))]
    Permissions {
        /// The file.
        path: PathBuf,
    },
}

/// The key: of `WBX_SIGNING_KEY`, or else of this installation.
pub(crate) fn key(session: &Session) -> Result<SigningKey, Report> {
    Ok(found(session)?.ok_or(KeyError::None)?)
}

/// Whom this installation trusts, itself among them.
pub(crate) fn trust(session: &Session) -> Result<TrustStore, Report> {
    let text = match session.io.read(&session.home.root.join("trust.toml")) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(IoError::NotFound { .. }) => String::new(),
        Err(error) => return Err(error.into()),
    };
    let mut trust = TrustStore::parse(&text)?;
    if let Some(key) = found(session)? {
        trust.believe(&key.did());
    }
    Ok(trust)
}

/// The signer of what is published now.
pub(crate) fn signer(key: &SigningKey) -> Signer<'_> {
    Signer { key, generator: GENERATOR, now: Timestamp::now() }
}

fn found(session: &Session) -> Result<Option<SigningKey>, Report> {
    if let Some(set) = session.surroundings.setting("SIGNING_KEY") {
        let place = "`WBX_SIGNING_KEY`".to_owned();
        let key = SigningKey::parse(&set.to_string_lossy());
        return Ok(Some(key.map_err(|why| KeyError::Unusable { place, why: why.to_string() })?));
    }
    let path = session.home.keys().join("signing").join(format!("{}.key", Host::TENANT));
    if !files::exists(&path) {
        return Ok(None);
    }
    if files::own_mode(&path).is_none_or(|mode| mode & 0o077 != 0) {
        return Err(KeyError::Permissions { path }.into());
    }
    let text = Zeroizing::new(session.io.read(&path)?);
    let place = format!("`{}`", path.display());
    let key = SigningKey::parse(&String::from_utf8_lossy(&text));
    Ok(Some(key.map_err(|why| KeyError::Unusable { place, why: why.to_string() })?))
}
