//! Why a page is not what somebody signed, or cannot be signed.

use miette::Diagnostic;
use thiserror::Error;

use crate::toolkit::brief;

/// Why a page is not what somebody signed, or cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum PageError {
    /// Nobody signed it.
    #[error("the page is not signed")]
    #[diagnostic(
        code(workbooks::page::unsigned),
        help("`wbx sign FILE` signs a page of yours; of another's, nothing says who made it")
    )]
    Unsigned,
    /// Its blocks are not as they are written.
    #[error("the signature of the page cannot be read: {why}")]
    #[diagnostic(
        code(workbooks::page::malformed),
        help("do not trust it; if it is yours, sign it again: `wbx sign FILE`")
    )]
    Malformed {
        /// What is wrong, printable.
        why: String,
    },
    /// It, or what it carries, was changed.
    #[error("the page was changed after it was signed: {what}")]
    #[diagnostic(
        code(workbooks::page::tampered),
        help("do not trust it; get it anew from its publisher")
    )]
    Tampered {
        /// What does not hold.
        what: &'static str,
    },
    /// It ends where no element can stand.
    #[error("nothing can be put into this page")]
    #[diagnostic(
        code(workbooks::page::unsignable),
        help("it ends within a comment, a script or `<plaintext>`: close it")
    )]
    Unsignable,
    /// Too large.
    #[error("the page is larger than 768 MiB")]
    #[diagnostic(code(workbooks::page::too_large), help("carry less in it"))]
    TooLarge,
}

impl PageError {
    pub(super) fn malformed(why: &str) -> Self {
        Self::Malformed { why: brief(why) }
    }
}
