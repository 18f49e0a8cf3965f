//! Whose signatures are believed, and about what: the trust store, one TOML file. Only its text is
//! read here; where it lies is for the caller to know.
//!
//! ```toml
//! [[key]]
//! did = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
//! name = "Ada"
//! added = "2026-11-21T12:00:00Z"
//! until = "2027-11-21T12:00:00Z"
//! toolkits = ["hello"]
//! ```

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use miette::{Diagnostic, SourceSpan};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Did, TrustError};
use crate::toolkit::{SourceText, printable, source_text};

/// Bytes of a trust store that is read: some 10,000 keys.
const MAX_BYTES: usize = 4 << 20;

/// Whose signatures are believed. The default believes nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustStore {
    keys: BTreeMap<Did, Trusted>,
    /// Believed without an entry. Never from a file: the caller knows which are its own.
    own: BTreeSet<Did>,
}

/// How far a key is believed, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trusted {
    /// The key.
    pub did: Did,
    /// What the user calls whoever has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was entered.
    pub added: Timestamp,
    /// Nothing of it is believed from then on, by the clock of whoever verifies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// It is believed about these toolkits only; about everything if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolkits: Option<BTreeSet<String>>,
    /// Nothing of it is believed any more, whenever it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Timestamp>,
    /// When it handed over to its successor: what it issued later is not believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<Timestamp>,
    /// The key that it handed over to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Did>,
}

/// Why a text is no trust store.
#[derive(Debug, Clone, Error, Diagnostic)]
pub enum TrustStoreError {
    /// It is not TOML, or says what no trust store says.
    #[error("the trust store cannot be read: {message}")]
    #[diagnostic(
        code(workbooks::trust::store),
        help(
            "correct it; nothing is believed until then. A table `[[key]]` has: did name added until toolkits revoked rotated successor, its times written as \"2026-11-21T12:00:00Z\""
        )
    )]
    Syntax {
        /// What is wrong.
        message: String,
        /// The text, printable.
        #[source_code]
        text: SourceText,
        /// Where it is wrong, if that is known.
        #[label("here")]
        at: Option<SourceSpan>,
    },
    /// A key stands twice, so that it is not clear how far it is believed.
    #[error("the trust store has {did} twice")]
    #[diagnostic(code(workbooks::trust::store), help("keep one of the two entries"))]
    Twice {
        /// The key.
        did: Did,
    },
    /// Too large.
    #[error("the trust store is larger than 4 MiB")]
    #[diagnostic(code(workbooks::trust::store), help("is it another file?"))]
    TooLarge,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, rename = "key", skip_serializing_if = "Vec::is_empty")]
    keys: Vec<Trusted>,
}

impl Trusted {
    /// A key that is believed about everything, from now on and for good.
    pub fn new(did: Did, added: Timestamp) -> Self {
        Self {
            did,
            name: None,
            added,
            until: None,
            toolkits: None,
            revoked: None,
            rotated: None,
            successor: None,
        }
    }

    /// Whether it is believed at all, at a time.
    ///
    /// # Errors
    /// [`TrustError::Revoked`] or [`TrustError::Expired`].
    pub fn believed(&self, now: Timestamp) -> Result<(), TrustError> {
        let did = self.did.clone();
        if let Some(at) = self.revoked {
            return Err(TrustError::Revoked { did, at });
        }
        match self.until {
            Some(until) if until <= now => Err(TrustError::Expired { did, until }),
            _ => Ok(()),
        }
    }
}

impl TrustStore {
    /// Reads a trust store.
    ///
    /// # Errors
    /// [`TrustStoreError`] at the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, TrustStoreError> {
        if text.len() > MAX_BYTES {
            return Err(TrustStoreError::TooLarge);
        }
        let written: Written = toml::from_str(text).map_err(|error| TrustStoreError::Syntax {
            message: printable(error.message()),
            text: source_text("trust.toml", text),
            at: error.span().map(SourceSpan::from),
        })?;
        let mut store = Self::default();
        for key in written.keys {
            let did = key.did.clone();
            if store.keys.insert(did.clone(), key).is_some() {
                return Err(TrustStoreError::Twice { did });
            }
        }
        Ok(store)
    }

    /// The trust store as a file. Comments of the file it was read from are not kept.
    ///
    /// # Panics
    /// Never: texts are TOML.
    pub fn to_toml(&self) -> String {
        let mut keys: Vec<_> = self.entries().cloned().collect();
        keys.sort_by(|a, b| (a.added, &a.did).cmp(&(b.added, &b.did)));
        toml::to_string(&Written { keys }).expect("texts and lists of texts are TOML")
    }

    /// Believes a key without an entry: that of this installation. An entry about it counts all
    /// the same.
    pub fn believe(&mut self, did: &Did) {
        self.own.insert(did.clone());
    }

    /// Enters a key, in place of what was said about it. What became of it stays: a successor, and
    /// that it was revoked.
    ///
    /// # Errors
    /// [`TrustError::Revoked`] if it was: no entry brings a key back.
    pub fn add(&mut self, mut key: Trusted) -> Result<(), TrustError> {
        if let Some(old) = self.keys.get(&key.did) {
            if let Some(at) = old.revoked {
                return Err(TrustError::Revoked { did: key.did, at });
            }
            key.rotated = old.rotated;
            key.successor.clone_from(&old.successor);
        }
        self.keys.insert(key.did.clone(), key);
        Ok(())
    }

    /// Forgets a key and all that was said about it.
    pub fn remove(&mut self, did: &Did) -> Option<Trusted> {
        self.keys.remove(did)
    }

    /// Believes nothing of a key any more, whenever it was signed. One that was not known is
    /// entered, so that it is not believed later either.
    pub fn revoke(&mut self, did: &Did, at: Timestamp) {
        let new = || Trusted::new(did.clone(), at);
        self.keys.entry(did.clone()).or_insert_with(new).revoked.get_or_insert(at);
    }

    /// Every entry, in the order of the keys.
    pub fn entries(&self) -> impl Iterator<Item = &Trusted> {
        self.keys.values()
    }

    /// What is said about a key.
    pub fn find(&self, did: &Did) -> Option<&Trusted> {
        self.keys.get(did)
    }

    /// Whether a key is the installation's own.
    pub fn is_own(&self, did: &Did) -> bool {
        self.own.contains(did)
    }

    /// Puts an entry in place of the one of its key.
    pub(super) fn put(&mut self, key: Trusted) {
        self.keys.insert(key.did.clone(), key);
    }

    /// Whether a key is believed at all still, about what was verified before: it is known, and
    /// neither revoked nor past its time.
    pub fn stands(&self, did: &Did, now: Timestamp) -> bool {
        match self.keys.get(did) {
            Some(key) => key.believed(now).is_ok(),
            None => self.is_own(did),
        }
    }

    /// Whether a key's word counts about a toolkit, or, for `None`, about what is none, which it
    /// issued when it says it did. Gives its entry; none for the installation's own.
    ///
    /// # Errors
    /// [`TrustError`]: unknown issuer, revoked, expired, not for this toolkit.
    pub fn believed(
        &self,
        did: &Did,
        toolkit: Option<&str>,
        issued: Timestamp,
        now: Timestamp,
    ) -> Result<Option<&Trusted>, TrustError> {
        let Some(key) = self.keys.get(did) else {
            return if self.is_own(did) {
                Ok(None)
            } else {
                Err(TrustError::UnknownIssuer { did: did.clone() })
            };
        };
        key.believed(now)?;
        if let (Some(rotated), Some(successor)) = (key.rotated, &key.successor)
            && rotated < issued
        {
            let (did, successor) = (did.clone(), successor.clone());
            return Err(TrustError::Replaced { did, successor, rotated });
        }
        let listed = |of: &BTreeSet<String>| toolkit.is_some_and(|toolkit| of.contains(toolkit));
        match &key.toolkits {
            Some(of) if !listed(of) => Err(TrustError::not_about(did, of, toolkit)),
            _ => Ok(Some(key)),
        }
    }
}
