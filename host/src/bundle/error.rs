//! Why something is no bundle, or cannot be one.

use miette::Diagnostic;
use thiserror::Error;

use crate::provenance::page::PageError;
use crate::toolkit::{brief, quoted};

/// Why something is no bundle, or cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum BundleError {
    /// Its page is not what was signed, or cannot be signed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Page(#[from] PageError),
    /// A page that carries nothing.
    #[error("the page carries no bundle")]
    #[diagnostic(
        code(workbooks::bundle::none),
        help("`wbx bundle FILE -o X.html` makes a page that carries one")
    )]
    NoBundle,
    /// An entry that no bundle has.
    #[error("the bundle was not unpacked, for its entry {name}: {why}")]
    #[diagnostic(
        code(workbooks::bundle::entry),
        help("nothing was written; do not unpack it with other tools either")
    )]
    Entry {
        /// The name, quoted.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Not a zip file, or a damaged one, or its manifest says nonsense.
    #[error("it is no bundle: {why}")]
    #[diagnostic(
        code(workbooks::bundle::malformed),
        help("nothing was written; get it anew from its publisher")
    )]
    Malformed {
        /// What is wrong, printable.
        why: String,
    },
    /// It unpacks to more than may be.
    #[error("the bundle was not unpacked: it has more than {limit} MiB {of}")]
    #[diagnostic(code(workbooks::bundle::too_large), help("nothing was written; carry less in it"))]
    TooLarge {
        /// The cap.
        limit: u64,
        /// Of what.
        of: &'static str,
    },
    /// A part of it is encrypted, with a key that an engine keeps.
    #[error("the bundle was not unpacked, for its part {part} is sealed")]
    #[diagnostic(
        code(workbooks::bundle::sealed),
        help(
            "nothing was written; a sealed part is opened by the engine that keeps its key: ask its publisher for a bundle that was made without sealing"
        )
    )]
    Sealed {
        /// Its path, quoted.
        part: String,
    },
    /// The signature is about the page alone.
    #[error("the bundle has parts that the signature of its page does not bind")]
    #[diagnostic(
        code(workbooks::bundle::unbound),
        help("do not trust them; ask its publisher to bundle it again with `--sign`")
    )]
    Unbound,
    /// It says that it is signed, and is not.
    #[error("the bundle says that it is signed, and its page is not")]
    #[diagnostic(
        code(workbooks::bundle::stripped),
        help("somebody took the signature away: do not trust it")
    )]
    Stripped,
}

impl BundleError {
    pub(super) fn malformed(why: &str) -> Self {
        Self::Malformed { why: brief(why) }
    }

    pub(super) fn entry(name: &str, why: &'static str) -> Self {
        Self::Entry { name: quoted(name), why }
    }
}
