//! Asking again what may pass.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::time;

use super::{Completion, Provider, ProviderError, Request};
use crate::admission::Caller;
use crate::capability::Refusal;

/// Pauses of 0.5 to 1, 1 to 2 and 2 to 4 seconds: the jitter is as long as the pause.
const PAUSES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(500))
    .with_factor(2.0)
    .with_max_times(3)
    .with_jitter();

/// Asks up to four times, and no more when the pause would not end before `until`.
///
/// # Errors
///
/// What the last answer was, and [`Refusal::Timeout`].
pub(crate) async fn complete(
    provider: &dyn Provider,
    caller: &Arc<Caller>,
    request: &Request,
    until: Instant,
) -> Result<Completion, Refusal> {
    let end = time::Instant::from_std(until);
    let mut pauses = PAUSES.build();
    loop {
        let asked = provider.complete(caller, request, until);
        let (refusal, after) = match time::timeout_at(end, asked).await {
            Ok(Ok(completion)) => return Ok(completion),
            Ok(Err(ProviderError::Passing { refusal, after })) => (refusal, after),
            Ok(Err(ProviderError::Final(refusal))) => return Err(refusal),
            Err(_) => return Err(Refusal::Timeout),
        };
        let Some(pause) = pauses.next() else { return Err(refusal) };
        let pause = after.unwrap_or_default().max(pause);
        if end.saturating_duration_since(time::Instant::now()) <= pause {
            return Err(refusal);
        }
        time::sleep(pause).await;
    }
}
