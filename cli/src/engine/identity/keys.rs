//! The keys of this installation on disk, a file for each tenant:
//!
//! ```text
//! keys/signing/<tenant>.key                  the seed in base64, mode 0600
//! keys/signing/<tenant>.next.key             while it is being replaced
//! keys/signing/<tenant>.intoto.jsonl         what its keys said of themselves; for others
//! keys/signing/retired/<tenant>/<key>.key    those that were replaced or revoked
//! ```

use std::path::{Path, PathBuf};

use miette::{Diagnostic, Report};
use thiserror::Error;
use workbooks_host::provenance::{
    Did, Envelope, KeyStatement, KeyStatementError, NotAKey, SigningKey, Timestamp, TrustError,
};
use zeroize::Zeroizing;

use super::{TENANT, change};
use crate::args::UsageError;
use crate::io::{IoError, files, private};
use crate::project::is_id;
use crate::session::Session;

/// More bytes than a seed has in any spelling.
const SEED_MAX: u64 = 256;
const ENDING: &str = ".key";
const NEXT: &str = ".next.key";
const STATEMENTS: &str = ".intoto.jsonl";

/// A key that is here.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Whose.
    pub(crate) tenant: String,
    /// Its name.
    pub(crate) did: Did,
    /// Where it lies; `None` if the environment gives it.
    pub(crate) file: Option<PathBuf>,
    /// Whether it is signed with.
    pub(crate) current: bool,
}

/// Why a key cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum KeyError {
    /// One is there.
    #[error("`{tenant}` has a key: {did}")]
    #[diagnostic(
        code(workbooks::key::exists),
        help("`wbx key rotate` lets another take its place")
    )]
    Exists {
        /// Whose.
        tenant: String,
        /// The key.
        did: Did,
    },
    /// There is none.
    #[error("there is no key {what}")]
    #[diagnostic(
        code(workbooks::cli::not_found::key),
        help("`wbx key list` shows those that there are, `wbx key new` makes one")
    )]
    None {
        /// Which.
        what: String,
    },
    /// The file holds something else.
    #[error("`{}` holds no key", path.display())]
    #[diagnostic(code(workbooks::key::damaged), help("restore it, or move it away"))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        why: NotAKey,
    },
    /// The environment's is none.
    #[error("`WBX_SIGNING_KEY` holds no key")]
    #[diagnostic(
        code(workbooks::key::environment),
        help("give it 32 bytes in base64 or hexadecimal, or unset it")
    )]
    Override(#[source] NotAKey),
    /// The environment's cannot be replaced.
    #[error("the key comes from `WBX_SIGNING_KEY`, which is not ours to change")]
    #[diagnostic(code(workbooks::key::environment), help("unset it to use the key on disk"))]
    NotOurs,
    /// The system gives no random bytes.
    #[error("no key can be made: {0}")]
    #[diagnostic(code(workbooks::key::random), help("the system gives no random bytes"))]
    Random(getrandom::Error),
}

/// The tenant's name, if it can be one.
fn checked(tenant: &str) -> Result<&str, UsageError> {
    let valid = is_id(tenant).then_some(tenant);
    valid.ok_or_else(|| UsageError::Value {
        value: tenant.to_owned(),
        what: "a tenant's name",
        help: "it has lower-case letters, digits and `-`".to_owned(),
    })
}

fn file(session: &Session, tenant: &str) -> PathBuf {
    session.home.signing().join(format!("{tenant}{ENDING}"))
}

/// What the keys of a tenant said of themselves; maybe there is no such file.
pub(crate) fn statements(session: &Session, tenant: &str) -> PathBuf {
    session.home.signing().join(format!("{tenant}{STATEMENTS}"))
}

fn retired(session: &Session, tenant: &str) -> PathBuf {
    session.home.signing().join("retired").join(tenant)
}

fn read(path: &Path) -> Result<Option<SigningKey>, Report> {
    let Some(bytes) = private::read(path, SEED_MAX)? else { return Ok(None) };
    let damaged = |why| KeyError::Damaged { path: path.to_owned(), why };
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged(NotAKey))?;
    Ok(Some(SigningKey::parse(text).map_err(damaged)?))
}

/// The key that the environment gives.
fn given(session: &Session) -> Result<Option<SigningKey>, KeyError> {
    let Some(text) = session.surroundings.setting("SIGNING_KEY") else { return Ok(None) };
    let text = text.to_str().ok_or(KeyError::Override(NotAKey))?;
    SigningKey::parse(text).map(Some).map_err(KeyError::Override)
}

/// The key that a tenant signs with, if there is one.
pub(crate) fn find(session: &Session, tenant: &str) -> Result<Option<SigningKey>, Report> {
    let tenant = checked(tenant)?;
    if tenant == TENANT
        && let Some(key) = given(session)?
    {
        return Ok(Some(key));
    }
    read(&file(session, tenant))
}

/// Makes a tenant's key.
pub(crate) fn make(session: &Session, tenant: &str) -> Result<SigningKey, Report> {
    let tenant = checked(tenant)?;
    session.home.make()?;
    let (key, path) = (random()?, file(session, tenant));
    if private::write_new(&path, key.seed().as_bytes())? {
        return Ok(key);
    }
    let there = read(&path)?.map_or_else(|| key.did(), |there| there.did());
    Err(KeyError::Exists { tenant: tenant.to_owned(), did: there }.into())
}

fn random() -> Result<SigningKey, KeyError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(KeyError::Random)?;
    Ok(SigningKey::of(&seed))
}

/// Every key, with the tenants in order and the current one of each first.
pub(crate) fn list(session: &Session) -> Result<Vec<Kept>, Report> {
    let mut all = Vec::new();
    if let Some(key) = given(session)? {
        let (tenant, did) = (TENANT.to_owned(), key.did());
        all.push(Kept { tenant, did, file: None, current: true });
    }
    let folder = session.home.signing();
    let mut tenants: Vec<String> = files::list(&folder.join("retired"));
    let current = files::list(&folder).into_iter();
    tenants.extend(current.filter_map(|name| name.strip_suffix(ENDING).map(str::to_owned)));
    tenants.sort_unstable();
    tenants.dedup();
    for tenant in tenants.iter().filter(|tenant| is_id(tenant)) {
        let retired = retired(session, tenant);
        let past = files::list(&retired).into_iter().map(|name| retired.join(name));
        for path in std::iter::once(file(session, tenant)).chain(past) {
            let current = path.parent() == Some(&folder)
                && all.iter().all(|key: &Kept| key.tenant != *tenant || !key.current);
            if let Some(key) = read(&path)? {
                let (tenant, did) = (tenant.clone(), key.did());
                all.push(Kept { tenant, did, file: Some(path), current });
            }
        }
    }
    Ok(all)
}

/// Lets a new key take the place of a tenant's. Whatever interrupts it, it can be asked for again.
pub(crate) fn rotate(session: &Session, tenant: &str) -> Result<(Did, Did), Report> {
    let tenant = checked(tenant)?;
    if tenant == TENANT && given(session)?.is_some() {
        return Err(KeyError::NotOurs.into());
    }
    session.home.make()?;
    let _turn = lock(session)?;
    let path = file(session, tenant);
    let none = || KeyError::None { what: format!("of `{tenant}`") };
    let old = read(&path)?.ok_or_else(none)?;
    let next = session.home.signing().join(format!("{tenant}{NEXT}"));
    private::write_new(&next, random()?.seed().as_bytes())?;
    let new = read(&next)?.ok_or_else(none)?;
    let now = Timestamp::now();
    let said = say(session, tenant, &KeyStatement::rotate(&old, &new, now), |said| {
        said.successor() == Some(&new.did())
    })?;
    change(session, |store| {
        if tenant == TENANT {
            store.believe(&old.did());
        }
        match store.apply(&said, now) {
            // Nobody here trusts this tenant: then nobody need learn of it either.
            Err(KeyStatementError::NotBelieved(TrustError::UnknownIssuer { .. })) => Ok(()),
            applied => Ok(applied.map(drop)?),
        }
    })?;
    keep_retired(session, tenant, &old)?;
    files::rename(&next, &path)?;
    Ok((old.did(), new.did()))
}

/// Says for good that nothing of a key of this installation is to be believed. A tenant whose
/// current key it is has none then.
pub(crate) fn revoke(session: &Session, did: &Did) -> Result<Kept, Report> {
    session.home.make()?;
    let _turn = lock(session)?;
    let none = || KeyError::None { what: did.to_string() };
    let kept = list(session)?.into_iter().find(|key| key.did == *did).ok_or_else(none)?;
    let key = match &kept.file {
        Some(path) => read(path)?,
        None => given(session)?,
    };
    let key = key.ok_or_else(none)?;
    let now = Timestamp::now();
    let said = say(session, &kept.tenant, &KeyStatement::revoke(&key, now), |said| {
        said.successor().is_none() && said.key() == did
    })?;
    change(session, |store| Ok(store.apply(&said, now).map(drop)?))?;
    if let Some(path) = kept.file.as_ref().filter(|path| **path == file(session, &kept.tenant)) {
        keep_retired(session, &kept.tenant, &key)?;
        files::remove(path)?;
    }
    Ok(kept)
}

fn lock(session: &Session) -> Result<std::fs::File, IoError> {
    let folder = session.home.signing();
    files::private_folder(&folder)?;
    files::lock(&folder.join("lock"))
}

fn keep_retired(session: &Session, tenant: &str, key: &SigningKey) -> Result<(), Report> {
    let folder = retired(session, tenant);
    let path = folder.join(format!("{}{ENDING}", key.did().multibase()));
    private::write_new(&path, key.seed().as_bytes())?;
    Ok(())
}

/// Adds a statement to those of a tenant, unless one is there that says the same already.
fn say(
    session: &Session,
    tenant: &str,
    envelope: &Envelope,
    same: impl Fn(&KeyStatement) -> bool,
) -> Result<KeyStatement, Report> {
    let path = statements(session, tenant);
    let mut text = match session.io.read(&path) {
        Ok(text) => text,
        Err(IoError::NotFound { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    if let Some(said) = KeyStatement::read(&text)?.into_iter().find(same) {
        return Ok(said);
    }
    text.extend(envelope.to_json().bytes());
    session.io.write(&path, &text)?;
    Ok(KeyStatement::of_envelope(envelope)?)
}
