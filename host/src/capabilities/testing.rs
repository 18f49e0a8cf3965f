//! Callers for the tests of capabilities.

use std::sync::Arc;
use std::time::Duration;

use crate::admission::{Caller, MemoryAudit, Principal, Rate};
use crate::policy::{Grant, Profile, ToolkitPolicy};

/// A toolkit `notes` of a tenant that may make as many calls, and its record.
pub(super) fn caller(tenant: &str, calls: u32) -> (Arc<Caller>, Arc<MemoryAudit>) {
    granted(tenant, calls, &ToolkitPolicy::default())
}

/// The same, with what an operator allows.
pub(super) fn granted(
    tenant: &str,
    calls: u32,
    operator: &ToolkitPolicy,
) -> (Arc<Caller>, Arc<MemoryAudit>) {
    let rate = Rate::new(calls, Duration::from_hours(1));
    let principal = Arc::new(Principal::new(tenant, "notes", rate));
    let audit = Arc::new(MemoryAudit::default());
    let grant = Grant::bare("notes", &Profile::named("posix"), operator);
    let caller = Caller::new(principal, "notes".to_owned(), Arc::new(grant), audit.clone());
    (Arc::new(caller), audit)
}

/// What is denied on the record: `capability.operation code`.
pub(super) fn denied(audit: &MemoryAudit) -> Vec<String> {
    let line = |record: crate::admission::Record| match record.decision {
        crate::admission::Decision::Allowed => None,
        crate::admission::Decision::Denied(code) => {
            Some(format!("{}.{} {code}", record.capability, record.operation))
        }
    };
    audit.records().into_iter().filter_map(line).collect()
}
