//! Who uses this installation, as signatures and workspaces name them.

use miette::{Diagnostic, Report};
use thiserror::Error;
use workbooks_host::provenance::{Did, NotAKey, SigningKey};

use crate::io::{IoError, files};
use crate::session::Session;

/// A key that cannot be used.
#[derive(Debug, Error, Diagnostic)]
enum KeyError {
    /// It is no key.
    #[error("the signing key of {place} cannot be used")]
    #[diagnostic(code(workbooks::key::unusable), help("`wbx key new` makes one"))]
    Unusable {
        place: String,
        #[source]
        why: NotAKey,
    },
    /// Others know it.
    #[error("other users may read the signing key `{place}`")]
    #[diagnostic(code(workbooks::key::permissions), help("its mode must be 0600: `chmod 600` it"))]
    Permissions { place: String },
    /// There is none.
    #[error("this installation has no key to sign with")]
    #[diagnostic(code(workbooks::key::missing), help("`wbx key new` makes one"))]
    Missing,
}

/// The name of this installation, if it has a key yet.
pub(crate) fn own(session: &Session) -> Result<Option<Did>, Report> {
    Ok(find(session)?.map(|key| key.did()))
}

/// The key that this installation signs with.
pub(crate) fn key(session: &Session) -> Result<SigningKey, Report> {
    Ok(find(session)?.ok_or(KeyError::Missing)?)
}

/// The key, if there is one: `$WBX_SIGNING_KEY`, or the file.
fn find(session: &Session) -> Result<Option<SigningKey>, Report> {
    let unusable = |place: &str, why| KeyError::Unusable { place: place.to_owned(), why };
    if let Some(set) = session.surroundings.setting("SIGNING_KEY") {
        let place = "WBX_SIGNING_KEY";
        let key = set.to_str().ok_or(NotAKey).and_then(SigningKey::parse);
        return Ok(Some(key.map_err(|why| unusable(place, why))?));
    }
    let path = session.home.signing_key();
    let place = path.display().to_string();
    let text = match session.io.read(&path) {
        Err(IoError::NotFound { .. }) => return Ok(None),
        read => zeroize::Zeroizing::new(read?),
    };
    if files::own_mode(&path).is_none_or(|mode| mode & 0o077 != 0) {
        return Err(KeyError::Permissions { place }.into());
    }
    let key = std::str::from_utf8(&text).map_err(|_| NotAKey).and_then(SigningKey::parse);
    Ok(Some(key.map_err(|why| unusable(&place, why))?))
}
