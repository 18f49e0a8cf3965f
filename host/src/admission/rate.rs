//! How many calls a principal may make in a window of time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A sliding window over two adjacent buckets, in one atomic word.
///
/// The count of the bucket before is weighted by the part of it that the window still covers, so
/// a burst over the edge of a bucket is not allowed twice.
#[derive(Debug)]
pub struct Rate {
    limit: u32,
    window_ms: u64,
    /// Bucket number (16 bits), its count (24), the count of the bucket before (24).
    state: AtomicU64,
}

const COUNT: u64 = (1 << 24) - 1;

impl Rate {
    /// `limit` calls in each `window`; at most 16,000,000 in at least 1 s (the
    /// bucket's number has 16 bits, and a count must be old when it comes round).
    pub fn new(limit: u32, window: Duration) -> Self {
        let window_ms = u64::try_from(window.as_millis()).unwrap_or(u64::MAX).max(1_000);
        Self { limit: limit.min(16_000_000), window_ms, state: AtomicU64::new(0) }
    }

    /// Whether [`Rate::new`] would make the same rate of these.
    pub fn is(&self, limit: u32, window: Duration) -> bool {
        let other = Self::new(limit, window);
        (self.limit, self.window_ms) == (other.limit, other.window_ms)
    }

    /// Counts one call at `now_ms`, milliseconds on any clock that does not run backwards.
    ///
    /// # Errors
    ///
    /// The milliseconds after which a call may pass again.
    pub fn take(&self, now_ms: u64) -> Result<(), u64> {
        let bucket = (now_ms / self.window_ms) & 0xffff;
        let into = now_ms % self.window_ms;
        let mut wait = 0;
        let update = |state: u64| {
            let (mut at, mut count, mut before) =
                (state >> 48, (state >> 24) & COUNT, state & COUNT);
            if at != bucket {
                before = if (at + 1) & 0xffff == bucket { count } else { 0 };
                (at, count) = (bucket, 0);
            }
            let carried = before * (self.window_ms - into) / self.window_ms;
            if carried + count >= u64::from(self.limit) {
                wait = self.window_ms - into;
                return None;
            }
            Some(at << 48 | (count + 1) << 24 | before)
        };
        match self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update) {
            Ok(_) => Ok(()),
            Err(_) => Err(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(rate: &Rate, calls: u32, now: u64) -> u32 {
        (0..calls).map(|_| u32::from(rate.take(now).is_ok())).sum()
    }

    #[test]
    fn one_call_over_the_limit_is_refused_with_the_time_to_wait() {
        let rate = Rate::new(3, Duration::from_mins(1));
        assert_eq!(passed(&rate, 3, 1_000), 3);
        assert_eq!(rate.take(1_000), Err(59_000));
    }

    #[test]
    fn a_burst_over_the_edge_of_a_bucket_is_not_allowed_twice() {
        let rate = Rate::new(1_000, Duration::from_mins(1));
        assert_eq!(passed(&rate, 2_000, 59_999), 1_000);
        assert!(passed(&rate, 2_000, 60_001) < 2);
    }

    #[test]
    fn after_two_windows_all_is_allowed_again() {
        let rate = Rate::new(5, Duration::from_secs(1));
        assert_eq!(passed(&rate, 9, 100), 5);
        assert_eq!(passed(&rate, 9, 2_100), 5);
    }
}
