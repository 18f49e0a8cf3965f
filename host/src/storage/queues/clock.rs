//! The time of day, which tests inject.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Gives milliseconds of Unix time.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// The system's.
    pub(crate) fn system() -> Self {
        Self::of(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
    }

    pub(super) fn of(now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Kept so far below 2^63 that a lease can be added and SQLite can hold the sum.
    pub(super) fn now(&self) -> u64 {
        (self.0)().min(1 << 62)
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}
