//! `wbx.lock`: what was added to a workbook, by digest. Only its text is read here.

use std::collections::BTreeMap;

use miette::Diagnostic;
use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::provenance::{Did, Digest};
use crate::toolkit::printable;

/// What was added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    entries: BTreeMap<String, Entry>,
}

/// One toolkit that was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: Version,
    /// Where it came from, as it was written.
    pub source: String,
    /// The digest of its files.
    pub tree: Digest,
    /// The registry's own digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Who signed it.
    pub publisher: Did,
    /// The digest of the signature.
    pub envelope: Digest,
    /// Whether it stays at this version.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
}

/// Why a text is no lock.
#[derive(Debug, Clone, Error, Diagnostic)]
#[error("`wbx.lock` cannot be read: {why}")]
#[diagnostic(code(workbooks::lock::syntax), help("take its last good version back"))]
pub struct LockError {
    why: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    #[serde(default)]
    toolkit: Vec<Entry>,
}

impl Lock {
    /// Reads a lock.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let written: Written =
            toml::from_str(text).map_err(|error| LockError { why: printable(error.message()) })?;
        let mut lock = Self::default();
        for entry in written.toolkit {
            lock.entries.insert(entry.id.clone(), entry);
        }
        Ok(lock)
    }

    /// As a file.
    ///
    /// # Panics
    /// Never: texts are TOML.
    pub fn to_toml(&self) -> String {
        let toolkit = self.entries.values().cloned().collect();
        toml::to_string(&Written { version: 1, toolkit }).expect("texts are TOML")
    }

    /// What is said of an id.
    pub fn find(&self, id: &str) -> Option<&Entry> {
        self.entries.get(id)
    }

    /// Everything.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
}
