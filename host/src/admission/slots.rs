//! How many commands and processes a principal may have at once; a child's count for whoever
//! started it as well, so that a bomb of children is one principal's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use workbooks_bindings::Refusal;

use super::Principal;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Commands that are awaited, those of `parallel` among them: at most 64, the original's
    /// number.
    Command,
    /// Processes whose handle is held, ended or not, and those that are ending: at most 32, the
    /// original's number.
    Process,
}

impl Kind {
    /// How many there may be.
    pub(crate) fn at_most(self) -> u32 {
        match self {
            Self::Command => 64,
            Self::Process => 32,
        }
    }
}

/// The counts of one principal.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    commands: AtomicU32,
    processes: AtomicU32,
}

impl Slots {
    fn of(&self, kind: Kind) -> &AtomicU32 {
        match kind {
            Kind::Command => &self.commands,
            Kind::Process => &self.processes,
        }
    }
}

/// One that is counted, for its principal and all above, until this is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    principal: Arc<Principal>,
    kind: Kind,
}

impl Slot {
    /// Takes one.
    ///
    /// # Errors
    ///
    /// [`Refusal::Quota`] when the principal, or one above it, has no more.
    pub(crate) fn take(principal: &Arc<Principal>, kind: Kind) -> Result<Self, Refusal> {
        for (at, level) in principal.levels().enumerate() {
            let count = level.slots().of(kind);
            let taken = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                (count < kind.at_most()).then_some(count + 1)
            });
            if taken.is_err() {
                give_back(principal.levels().take(at), kind);
                return Err(Refusal::Quota(kind.at_most().into()));
            }
        }
        Ok(Self { principal: principal.clone(), kind })
    }
}

fn give_back<'p>(levels: impl Iterator<Item = &'p Principal>, kind: Kind) {
    for level in levels {
        level.slots().of(kind).fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        give_back(self.principal.levels(), self.kind);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::admission::Rate;

    fn principal() -> Principal {
        Principal::new("acme", "notes", Rate::new(9, Duration::from_secs(1)))
    }

    #[test]
    fn the_65th_command_and_the_33rd_process_are_refused_until_one_ends() {
        for (kind, most) in [(Kind::Command, 64), (Kind::Process, 32)] {
            let principal = Arc::new(principal());
            let mut held: Vec<_> =
                (0..most).map(|_| Slot::take(&principal, kind).unwrap()).collect();
            assert_eq!(Slot::take(&principal, kind).unwrap_err(), Refusal::Quota(most));
            held.pop();
            Slot::take(&principal, kind).unwrap();
        }
    }

    #[test]
    fn the_children_of_children_count_for_whoever_began() {
        let top = Arc::new(principal());
        let children = [0, 1].map(|_| Arc::new(principal().under(&top)));
        let held: Vec<_> =
            (0..32).map(|n| Slot::take(&children[n % 2], Kind::Process).unwrap()).collect();
        for principal in [&top, &children[0]] {
            assert!(Slot::take(principal, Kind::Process).is_err());
        }
        drop(held);
        assert!((0..32).map(|_| Slot::take(&top, Kind::Process)).all(|slot| slot.is_ok()));
    }
}
