//! Why something is not believed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use miette::Diagnostic;
use thiserror::Error;

use crate::provenance::{Did, Difference, EnvelopeError, StatementError};
use crate::toolkit::quoted;

/// Why something is not believed. Texts that came from elsewhere are made printable.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum TrustError {
    /// Nobody signed it.
    #[error("it is not signed")]
    #[diagnostic(
        code(workbooks::trust::unsigned),
        help("ask its author to sign it; if you are the author: `wbx toolkit sign`")
    )]
    Unsigned,
    /// What is beside it is no envelope.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Envelope(#[from] EnvelopeError),
    /// What was signed is no statement about a toolkit.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Statement(#[from] StatementError),
    /// The signature does not hold.
    #[error("it says that {did} signed it, and that key did not")]
    #[diagnostic(
        code(workbooks::trust::tampered),
        help("do not use it: get it again from its publisher")
    )]
    Signature {
        /// Who is said to have signed.
        did: Did,
    },
    /// The files are not those that were signed.
    #[error("{toolkit} is not what {did} signed: files that differ: {}", differences.len())]
    #[diagnostic(
        code(workbooks::trust::tampered),
        help(
            "do not use it: get it again from its publisher; if you changed it yourself: `wbx toolkit sign`"
        )
    )]
    Tampered {
        /// The toolkit's id, as it was signed, quoted.
        toolkit: String,
        /// Who signed it.
        did: Did,
        /// Every difference.
        #[related]
        differences: Vec<Difference>,
    },
    /// Nobody said that this key is to be believed.
    #[error("{did} signed it, whom you do not trust")]
    #[diagnostic(
        code(workbooks::trust::unknown_issuer),
        help(
            "ask its publisher for their key by another way; if it is this: `wbx trust add {did}`"
        )
    )]
    UnknownIssuer {
        /// The key.
        did: Did,
    },
    /// The key was believed up to a time.
    #[error("{did} is not trusted after {until}")]
    #[diagnostic(
        code(workbooks::trust::expired),
        help("if it is still their key: `wbx trust add {did} --until TIME`")
    )]
    Expired {
        /// The key.
        did: Did,
        /// When that ended.
        until: Timestamp,
    },
    /// It was signed after the key had handed over.
    #[error("{did} signed it after {rotated}, when {successor} had taken its place")]
    #[diagnostic(
        code(workbooks::trust::expired),
        help("do not use it: ask its publisher to sign it with the new key")
    )]
    Replaced {
        /// The key.
        did: Did,
        /// The key that took its place.
        successor: Did,
        /// When.
        rotated: Timestamp,
    },
    /// Nothing of the key is believed any more.
    #[error("{did} was revoked at {at}")]
    #[diagnostic(
        code(workbooks::trust::revoked),
        help(
            "do not use it: whoever has that key can sign what they like. Ask its publisher for what their new key signed"
        )
    )]
    Revoked {
        /// The key.
        did: Did,
        /// When.
        at: Timestamp,
    },
    /// The key is believed about other things.
    #[error("{did} is trusted about {trusted} only, and not about {asked}")]
    #[diagnostic(
        code(workbooks::trust::not_for_toolkit),
        help("if it should be: `wbx trust add {did}` with each `--toolkit ID`")
    )]
    NotAbout {
        /// The key.
        did: Did,
        /// What it is believed about, printable.
        trusted: String,
        /// What it signed, printable.
        asked: String,
    },
    /// The statement is about another toolkit than the manifest.
    #[error("it was signed as {signed}, and its manifest says {manifest}")]
    #[diagnostic(
        code(workbooks::trust::not_for_toolkit),
        help("do not use it; if it is yours: `wbx toolkit sign`")
    )]
    NotForToolkit {
        /// What was signed, printable.
        signed: String,
        /// What the manifest says, printable.
        manifest: String,
    },
}

impl TrustError {
    pub(crate) fn not_about(did: &Did, of: &BTreeSet<String>, asked: Option<&str>) -> Self {
        let mut words: Vec<_> = of.iter().take(4).map(|id| quoted(id)).collect();
        match of.len() {
            0 => words.push("no toolkit".to_owned()),
            5.. => words.push(format!("{} more", of.len() - 4)),
            _ => {}
        }
        Self::NotAbout {
            did: did.clone(),
            trusted: words.join(", "),
            asked: asked.map_or_else(|| "what is no toolkit".to_owned(), quoted),
        }
    }
}
