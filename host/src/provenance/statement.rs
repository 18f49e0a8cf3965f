//! What an author signs of a toolkit: every file of it by digest, with its id and version. An
//! in-toto Statement v1 (its *Attestation Framework*), so that its tools read who signed what.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use miette::Diagnostic;
use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Did, Digest, Envelope, Files, SigningKey, dsse, files};
use crate::json::{self, Rules};
use crate::toolkit::{quoted, slug};

/// The payload type of in-toto statements.
pub(super) const PAYLOAD: &str = "application/vnd.in-toto+json";
/// The `_type` of a statement.
pub(super) const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// What is said of the files.
const PREDICATE: &str = "urn:workbooks:toolkit:v1";

/// What is said of a toolkit. That someone said it is proved by its [`Envelope`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The toolkit's id.
    pub toolkit: String,
    /// Its version.
    pub version: Version,
    /// Who says so.
    pub publisher: Did,
    /// When, by the publisher's clock.
    pub issued: Timestamp,
    /// The SHA-256 of each file, by path.
    pub files: BTreeMap<String, Digest>,
}

/// Why an envelope holds no statement about a toolkit.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[error("what was signed is no statement about a toolkit: {why}")]
#[diagnostic(
    code(workbooks::provenance::statement),
    help("ask the publisher to sign it with `wbx toolkit sign`")
)]
pub struct StatementError {
    /// What is wrong.
    pub why: String,
}

/// One way in which files are not those that were signed.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum Difference {
    /// Other bytes.
    #[error("{} was changed", quoted(.0))]
    Changed(String),
    /// Not signed.
    #[error("{} was added", quoted(.0))]
    Added(String),
    /// Signed, and not there.
    #[error("{} is missing", quoted(.0))]
    Missing(String),
}

#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Predicate,
}

/// One thing that a statement is about.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) digest: Sha256,
}

#[derive(PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sha256 {
    pub(super) sha256: Digest,
}

#[derive(Serialize, Deserialize)]
struct Predicate {
    toolkit: String,
    version: Version,
    publisher: Did,
    issued: Timestamp,
}

impl Statement {
    /// What `key` says of these files.
    pub fn of(
        files: &Files,
        toolkit: &str,
        version: &Version,
        key: &SigningKey,
        issued: Timestamp,
    ) -> Self {
        Self {
            toolkit: toolkit.to_owned(),
            version: version.clone(),
            publisher: key.did(),
            issued,
            files: files.digests(),
        }
    }

    /// Signs it. The key is to be the publisher's: what another signs nobody believes.
    ///
    /// # Panics
    /// Never: texts are JSON.
    pub fn sign(&self, key: &SigningKey) -> Envelope {
        let subject = self.files.iter().map(|(name, digest)| Subject {
            name: name.clone(),
            digest: Sha256 { sha256: *digest },
        });
        let written = Written {
            kind: STATEMENT.to_owned(),
            subject: subject.collect(),
            predicate_type: PREDICATE.to_owned(),
            predicate: Predicate {
                toolkit: self.toolkit.clone(),
                version: self.version.clone(),
                publisher: self.publisher.clone(),
                issued: self.issued,
            },
        };
        Envelope::sign(PAYLOAD, serde_json::to_vec(&written).expect("texts are JSON"), key)
    }

    /// Reads what an envelope holds, whoever signed it.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn of_envelope(envelope: &Envelope) -> Result<Self, StatementError> {
        let refuse = |why: String| Err(StatementError { why });
        if envelope.payload_type != PAYLOAD {
            return refuse(format!("its type is {}", quoted(&envelope.payload_type)));
        }
        let written: Written = json::read(&envelope.payload, dsse::MAX_BYTES, Rules::Unique)
            .map_err(|why| StatementError { why })?;
        if written.kind != STATEMENT || written.predicate_type != PREDICATE {
            return refuse(format!(
                "it is a {} about {}",
                quoted(&written.kind),
                quoted(&written.predicate_type)
            ));
        }
        let mut signed = BTreeMap::new();
        for subject in written.subject {
            files::check(&subject.name)
                .map_err(|error| StatementError { why: error.to_string() })?;
            if signed.insert(subject.name.clone(), subject.digest.sha256).is_some() {
                return refuse(format!("it names {} twice", quoted(&subject.name)));
            }
        }
        let Predicate { toolkit, version, publisher, issued } = written.predicate;
        // Messages name it, before anything else of it is believed.
        slug(&toolkit).map_err(|invalid| StatementError { why: invalid.to_string() })?;
        Ok(Self { toolkit, version, publisher, issued, files: signed })
    }

    /// Every way in which `files` are not those of this statement.
    pub fn differences(&self, files: &Files) -> Vec<Difference> {
        let found = files.digests();
        let all: BTreeSet<&String> = self.files.keys().chain(found.keys()).collect();
        let compare = |path: &&String| match (self.files.get(*path), found.get(*path)) {
            (Some(signed), Some(found)) if signed == found => None,
            (Some(_), Some(_)) => Some(Difference::Changed((*path).clone())),
            (None, _) => Some(Difference::Added((*path).clone())),
            (_, None) => Some(Difference::Missing((*path).clone())),
        };
        all.iter().filter_map(compare).collect()
    }

    /// The digest of the whole tree: what names these files, whoever signed them.
    pub fn tree(&self) -> Digest {
        Digest::of_files(self.files.iter().map(|(path, digest)| (path.as_str(), *digest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let mut files = Files::default();
        files.insert("manifest.org", b"#+TOOLKIT: t".to_vec()).unwrap();
        files.insert("src/main.c", b"int main;".to_vec()).unwrap();
        files
    }

    fn statement() -> (SigningKey, Statement) {
        let key = SigningKey::of(&[7; 32]);
        let issued = "2026-11-21T12:00:00Z".parse().unwrap();
        let statement = Statement::of(&files(), "t", &Version::new(1, 2, 3), &key, issued);
        (key, statement)
    }

    #[test]
    fn a_changed_added_missing_or_renamed_file_is_told() {
        let (_, statement) = statement();
        assert_eq!(statement.differences(&files()), []);
        let mut other = Files::default();
        other.insert("manifest.org", b"#+TOOLKIT: u".to_vec()).unwrap();
        other.insert("src/main.cc", b"int main;".to_vec()).unwrap();
        assert_eq!(
            statement.differences(&other),
            [
                Difference::Changed("manifest.org".into()),
                Difference::Missing("src/main.c".into()),
                Difference::Added("src/main.cc".into()),
            ]
        );
    }

    #[test]
    fn a_statement_reads_back_from_its_envelope() {
        let (key, statement) = statement();
        let envelope = statement.sign(&key);
        assert!(envelope.signed_by(&statement.publisher));
        assert_eq!(Statement::of_envelope(&envelope), Ok(statement));
    }

    #[test]
    fn what_is_no_statement_about_a_toolkit_is_refused() {
        let (key, statement) = statement();
        let good = String::from_utf8(statement.sign(&key).payload).unwrap();
        for bad in [
            good.replace(STATEMENT, "https://in-toto.io/Statement/v0.1"),
            good.replace(PREDICATE, "https://slsa.dev/provenance/v1"),
            good.replace("src/main.c", "../main.c"),
            good.replace("src/main.c", "manifest.org"),
            good.replace("\"version\":\"1.2.3\"", "\"version\":\"1.2.3\",\"version\":\"1.2.4\""),
            good.replace("1.2.3", "latest"),
            good.replace("\"toolkit\":\"t\"", "\"toolkit\":\"t\\n\\u001b[2Jyou may\""),
            good.replace("\"toolkit\":\"t\"", "\"toolkit\":\"\""),
        ] {
            let envelope = Envelope::sign(PAYLOAD, bad.clone().into_bytes(), &key);
            assert!(Statement::of_envelope(&envelope).is_err(), "{bad}");
        }
        let other = Envelope::sign("application/json", good.into_bytes(), &key);
        assert!(Statement::of_envelope(&other).is_err());
    }
}
