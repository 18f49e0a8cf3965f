//! Why a registry did not do as it was asked.

use std::time::Duration;

use miette::Diagnostic;
use thiserror::Error;

use crate::provenance::{EnvelopeError, FilesError};

/// Why a registry did not do as it was asked. Texts that came from elsewhere are made printable.
#[derive(Debug, Error, Diagnostic)]
pub enum RegistryError {
    /// It has no such toolkit or version.
    #[error("{registry} has no {what}")]
    #[diagnostic(
        code(workbooks::registry::not_found),
        help("check the spelling, and that it was published there")
    )]
    NotFound {
        /// The registry.
        registry: String,
        /// The toolkit, with its version if it was one.
        what: String,
    },
    /// That version is there, and is another.
    #[error("{registry} has {what} already, and it is another")]
    #[diagnostic(
        code(workbooks::registry::exists),
        help("versions never change: raise `#+VERSION` and publish that")
    )]
    Exists {
        /// The registry.
        registry: String,
        /// The toolkit and its version.
        what: String,
    },
    /// It said what cannot be.
    #[error("{registry} gave what cannot be used: {why}")]
    #[diagnostic(
        code(workbooks::registry::malformed),
        help("nothing was installed; tell the one who runs the registry")
    )]
    Malformed {
        /// The registry.
        registry: String,
        /// What is wrong.
        why: String,
    },
    /// It lacks what a registry needs to know.
    #[error("this cannot be published: {why}")]
    #[diagnostic(
        code(workbooks::registry::unpublishable),
        help("`wbx toolkit publish` builds and signs a toolkit, and publishes that")
    )]
    Unpublishable {
        /// What it lacks.
        why: String,
    },
    /// It is not open to us: to the host, or at the registry.
    #[error("{registry} is closed to us: {why}")]
    #[diagnostic(
        code(workbooks::registry::denied),
        help(
            "the policy opens a private registry and names its login: `[registry.host.\"HOST:PORT\"]` with private, plain, user, secret, auth"
        )
    )]
    Denied {
        /// The registry.
        registry: String,
        /// Why.
        why: String,
    },
    /// It cannot be reached, or not now.
    #[error("{registry} cannot be used: {why}")]
    #[diagnostic(
        code(workbooks::registry::unavailable),
        help("try again; what is installed already needs no registry")
    )]
    Unavailable {
        /// The registry.
        registry: String,
        /// Why.
        why: String,
    },
    /// It has too much to do, and says so.
    #[error("{registry} is busy: it answers {status}{}", in_words(*after))]
    #[diagnostic(
        code(workbooks::registry::busy),
        help("try again later; what is installed already needs no registry")
    )]
    Busy {
        /// The registry.
        registry: String,
        /// 429 or 503.
        status: u16,
        /// How long it asks us to wait, if it says.
        after: Option<Duration>,
    },
    /// Its files cannot be a toolkit's.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Files(#[from] FilesError),
    /// Its signature is none.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Envelope(#[from] EnvelopeError),
}

fn in_words(after: Option<Duration>) -> String {
    let seconds = after.map(|after| after.as_secs().max(1));
    seconds.map(|seconds| format!(", and asks for {seconds} s of patience")).unwrap_or_default()
}

impl RegistryError {
    pub(super) fn malformed(registry: &str, why: impl Into<String>) -> Self {
        Self::Malformed { registry: registry.to_owned(), why: why.into() }
    }
}
