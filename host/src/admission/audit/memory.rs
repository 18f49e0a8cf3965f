//! The record in memory.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Audit, Record, Stats};

/// Keeps the last 10,000 records in memory, and counts over all.
#[derive(Debug, Default)]
pub struct MemoryAudit(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    records: VecDeque<Record>,
    stats: Stats,
}

impl MemoryAudit {
    const KEPT: usize = 10_000;

    /// What was recorded, oldest first.
    pub fn records(&self) -> Vec<Record> {
        self.kept().records.iter().cloned().collect()
    }

    /// The counts over all that was recorded, also of what is no longer kept.
    pub fn stats(&self) -> Stats {
        self.kept().stats.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Audit for MemoryAudit {
    fn record(&self, record: &Record) {
        let mut kept = self.kept();
        kept.stats.add(record);
        if kept.records.len() == Self::KEPT {
            kept.records.pop_front();
        }
        kept.records.push_back(record.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::super::denied;
    use super::*;

    #[test]
    fn what_is_no_longer_kept_is_still_counted() {
        let audit = MemoryAudit::default();
        audit.record(&denied("kv", "set", "quota", 2));
        for _ in 0..MemoryAudit::KEPT {
            audit.record(&denied("kv", "get", "revoked", 1));
        }
        assert_eq!(audit.records().len(), MemoryAudit::KEPT);
        assert!(audit.records().iter().all(|record| record.operation == "get"));
        let counts: Vec<_> = audit.stats().counts().map(|c| (c.operation, c.count)).collect();
        assert_eq!(counts, [("get".to_owned(), 10_000), ("set".to_owned(), 2)]);
    }
}
