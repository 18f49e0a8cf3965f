//! `wbx.lock`: what was added to a workbook, each toolkit exactly as it was verified. Text and
//! values; where the file lies is for the caller to know.
//!
//! ```toml
//! version = 1
//!
//! [[toolkit]]
//! id = "hello"
//! version = "1.2.3"
//! source = "oci://registry.example.org/tools/hello"
//! tree = "…"
//! digest = "…"
//! publisher = "did:key:z6Mk…"
//! envelope = "…"
//! ```

use std::collections::BTreeMap;

use miette::{Diagnostic, SourceSpan};
use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::provenance::{Did, Digest};
use crate::toolkit::{SourceText, has_hazard, printable, quoted, slug, source_text};

/// The form of the file.
const FORM: u64 = 1;
/// Bytes of a lock, and toolkits in it.
const MAX_BYTES: usize = 4 << 20;
const MAX_ENTRIES: usize = 5_000;
/// Bytes of a source.
const MAX_SOURCE: usize = 2048;
const HEAD: &str =
    "# What was added to this workbook, as it was verified. Written by `wbx toolkit`.\n";

/// The toolkits that were added to a workbook, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    entries: BTreeMap<String, Entry>,
}

/// A toolkit that was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: Version,
    /// Where it is from, as [`Source`](super::Source) reads it; at most 2,048 printable bytes.
    pub source: String,
    /// The digest of its files.
    pub tree: Digest,
    /// The digest that the registry had for it, if it is from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Who signed it.
    pub publisher: Did,
    /// The digest of its signature, as [`Package::envelope_digest`](super::Package::envelope_digest)
    /// says.
    pub envelope: Digest,
    /// Whether it stays at this version.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
}

/// Why a text is no lock.
#[derive(Debug, Error, Diagnostic)]
pub enum LockError {
    /// Not a lock, or one that says what cannot be.
    #[error("`wbx.lock` cannot be used: {message}")]
    #[diagnostic(
        code(workbooks::lock::malformed),
        help("take it from version control again, or remove it and add the toolkits anew")
    )]
    Malformed {
        /// What is wrong.
        message: String,
        /// The text, printable.
        #[source_code]
        text: SourceText,
        /// Where, if that is known.
        #[label("here")]
        at: Option<SourceSpan>,
    },
    /// Written by another program than this.
    #[error("`wbx.lock` has the form {found}, and this program reads {FORM}")]
    #[diagnostic(
        code(workbooks::lock::version),
        help("use the `wbx` that wrote it, or a newer one")
    )]
    Version {
        /// What it says.
        found: String,
    },
    /// Larger than any lock.
    #[error("`wbx.lock` has {bytes} bytes, more than the {MAX_BYTES} that are read")]
    #[diagnostic(
        code(workbooks::lock::too_large),
        help("take it from version control again, or remove it and add the toolkits anew")
    )]
    TooLarge {
        /// How large it is.
        bytes: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    #[serde(rename = "version")]
    _form: u64,
    #[serde(default, rename = "toolkit")]
    entries: Vec<toml::Spanned<Entry>>,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u64,
    #[serde(rename = "toolkit", skip_serializing_if = "Vec::is_empty")]
    entries: Vec<&'a Entry>,
}

#[derive(Deserialize)]
struct Form {
    version: toml::Value,
}

impl Lock {
    /// Reads a lock.
    ///
    /// # Errors
    /// [`LockError`]; a field that is not known, and an id that stands twice, is one.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        if text.len() > MAX_BYTES {
            return Err(LockError::TooLarge { bytes: text.len() });
        }
        let malformed = |message: String, at: Option<std::ops::Range<usize>>| {
            let (text, at) = (source_text("wbx.lock", text), at.map(SourceSpan::from));
            LockError::Malformed { message, text, at }
        };
        let syntax = |error: toml::de::Error| malformed(printable(error.message()), error.span());
        // First what form it has: another may have other fields.
        let form: Form = toml::from_str(text).map_err(syntax)?;
        if form.version.as_integer().and_then(|form| u64::try_from(form).ok()) != Some(FORM) {
            return Err(LockError::Version { found: quoted(&form.version.to_string()) });
        }
        let read: Read = toml::from_str(text).map_err(syntax)?;
        if read.entries.len() > MAX_ENTRIES {
            return Err(malformed(format!("it names more than {MAX_ENTRIES} toolkits"), None));
        }
        let mut lock = Self::default();
        for entry in read.entries {
            let (at, entry) = (entry.span(), entry.into_inner());
            check(&entry).map_err(|why| malformed(why, Some(at.clone())))?;
            if lock.find(&entry.id).is_some() {
                return Err(malformed(format!("it names {} twice", quoted(&entry.id)), Some(at)));
            }
            lock.insert(entry);
        }
        Ok(lock)
    }

    /// The lock as a file: always the same bytes for the same entries.
    ///
    /// # Panics
    /// Never: tables of texts are TOML.
    pub fn to_toml(&self) -> String {
        let written = Written { version: FORM, entries: self.entries().collect() };
        let text = toml::to_string(&written).expect("tables of texts are TOML");
        format!("{HEAD}{text}")
    }

    /// Every toolkit, by id.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The toolkit of that id.
    pub fn find(&self, id: &str) -> Option<&Entry> {
        self.entries.get(id)
    }

    /// Puts a toolkit in, in place of the one of its id.
    pub fn insert(&mut self, entry: Entry) {
        self.entries.insert(entry.id.clone(), entry);
    }

    /// Takes a toolkit out.
    pub fn remove(&mut self, id: &str) -> Option<Entry> {
        self.entries.remove(id)
    }
}

fn check(entry: &Entry) -> Result<(), String> {
    slug(&entry.id).map_err(|invalid| invalid.to_string())?;
    if entry.source.is_empty() || entry.source.len() > MAX_SOURCE {
        return Err(format!("a source has 1 to {MAX_SOURCE} bytes"));
    }
    if has_hazard(&entry.source).is_some() {
        let shown = quoted(&entry.source);
        return Err(format!("the source {shown} has characters that are not shown"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::provenance::SigningKey;

    fn entry(id: &str) -> Entry {
        Entry {
            id: id.to_owned(),
            version: Version::new(1, 2, 3),
            source: "./toolkits/hello.tar".to_owned(),
            tree: Digest::of(id.as_bytes()),
            digest: Some(Digest::of(b"digest")),
            publisher: SigningKey::of(&[7; 32]).did(),
            envelope: Digest::of(b"envelope"),
            pinned: false,
        }
    }

    fn lock() -> Lock {
        let mut lock = Lock::default();
        lock.insert(entry("zebra"));
        lock.insert(Entry { pinned: true, digest: None, ..entry("ant") });
        lock
    }

    #[test]
    fn what_is_no_lock_is_refused() {
        let good = lock().to_toml();
        assert!(Lock::parse(&good).is_ok());
        for (bad, code) in [
            (String::new(), "malformed"),
            ("version = 1\nmore = 2\n".to_owned(), "malformed"),
            (good.replace("pinned = true", "pinned = true\nsafe = true"), "malformed"),
            (good.replace("\"zebra\"", "\"ant\""), "malformed"),
            (good.replace("\"zebra\"", "\"Zebra\""), "malformed"),
            (good.replace("\"zebra\"", "\"../zebra\""), "malformed"),
            (good.replace("1.2.3", "latest"), "malformed"),
            (good.replace("did:key:", "did:web:"), "malformed"),
            (good.replace("./toolkits", "\\u001b[2J"), "malformed"),
            (good.replace("./toolkits", "\\u202e"), "malformed"),
            (good.replace("./toolkits", &"a".repeat(3000)), "malformed"),
            (good.replace("publisher", "signer"), "malformed"),
            (good.replace("tree = \"", "tree = \"0"), "malformed"),
            (good.replace("version = 1\n", "version = 2\n"), "version"),
            (good.replace("version = 1\n", "version = -1\n"), "version"),
            (good.replace("version = 1\n", "version = \"1\"\n"), "version"),
            (format!("{good}#{}", " ".repeat(MAX_BYTES)), "too_large"),
        ] {
            assert_ne!(bad, good);
            let error = Lock::parse(&bad).expect_err(&bad[..bad.len().min(900)]);
            assert_eq!(error.code().unwrap().to_string(), format!("workbooks::lock::{code}"));
        }
    }

    #[test]
    fn a_lock_reads_back_as_it_is_written_and_is_sorted() {
        let text = lock().to_toml();
        assert_eq!(Lock::parse(&text).unwrap(), lock());
        assert_eq!(Lock::parse(&text).unwrap().to_toml(), text);
        assert!(text.find("ant").unwrap() < text.find("zebra").unwrap());
        assert_eq!(Lock::parse(&Lock::default().to_toml()).unwrap(), Lock::default());
    }

    #[test]
    fn an_entry_is_replaced_and_removed_by_its_id() {
        let mut lock = lock();
        lock.insert(Entry { version: Version::new(2, 0, 0), ..entry("ant") });
        assert_eq!(lock.entries().count(), 2);
        assert_eq!(lock.find("ant").unwrap().version, Version::new(2, 0, 0));
        assert!(lock.remove("ant").is_some());
        assert!(lock.remove("ant").is_none());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            drop(Lock::parse(&text));
            drop(Lock::parse(&format!("version = 1\n{text}")));
        }
    }
}
