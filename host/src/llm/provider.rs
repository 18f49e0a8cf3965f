//! What stands behind `llm`: the trait, and how it fails.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Completion, Request};
use crate::admission::Caller;
use crate::capability::Refusal;

/// Why a provider did not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderError {
    /// It would fail again.
    Final(Refusal),
    /// It may pass: the host asks again, at most three times within the deadline.
    Passing {
        /// What the guest is told if it does not pass. Never a key, a URL or an address.
        refusal: Refusal,
        /// How long the provider asks to be left alone.
        after: Option<Duration>,
    },
}

impl From<Refusal> for ProviderError {
    fn from(refusal: Refusal) -> Self {
        Self::Final(refusal)
    }
}

/// A completion under way.
pub type Completing<'a> =
    Pin<Box<dyn Future<Output = Result<Completion, ProviderError>> + Send + 'a>>;

/// Completes what guests ask, with a model and a key of the host's.
///
/// What it is asked is within the bounds of the contract: at most 4 MiB, 1,024 messages and 128
/// tools, each in its place; `max-tokens` is always set. Which model a guest may name, and which
/// `extra` pairs, is for the provider to say. The host meters what it reports, asks again, and drops
/// it when the deadline passes or the grant is withdrawn.
pub trait Provider: Send + Sync {
    /// Asks once.
    fn complete<'a>(
        &'a self,
        caller: &'a Arc<Caller>,
        request: &'a Request,
        until: Instant,
    ) -> Completing<'a>;

    /// How long a completion may take, with all retries.
    fn time(&self) -> Duration {
        Duration::from_mins(2)
    }
}
