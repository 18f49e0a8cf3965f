//! Counts over a record.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Decision, Record};

/// Rows that are told apart. A guest names interfaces that it imports, so that there must be an end.
const ROWS_MAX: usize = 10_000;

/// How often what was decided, by capability and operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    rows: BTreeMap<(String, String, Decision), u64>,
    beyond: u64,
}

/// One row of [`Stats`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The capability; empty for the sum over all.
    pub capability: String,
    /// The operation; empty for the sum over all.
    pub operation: String,
    /// What was decided.
    #[serde(flatten)]
    pub decision: Decision,
    /// How many calls.
    pub count: u64,
}

impl Stats {
    /// The counts over these records.
    pub fn of<'r>(records: impl IntoIterator<Item = &'r Record>) -> Self {
        let mut stats = Self::default();
        records.into_iter().for_each(|record| stats.add(record));
        stats
    }

    /// Counts one more.
    pub fn add(&mut self, record: &Record) {
        let Record { capability, operation, decision, .. } = record;
        let row = (capability.clone(), operation.clone(), decision.clone());
        let full = self.rows.len() >= ROWS_MAX && !self.rows.contains_key(&row);
        let count = if full { &mut self.beyond } else { self.rows.entry(row).or_default() };
        *count = count.saturating_add(record.count);
    }

    /// Every row, by capability, operation and decision.
    pub fn counts(&self) -> impl Iterator<Item = Count> {
        self.rows.iter().map(|((capability, operation, decision), count)| Count {
            capability: capability.clone(),
            operation: operation.clone(),
            decision: decision.clone(),
            count: *count,
        })
    }

    /// Calls that are in no row: 10,000 rows are told apart.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }
}

#[cfg(test)]
mod tests {
    use super::super::denied;
    use super::*;

    #[test]
    fn calls_are_summed_by_capability_operation_and_code() {
        let allowed = Record { decision: Decision::Allowed, ..denied("", "", "", 40) };
        let records = [
            denied("kv", "get", "revoked", 1),
            allowed.clone(),
            denied("kv", "get", "rate-limited", 3),
            denied("kv", "get", "revoked", 6),
            allowed,
            denied("queue", "get", "revoked", u64::MAX),
            denied("queue", "get", "revoked", 1),
        ];
        let stats = Stats::of(&records);
        let rows: Vec<_> = stats
            .counts()
            .map(|c| format!("{}.{} {:?} {}", c.capability, c.operation, c.decision, c.count))
            .collect();
        assert_eq!(
            rows,
            [
                ". Allowed 80".to_owned(),
                "kv.get Denied(\"rate-limited\") 3".to_owned(),
                "kv.get Denied(\"revoked\") 7".to_owned(),
                format!("queue.get Denied(\"revoked\") {}", u64::MAX),
            ]
        );
    }

    #[test]
    fn names_without_end_are_counted_in_one() {
        let mut stats = Stats::default();
        for n in 0..=ROWS_MAX {
            stats.add(&denied("kv", &n.to_string(), "revoked", 2));
        }
        stats.add(&denied("kv", "0", "revoked", 2));
        assert_eq!((stats.counts().count(), stats.beyond()), (ROWS_MAX, 2));
        assert_eq!(stats.counts().map(|row| row.count).max(), Some(4));
    }
}
