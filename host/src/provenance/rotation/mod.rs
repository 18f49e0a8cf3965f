//! What a key says about itself: that another takes its place, or that nothing of it is to be
//! believed. in-toto Statements v1 in envelopes, one a line in a file, the oldest first.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::statement::{PAYLOAD, STATEMENT, Sha256, Subject};
use super::{
    Did, Digest, Envelope, EnvelopeError, SigningKey, TrustError, TrustStore, Trusted, dsse,
};
use crate::json::{self, Rules};
use crate::toolkit::quoted;

const ROTATION: &str = "urn:workbooks:key-rotation:v1";
const REVOCATION: &str = "urn:workbooks:key-revocation:v1";
/// Statements of one file.
const MAX_LINES: usize = 256;

/// What a key said about itself. To hold one proves that it did: [`KeyStatement::of_envelope`]
/// alone makes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatement {
    key: Did,
    issued: Timestamp,
    successor: Option<Did>,
}

/// Why nothing was learnt of a key's statement.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum KeyStatementError {
    /// It is no envelope.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Envelope(#[from] EnvelopeError),
    /// It is not what a key says about itself, or those who must sign it did not.
    #[error("it is no rotation or revocation of a key: {why}")]
    #[diagnostic(
        code(workbooks::trust::key_statement),
        help(
            "`wbx key rotate` and `wbx key revoke` write them; get it again from the key's owner"
        )
    )]
    Malformed {
        /// What is wrong.
        why: String,
    },
    /// The key may not say it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NotBelieved(#[from] TrustError),
    /// The key handed over to another before.
    #[error("{key} has handed over to {successor} already, and now to {other}")]
    #[diagnostic(
        code(workbooks::trust::key_statement),
        help(
            "one of the two is not its owner's: ask them, and `wbx trust revoke` what is not theirs"
        )
    )]
    Other {
        /// The key.
        key: Did,
        /// The first.
        successor: Did,
        /// The second.
        other: Did,
    },
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

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Predicate {
    key: Did,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    successor: Option<Did>,
    issued: Timestamp,
}

impl KeyStatement {
    /// That `successor` takes the place of `key`, signed by both: no key can be named the
    /// successor of another without knowing of it.
    pub fn rotate(key: &SigningKey, successor: &SigningKey, issued: Timestamp) -> Envelope {
        let mut envelope = sign(key, Some(successor.did()), issued);
        envelope.countersign(successor);
        envelope
    }

    /// That nothing of `key` is to be believed any more.
    pub fn revoke(key: &SigningKey, issued: Timestamp) -> Envelope {
        sign(key, None, issued)
    }

    /// Reads what a key said about itself, if it did.
    ///
    /// # Errors
    /// [`KeyStatementError::Malformed`].
    pub fn of_envelope(envelope: &Envelope) -> Result<Self, KeyStatementError> {
        let refuse = |why: String| Err(KeyStatementError::Malformed { why });
        if envelope.payload_type != PAYLOAD {
            return refuse(format!("its type is {}", quoted(&envelope.payload_type)));
        }
        let written: Written = json::read(&envelope.payload, dsse::MAX_BYTES, Rules::Unique)
            .map_err(|why| KeyStatementError::Malformed { why })?;
        let Predicate { key, successor, issued } = written.predicate;
        let expected = if successor.is_some() { ROTATION } else { REVOCATION };
        if written.kind != STATEMENT || written.predicate_type != expected {
            let what = format!("{} {}", quoted(&written.kind), quoted(&written.predicate_type));
            return refuse(format!("it is a {what}"));
        }
        let about = successor.as_ref().unwrap_or(&key);
        let of_it = |subject: &Subject| *subject == subject_of(about);
        if successor.as_ref() == Some(&key) || written.subject.len() != 1 {
            return refuse("it is about another key than it says".to_owned());
        }
        if !written.subject.iter().all(of_it) {
            return refuse("it is about another key than it says".to_owned());
        }
        for signer in std::iter::once(&key).chain(&successor) {
            if !envelope.signed_by(signer) {
                return refuse(format!("{signer} did not sign it"));
            }
        }
        Ok(Self { key, issued, successor })
    }

    /// Reads a file of them: one envelope a line, at most 256.
    ///
    /// # Errors
    /// [`KeyStatementError`], at the first line that is none.
    pub fn read(text: &[u8]) -> Result<Vec<Self>, KeyStatementError> {
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let mut all = Vec::new();
        for line in lines {
            if all.len() >= MAX_LINES {
                let why = format!("the file has more than {MAX_LINES} lines");
                return Err(KeyStatementError::Malformed { why });
            }
            all.push(Self::of_envelope(&Envelope::parse(line)?)?);
        }
        Ok(all)
    }

    /// The key that said it.
    pub fn key(&self) -> &Did {
        &self.key
    }

    /// The key that takes its place, if that is what was said; else it was revoked.
    pub fn successor(&self) -> Option<&Did> {
        self.successor.as_ref()
    }

    /// When it was said, by the clock of whoever said it.
    pub fn issued(&self) -> Timestamp {
        self.issued
    }
}

impl TrustStore {
    /// Takes a key at its word. The successor is believed exactly as far as the old key is, which
    /// keeps its past; a revocation is always heard. Says whether that was news.
    ///
    /// # Errors
    /// [`KeyStatementError`]: a key that is not believed has no say about who follows it, a revoked
    /// one follows nobody, and a key has one successor. The store is as it was.
    pub fn apply(
        &mut self,
        said: &KeyStatement,
        now: Timestamp,
    ) -> Result<bool, KeyStatementError> {
        let Some(successor) = &said.successor else {
            let news = self.find(&said.key).is_none_or(|key| key.revoked.is_none());
            self.revoke(&said.key, said.issued);
            return Ok(news);
        };
        let entry = match self.find(&said.key) {
            Some(entry) => entry.clone(),
            None if self.is_own(&said.key) => Trusted::new(said.key.clone(), said.issued),
            None => return Err(TrustError::UnknownIssuer { did: said.key.clone() }.into()),
        };
        match &entry.successor {
            Some(known) if known == successor => return Ok(false),
            Some(known) => {
                return Err(KeyStatementError::Other {
                    key: said.key.clone(),
                    successor: known.clone(),
                    other: successor.clone(),
                });
            }
            None => entry.believed(now)?,
        }
        match self.find(successor) {
            Some(known) => known.believed(now)?,
            None => self.add(Trusted {
                did: successor.clone(),
                added: now,
                revoked: None,
                ..entry.clone()
            })?,
        }
        self.put(Trusted {
            rotated: Some(said.issued),
            successor: Some(successor.clone()),
            ..entry
        });
        Ok(true)
    }
}

fn subject_of(did: &Did) -> Subject {
    Subject { name: did.to_string(), digest: Sha256 { sha256: Digest::of(did.key()) } }
}

fn sign(key: &SigningKey, successor: Option<Did>, issued: Timestamp) -> Envelope {
    let predicate_type = if successor.is_some() { ROTATION } else { REVOCATION };
    let written = Written {
        kind: STATEMENT.to_owned(),
        subject: vec![subject_of(successor.as_ref().unwrap_or(&key.did()))],
        predicate_type: predicate_type.to_owned(),
        predicate: Predicate { key: key.did(), successor, issued },
    };
    Envelope::sign(PAYLOAD, serde_json::to_vec(&written).expect("texts are JSON"), key)
}
