//! Who this installation is, and whom it trusts: its keys and its trust store on disk.

pub(crate) mod keys;

use miette::Report;
use workbooks_host::provenance::{Did, SigningKey, Timestamp, TrustStore, Trusted};

use crate::io::{IoError, files};
use crate::output::Text;
use crate::session::Session;

/// The tenant that all is done for that names no other.
pub(crate) const TENANT: &str = workbooks_host::Host::TENANT;

/// Whom this installation trusts: itself, and whoever was entered.
pub(crate) fn trust(session: &Session) -> Result<TrustStore, Report> {
    let mut store = stored(session)?;
    if let Some(own) = own(session)? {
        store.believe(&own);
    }
    Ok(store)
}

/// The name of this installation, if it has a key yet.
pub(crate) fn own(session: &Session) -> Result<Option<Did>, Report> {
    Ok(keys::find(session, TENANT)?.map(|key| key.did()))
}

/// The key that this installation signs with; the first who asks for it makes it, which is said.
pub(crate) fn key(session: &Session) -> Result<SigningKey, Report> {
    key_of(session, TENANT)
}

/// The same for a tenant.
pub(crate) fn key_of(session: &Session, tenant: &str) -> Result<SigningKey, Report> {
    if let Some(key) = keys::find(session, tenant)? {
        return Ok(key);
    }
    let made = keys::make(session, tenant)?;
    session.output.note(&Text::default().line(format!(
        "a key was made to sign with, {}; others trust it with `wbx trust add {0}`",
        made.did()
    )));
    Ok(made)
}

/// Changes the trust store, unless `change` fails. Changes that come at once are made one after
/// the other.
pub(crate) fn change<T>(
    session: &Session,
    change: impl FnOnce(&mut TrustStore) -> Result<T, Report>,
) -> Result<T, Report> {
    session.home.make()?;
    let file = session.home.trust();
    let _turn = files::lock(&file.with_extension("lock"))?;
    let mut store = trust(session)?;
    let changed = change(&mut store)?;
    session.io.write(&file, store.to_toml().as_bytes())?;
    Ok(changed)
}

fn stored(session: &Session) -> Result<TrustStore, Report> {
    match session.io.read(&session.home.trust()) {
        // What is no text is refused like any other mistake.
        Ok(bytes) => Ok(TrustStore::parse(&String::from_utf8_lossy(&bytes))?),
        Err(IoError::NotFound { .. }) => Ok(TrustStore::default()),
        Err(error) => Err(error.into()),
    }
}

/// What is to be said of a key, in one word.
pub(crate) fn standing(key: &Trusted, now: Timestamp) -> &'static str {
    match (key.revoked, key.believed(now), key.successor.is_some()) {
        (Some(_), ..) => "revoked",
        (_, Err(_), _) => "expired",
        (_, _, true) => "replaced",
        _ => "trusted",
    }
}
