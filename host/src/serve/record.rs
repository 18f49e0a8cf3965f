//! What a server refused and how its guests failed, on the host's record: each kind at once, and
//! then ever more rarely, so that no peer can fill the record.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::admission::{Audit, Decision, Principal, Record};

/// Counts refusals by their code.
pub(super) struct Tally {
    audit: Arc<dyn Audit>,
    principal: Arc<Principal>,
    /// `http web`, say.
    operation: String,
    counts: Mutex<BTreeMap<String, Count>>,
}

#[derive(Default)]
struct Count {
    all: u64,
    unsaid: u64,
}

impl Tally {
    pub(super) fn new(audit: Arc<dyn Audit>, principal: Arc<Principal>, operation: String) -> Self {
        Self { audit, principal, operation, counts: Mutex::default() }
    }

    /// Counts one. The 1st, 10th, 100th and so on write what has come since the last.
    pub(super) fn refused(&self, code: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(code.to_owned()).or_default();
        count.all += 1;
        count.unsaid += 1;
        if 10_u64.pow(count.all.ilog10()) == count.all {
            let said = std::mem::take(&mut count.unsaid);
            drop(counts);
            self.write(code, said);
        }
    }

    fn write(&self, code: &str, count: u64) {
        self.audit.record(&Record {
            at: SystemTime::now(),
            tenant: self.principal.tenant().to_owned(),
            toolkit: self.principal.toolkit().to_owned(),
            instance: self.principal.toolkit().to_owned(),
            capability: "serve".to_owned(),
            operation: self.operation.clone(),
            decision: Decision::Denied(code.to_owned()),
            count,
        });
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        let counts = std::mem::take(self.counts.get_mut().unwrap_or_else(PoisonError::into_inner));
        for (code, count) in counts.into_iter().filter(|(_, count)| count.unsaid > 0) {
            self.write(&code, count.unsaid);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::admission::{MemoryAudit, Rate};

    #[test]
    fn a_flood_of_refusals_is_a_few_records_and_none_is_lost() {
        let audit = Arc::new(MemoryAudit::default());
        let rate = Rate::new(1, Duration::from_secs(1));
        let principal = Arc::new(Principal::new("acme", "notes", rate));
        let tally = Tally::new(audit.clone(), principal, "http web".to_owned());
        (0..250).for_each(|_| tally.refused("rate-limited"));
        tally.refused("misdirected");
        drop(tally);
        let counts: Vec<_> = audit.records().iter().map(|r| r.count).collect();
        assert_eq!(counts, [1, 9, 90, 1, 150]);
    }
}
