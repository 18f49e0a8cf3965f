//! When an operation must end: its deadline, and a flag that anyone may raise.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::StorageError;

/// A deadline and a cancel flag; clones share the flag.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    at: Instant,
    cancelled: Arc<AtomicBool>,
}

impl Stop {
    /// Ends the operation at `deadline`.
    pub(crate) fn at(deadline: Instant) -> Self {
        Self { at: deadline, cancelled: Arc::default() }
    }

    /// Ends the operation after `time` from now.
    pub(crate) fn after(time: Duration) -> Self {
        Self::at(Instant::now() + time)
    }

    /// Ends the operation now, from any thread.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }

    /// Whether the operation may go on.
    ///
    /// # Errors
    /// `Cancelled` once the flag is up, else `Timeout` once the deadline has passed.
    pub(crate) fn check(&self) -> Result<(), StorageError> {
        if self.cancelled.load(Ordering::Acquire) {
            Err(StorageError::Cancelled)
        } else if Instant::now() >= self.at {
            Err(StorageError::Timeout)
        } else {
            Ok(())
        }
    }

    /// The time to wait before looking again: at most `step`, never past the deadline.
    pub(super) fn wait(&self, step: Duration) -> Duration {
        self.at.saturating_duration_since(Instant::now()).min(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passed_deadline_is_a_timeout() {
        assert_eq!(Stop::at(Instant::now()).check(), Err(StorageError::Timeout));
    }

    #[test]
    fn a_clone_cancels_all() {
        let stop = Stop::after(Duration::from_mins(1));
        assert_eq!(stop.check(), Ok(()));
        stop.clone().cancel();
        assert_eq!(stop.check(), Err(StorageError::Cancelled));
    }
}
