//! What tests of the network stand on: servers on loopback that the test owns, a name server that
//! counts, and a caller whose grant says what the test says. Nothing here leaves the machine.

mod authority;
mod dns;
mod web;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use authority::Authority;
pub(crate) use dns::Dns;
pub(crate) use web::{Raw, Seen, Web, text};

use super::{Egress, Resolver, Tls};
use crate::admission::{Caller, MemoryAudit, Principal, Rate};
use crate::policy::{Grant, Profile, ToolkitPolicy};

/// A caller under a policy in the words of `policy.toml`, such as `private = ["127.0.0.0/8"]`.
pub(crate) fn caller_under(policy: &str) -> (Arc<Caller>, Arc<MemoryAudit>) {
    let policy: ToolkitPolicy = toml::from_str(policy).unwrap();
    let grant = Grant::bare("notes", &Profile::named("network"), &policy);
    let audit = Arc::new(MemoryAudit::default());
    let principal = Principal::new("acme", "notes", Rate::new(1_000, Duration::from_mins(1)))
        .with_llm_tokens(grant.llm_tokens());
    let principal = Arc::new(principal);
    (Arc::new(Caller::new(principal, "notes".into(), Arc::new(grant), audit.clone())), audit)
}

/// A caller that may dial anything public, and loopback.
pub(crate) fn caller() -> Arc<Caller> {
    caller_under("private = ['127.0.0.0/8']").0
}

/// A caller that may dial anything public, and nothing else.
pub(crate) fn stranger() -> Arc<Caller> {
    caller_under("").0
}

/// Egress over a resolver, that trusts `authority` too.
pub(crate) fn egress(resolver: Arc<dyn Resolver>, authority: Option<&Authority>) -> Egress {
    let roots: Vec<_> = authority.map(|one| one.pem().into_bytes()).into_iter().collect();
    Egress::new(resolver, Tls::new(&roots).unwrap())
}

/// Far enough away for whatever should happen.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// How often something was dialled.
pub(crate) fn dialled(egress: &Egress) -> usize {
    egress.dialled.load(std::sync::atomic::Ordering::Relaxed)
}
