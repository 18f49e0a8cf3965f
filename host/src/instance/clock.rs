//! CPU time of a guest: what its thread spends on it. Time that it spends suspended (asleep,
//! waiting for storage, for input, or for its turn) does not count, nor does time in which the
//! system runs something else on that thread's core.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::admission::{Account, Spent};

/// Counts nanoseconds into the account of a run; shared by the future that runs the guest and the
/// epoch callback, which the guest's own thread calls.
#[derive(Debug)]
pub(crate) struct CpuClock {
    account: Arc<Account>,
    /// The thread's CPU time when the guest went on it; 0 while the guest is off it.
    since: AtomicU64,
}

impl CpuClock {
    pub(crate) fn new(account: Arc<Account>) -> Arc<Self> {
        Arc::new(Self { account, since: AtomicU64::new(0) })
    }

    /// Whether CPU time is left. While the guest runs, only its own thread may ask.
    pub(crate) fn left(&self) -> Result<(), Spent<Duration>> {
        let since = self.since.load(Ordering::Relaxed);
        let running = if since == 0 { 0 } else { thread_time().saturating_sub(since) };
        self.account.cpu_left(running)
    }

    fn resume(&self) {
        self.since.store(thread_time(), Ordering::Relaxed);
    }

    fn suspend(&self) {
        let since = self.since.swap(0, Ordering::Relaxed);
        self.account.use_cpu(thread_time().saturating_sub(since));
    }
}

/// Nanoseconds of CPU time of this thread; never 0.
fn thread_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanos) = (time.tv_sec.cast_unsigned(), time.tv_nsec.cast_unsigned());
    (seconds * 1_000_000_000 + nanos).max(1)
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
