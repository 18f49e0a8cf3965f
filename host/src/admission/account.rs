//! Sums of memory and CPU time: of a run with its children, and of all live runs of a principal.
//! A charge goes to every account above too, so that nobody gets more by asking others to do it.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::policy::Limits;

/// What one run used, its children included, within what it may use; or a principal.
///
/// Memory is given back when its owner ends. CPU time that a child used stays with the run that
/// started it, or a run could live for ever by starting children; with the principal it stays
/// as long as the run that the host started.
#[derive(Debug)]
pub(crate) struct Account {
    above: Option<Arc<Self>>,
    depth: u32,
    memory_bound: u64,
    memory: AtomicU64,
    peak: AtomicU64,
    cpu_bound: u64,
    cpu: AtomicU64,
}

/// A bound that a charge would pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent<T> {
    /// The bound.
    pub(crate) bound: T,
    /// Whether it is the run's own, not that of a run or principal above it.
    pub(crate) own: bool,
}

impl Account {
    /// The account of a principal: bytes of memory, and CPU time, of its live runs together.
    pub(crate) fn of_principal(memory: u64, cpu: Duration) -> Arc<Self> {
        Arc::new(Self::new(None, memory, cpu))
    }

    /// The account of a run within that of its principal or of the run that started it.
    pub(crate) fn of_run(above: &Arc<Self>, limits: &Limits) -> Arc<Self> {
        Arc::new(Self::new(Some(above.clone()), limits.memory, limits.cpu_time))
    }

    fn new(above: Option<Arc<Self>>, memory: u64, cpu: Duration) -> Self {
        Self {
            depth: above.as_ref().map_or(0, |above| above.depth + 1),
            above,
            memory_bound: memory,
            memory: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            cpu_bound: nanos(cpu),
            cpu: AtomicU64::new(0),
        }
    }

    /// 0 of a principal, 1 of a run that the host started, one more for each child below it.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    /// Whether these are the bounds it was made with.
    pub(crate) fn is_bounded_by(&self, memory: u64, cpu: Duration) -> bool {
        (self.memory_bound, self.cpu_bound) == (memory, nanos(cpu))
    }

    /// Takes memory, here and above, or none at all.
    pub(crate) fn grow(&self, bytes: u64) -> Result<(), Spent<u64>> {
        for (at, level) in self.levels().enumerate() {
            let taken = level.memory.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes).filter(|sum| *sum <= level.memory_bound)
            });
            let Ok(before) = taken else {
                self.levels().take(at).for_each(|level| level.give_back(bytes));
                return Err(Spent { bound: level.memory_bound, own: at == 0 });
            };
            level.peak.fetch_max(before + bytes, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Gives memory back, here and above.
    pub(crate) fn shrink(&self, bytes: u64) {
        self.levels().for_each(|level| level.give_back(bytes));
    }

    fn give_back(&self, bytes: u64) {
        self.memory.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Counts CPU time that was used, in nanoseconds, here and above.
    pub(crate) fn use_cpu(&self, nanos: u64) {
        for level in self.levels() {
            level.cpu.fetch_add(nanos, Ordering::Relaxed);
        }
    }

    /// Whether CPU time is left, here and above, for one that has used this many nanoseconds
    /// that are not counted yet.
    pub(crate) fn cpu_left(&self, running: u64) -> Result<(), Spent<Duration>> {
        let spent = |level: &&Self| {
            level.cpu_bound <= level.cpu.load(Ordering::Relaxed).saturating_add(running)
        };
        match self.levels().enumerate().find(|(_, level)| spent(level)) {
            None => Ok(()),
            Some((at, level)) => {
                Err(Spent { bound: Duration::from_nanos(level.cpu_bound), own: at == 0 })
            }
        }
    }

    /// CPU time that was counted.
    pub(crate) fn cpu(&self) -> Duration {
        Duration::from_nanos(self.cpu.load(Ordering::Relaxed))
    }

    /// The most bytes that were taken at once.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    fn levels(&self) -> impl Iterator<Item = &Self> {
        iter::successors(Some(self), |account| account.above.as_deref())
    }
}

/// What work is charged to that others do on behalf of a run: a compiler's, say. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tab(Arc<Account>);

impl Tab {
    /// That of a run.
    pub(crate) fn of(account: &Arc<Account>) -> Self {
        Self(account.clone())
    }

    /// That of nobody's run, on which there is this much CPU time.
    pub fn with(cpu: Duration) -> Self {
        Self(Account::of_principal(u64::MAX, cpu))
    }

    /// CPU time that is left, not counting what is running.
    pub fn left(&self) -> Duration {
        let left =
            |level: &Account| level.cpu_bound.saturating_sub(level.cpu.load(Ordering::Relaxed));
        Duration::from_nanos(self.0.levels().map(left).min().unwrap_or_default())
    }

    /// Counts CPU time that was used. Who is over is ended when it runs on.
    pub fn charge(&self, cpu: Duration) {
        self.0.use_cpu(nanos(cpu));
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        if let Some(principal) = self.above.as_deref().filter(|above| above.depth == 0) {
            principal.cpu.fetch_sub(*self.cpu.get_mut(), Ordering::Relaxed);
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limits(memory: u64) -> Limits {
        Limits { memory, cpu_time: SECOND, ..Limits::default() }
    }

    fn tree() -> [Arc<Account>; 4] {
        let principal = Account::of_principal(150, 2 * SECOND);
        let run = Account::of_run(&principal, &limits(100));
        let one = Account::of_run(&run, &limits(80));
        let other = Account::of_run(&run, &limits(80));
        [principal, run, one, other]
    }

    #[test]
    fn two_children_have_no_more_memory_than_their_parent() {
        let [principal, run, one, other] = tree();
        assert_eq!(one.grow(81), Err(Spent { bound: 80, own: true }));
        one.grow(60).unwrap();
        assert_eq!(other.grow(60), Err(Spent { bound: 100, own: false }));
        assert_eq!(
            (run.peak(), principal.peak(), other.memory.load(Ordering::Relaxed)),
            (60, 60, 0)
        );
        one.shrink(60);
        other.grow(60).unwrap();
    }

    #[test]
    fn two_runs_have_no_more_memory_than_their_principal() {
        let [principal, run, ..] = tree();
        let second = Account::of_run(&principal, &limits(100));
        run.grow(100).unwrap();
        assert_eq!(second.grow(51), Err(Spent { bound: 150, own: false }));
        second.grow(50).unwrap();
    }

    #[test]
    fn the_cpu_time_of_a_child_that_ended_is_still_its_parents() {
        let [principal, run, one, other] = tree();
        one.use_cpu(600_000_000);
        drop(one);
        assert_eq!(other.cpu_left(300_000_000), Ok(()));
        assert_eq!(other.cpu_left(400_000_000), Err(Spent { bound: SECOND, own: false }));
        other.use_cpu(400_000_000);
        assert_eq!(run.cpu_left(0), Err(Spent { bound: SECOND, own: true }));
        // A child may outlive its parent: the parent's account ends with the last of them.
        drop(run);
        assert_eq!(principal.cpu(), SECOND);
        drop(other);
        assert_eq!(principal.cpu(), Duration::ZERO);
    }

    #[test]
    fn each_child_is_one_deeper() {
        let depths = tree().map(|account| account.depth());
        assert_eq!(depths, [0, 1, 2, 2]);
    }

    proptest! {
        #[test]
        fn what_was_taken_is_given_back_and_no_bound_is_passed(
            steps in prop::collection::vec((0_usize..4, 0_u64..90), 1..60),
        ) {
            let accounts = tree();
            let mut held = [0_u64; 4];
            for (who, bytes) in steps {
                if bytes % 3 == 0 {
                    let back = bytes.min(held[who]);
                    accounts[who].shrink(back);
                    held[who] -= back;
                } else if accounts[who].grow(bytes).is_ok() {
                    held[who] += bytes;
                }
                prop_assert!(held[1] + held[2] + held[3] <= 100 && held.iter().sum::<u64>() <= 150);
                prop_assert!(held[2] <= 80 && held[3] <= 80);
            }
            for (account, bytes) in accounts.iter().zip(held) {
                account.shrink(bytes);
            }
            prop_assert!(accounts.iter().all(|account| account.memory.load(Ordering::Relaxed) == 0));
        }
    }
}
