//! CPU time of a guest: the time during which it occupies its thread. Time that it spends
//! suspended (asleep, waiting for storage, for input, or for its turn) does not count.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Counts nanoseconds; shared by the future that runs the guest and the epoch callback.
#[derive(Debug)]
pub(crate) struct CpuClock {
    epoch: Instant,
    used: AtomicU64,
    /// Nanoseconds since `epoch` at which the guest went on its thread; 0 while it is off it.
    since: AtomicU64,
}

impl CpuClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { epoch: Instant::now(), used: AtomicU64::new(0), since: AtomicU64::new(0) })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1)
    }

    pub(crate) fn used(&self) -> Duration {
        let since = self.since.load(Ordering::Relaxed);
        let running = if since == 0 { 0 } else { self.now().saturating_sub(since) };
        Duration::from_nanos(self.used.load(Ordering::Relaxed) + running)
    }

    pub(crate) fn resume(&self) {
        self.since.store(self.now(), Ordering::Relaxed);
    }

    pub(crate) fn suspend(&self) {
        let since = self.since.swap(0, Ordering::Relaxed);
        self.used.fetch_add(self.now().saturating_sub(since), Ordering::Relaxed);
    }
}

/// Runs a future and counts the time of its polls.
pub(crate) struct Metered<F> {
    pub(crate) future: F,
    pub(crate) clock: Arc<CpuClock>,
}

impl<F: Future + Unpin> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.clock.resume();
        let polled = Pin::new(&mut self.future).poll(cx);
        self.clock.suspend();
        polled
    }
}
