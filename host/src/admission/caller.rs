//! Who calls: a principal (a toolkit of a tenant) and one running instance of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use workbooks_bindings::Refusal;

use super::slots::Slots;
use super::{Account, Audit, Decision, Rate, Record};
use crate::instance::{Inner, Prepared};
use crate::policy::{Grant, Profile, ToolkitPolicy};

/// The one to whom a grant is made; shared by all instances of it.
#[derive(Debug)]
pub struct Principal {
    tenant: String,
    toolkit: String,
    revoked: AtomicBool,
    /// The same, for those who wait.
    withdrawn: CancellationToken,
    rate: Rate,
    connections: Arc<Semaphore>,
    epoch: Instant,
    turns: Arc<Semaphore>,
    account: Arc<Account>,
    slots: Slots,
    /// The one on whose behalf it runs, if it is a child's: what binds that one binds it too.
    above: Option<Arc<Principal>>,
    /// Tokens that it, and all that run on its behalf, may use of the host's model.
    llm_tokens: Option<u64>,
    /// Requests that are handled for it at once; the first server says how many may be.
    requests: OnceLock<Arc<Semaphore>>,
}

/// Operations of one principal that may hold a thread each at one time; further ones wait.
const TURNS: usize = 8;
/// Connections that one principal may have open at once, over all of its instances. 64, as many
/// as it may have processes: a process has some 1,000 files for all of its guests.
const CONNECTIONS: usize = 64;

impl Principal {
    pub(crate) fn new(tenant: &str, toolkit: &str, rate: Rate) -> Self {
        Self {
            tenant: tenant.to_owned(),
            toolkit: toolkit.to_owned(),
            revoked: AtomicBool::new(false),
            withdrawn: CancellationToken::new(),
            rate,
            connections: Arc::new(Semaphore::new(CONNECTIONS)),
            epoch: Instant::now(),
            turns: Arc::new(Semaphore::new(TURNS)),
            account: Account::of_principal(u64::MAX, Duration::MAX),
            slots: Slots::default(),
            above: None,
            llm_tokens: None,
            requests: OnceLock::new(),
        }
    }

    /// The same, whose live runs together have at most this much memory and CPU time.
    #[must_use]
    pub(crate) fn bounded(mut self, memory: u64, cpu: Duration) -> Self {
        self.account = Account::of_principal(memory, cpu);
        self
    }

    /// The same, with this budget of the host's model.
    #[must_use]
    pub(crate) fn with_llm_tokens(self, llm_tokens: Option<u64>) -> Self {
        Self { llm_tokens, ..self }
    }

    /// Its budget of the host's model.
    pub(crate) fn llm_tokens(&self) -> Option<u64> {
        self.llm_tokens
    }

    /// The same, running on behalf of `above`: revoked with it, and counted with it, so that
    /// nobody has more connections or threads by asking others to take them.
    #[must_use]
    pub(crate) fn under(mut self, above: &Arc<Self>) -> Self {
        self.withdrawn = above.withdrawn.child_token();
        self.account = above.account.clone();
        self.connections = above.connections.clone();
        self.turns = above.turns.clone();
        self.above = Some(above.clone());
        self
    }

    /// The one on whose behalf it runs.
    pub(crate) fn above(&self) -> Option<&Arc<Self>> {
        self.above.as_ref()
    }

    /// Itself and everybody above.
    pub(crate) fn levels(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |principal| principal.above.as_deref())
    }

    /// The sums of its live runs.
    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    pub(super) fn slots(&self) -> &Slots {
        &self.slots
    }

    /// Whose data it may touch.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The toolkit's id.
    pub fn toolkit(&self) -> &str {
        &self.toolkit
    }

    /// Withdraws the grant: the next call of every running instance is refused, and what waits
    /// on its behalf ends.
    pub fn revoke(&self) {
        self.revoked.store(true, Ordering::Relaxed);
        self.withdrawn.cancel();
    }

    /// Ends when the grant is withdrawn.
    pub async fn withdrawn(&self) {
        self.withdrawn.cancelled().await;
    }

    /// Whether the grant was withdrawn.
    pub fn is_revoked(&self) -> bool {
        self.levels().any(|principal| principal.revoked.load(Ordering::Relaxed))
    }

    /// A permit for each operation that may hold a blocking thread.
    pub(crate) fn turns(&self) -> &Arc<Semaphore> {
        &self.turns
    }

    /// Room for one more connection, to be held as long as it is open.
    pub(crate) fn connection(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let room = self.connections.clone().try_acquire_owned();
        room.map_err(|_| Refusal::Quota(CONNECTIONS as u64))
    }

    pub(crate) fn has_rate(&self, limit: u32, window: Duration) -> bool {
        self.rate.is(limit, window)
    }

    /// Where a request that is to be handled takes its place, over all endpoints.
    pub(crate) fn requests(&self, most: usize) -> &Arc<Semaphore> {
        self.requests.get_or_init(|| Arc::new(Semaphore::new(most)))
    }

    fn pass(&self) -> Result<(), Refusal> {
        if self.is_revoked() {
            return Err(Refusal::Revoked);
        }
        self.levels().try_for_each(|principal| {
            let now = u64::try_from(principal.epoch.elapsed().as_millis()).unwrap_or(u64::MAX);
            principal.rate.take(now).map_err(Refusal::RateLimited)
        })
    }
}

/// One running instance, as the gate sees it.
pub struct Caller {
    principal: Arc<Principal>,
    instance: String,
    grant: Arc<Grant>,
    /// Nothing in tests of a capability alone.
    prepared: Weak<Inner>,
    account: Arc<Account>,
    audit: Arc<dyn Audit>,
    calls: AtomicU64,
    /// Denials by (capability, operation, code): the first of each is recorded at once, the
    /// rest are counted, so that a guest cannot fill the record.
    denied: Mutex<BTreeMap<(String, String, &'static str), u64>>,
}

impl Caller {
    pub(crate) fn new(
        principal: Arc<Principal>,
        instance: String,
        grant: Arc<Grant>,
        audit: Arc<dyn Audit>,
    ) -> Self {
        Self {
            account: principal.account.clone(),
            principal,
            instance,
            grant,
            prepared: Weak::new(),
            audit,
            calls: AtomicU64::new(0),
            denied: Mutex::default(),
        }
    }

    /// The same, as an instance of `prepared`, from which capabilities that start guests begin,
    /// with the account of its run.
    #[must_use]
    pub(crate) fn of(mut self, prepared: &Arc<Inner>, account: Arc<Account>) -> Self {
        self.prepared = Arc::downgrade(prepared);
        self.account = account;
        self
    }

    /// What its run used, children included.
    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// The same principal under another grant, for what the host dials on its behalf: a server of
    /// the operator's, which the guest neither chose nor could reach.
    #[must_use]
    pub(crate) fn under(&self, operator: &ToolkitPolicy) -> Arc<Self> {
        let grant = Grant::bare(self.grant.toolkit(), &Profile::named("compute"), operator);
        let grant = grant.with_limits(self.grant.limits().clone());
        let (principal, audit) = (self.principal.clone(), self.audit.clone());
        Arc::new(Self::new(principal, self.instance.clone(), Arc::new(grant), audit))
    }

    /// What it is an instance of.
    pub(crate) fn prepared(&self) -> Option<Prepared> {
        self.prepared.upgrade().map(Prepared)
    }

    /// What it was granted.
    pub fn grant(&self) -> &Arc<Grant> {
        &self.grant
    }

    /// The principal behind it.
    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// Whose data it may touch.
    pub fn tenant(&self) -> &str {
        &self.principal.tenant
    }

    /// The instance's name; its volumes are found by it.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// How long one host operation may take.
    pub fn operation_deadline(&self) -> Duration {
        self.grant.limits().operation_deadline
    }

    /// Calls that passed the gate.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn admit(&self, capability: &str, operation: &str) -> Result<(), Refusal> {
        match self.principal.pass() {
            Ok(()) => {
                self.calls.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(refusal) => {
                self.refused(capability, operation, &refusal);
                Err(refusal)
            }
        }
    }

    /// Whether the grant still stands, for what the rate does not count: the pieces of an open
    /// stream. A refusal is on record.
    pub(crate) fn still_granted(&self, capability: &str, operation: &str) -> Result<(), Refusal> {
        if !self.principal.is_revoked() {
            return Ok(());
        }
        self.refused(capability, operation, &Refusal::Revoked);
        Err(Refusal::Revoked)
    }

    pub(crate) fn refused(&self, capability: &str, operation: &str, refusal: &Refusal) {
        let denial = matches!(
            refusal,
            Refusal::Revoked
                | Refusal::RateLimited(_)
                | Refusal::Denied(_)
                | Refusal::Unsupported(_)
                | Refusal::Quota(_)
                | Refusal::TooLarge(_)
        );
        if !denial {
            return;
        }
        let key = (capability.to_owned(), operation.to_owned(), refusal.code());
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        let count = denied.entry(key).or_default();
        *count += 1;
        if *count == 1 {
            drop(denied);
            self.record(capability, operation, Decision::Denied(refusal.code().to_owned()), 1);
        }
    }

    fn record(&self, capability: &str, operation: &str, decision: Decision, count: u64) {
        self.audit.record(&Record {
            at: SystemTime::now(),
            tenant: self.principal.tenant.clone(),
            toolkit: self.principal.toolkit.clone(),
            instance: self.instance.clone(),
            capability: capability.to_owned(),
            operation: operation.to_owned(),
            decision,
            count,
        });
    }
}

impl Drop for Caller {
    /// Settles the record: how many calls passed, and how often each denial was repeated.
    fn drop(&mut self) {
        let denied = std::mem::take(self.denied.get_mut().unwrap_or_else(PoisonError::into_inner));
        for ((capability, operation, code), count) in denied {
            if count > 1 {
                self.record(&capability, &operation, Decision::Denied(code.to_owned()), count - 1);
            }
        }
        if self.calls() > 0 {
            self.record("", "", Decision::Allowed, self.calls());
        }
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller")
            .field("principal", &self.principal)
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::MemoryAudit;

    fn caller(limit: u32) -> (Caller, Arc<MemoryAudit>) {
        let audit = Arc::new(MemoryAudit::default());
        let rate = Rate::new(limit, Duration::from_hours(1));
        let principal = Arc::new(Principal::new("acme", "notes", rate));
        (Caller::new(principal, "notes".into(), Arc::new(Grant::nothing()), audit.clone()), audit)
    }

    #[test]
    fn a_revoked_principal_is_refused_on_its_next_call_and_it_is_on_record() {
        let (caller, audit) = caller(10);
        caller.admit("kv", "get").unwrap();
        caller.principal().revoke();
        assert_eq!(caller.admit("kv", "get"), Err(Refusal::Revoked));
        let records = audit.records();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].decision, Decision::Denied("revoked".into()));
    }

    #[test]
    fn a_child_is_revoked_and_limited_with_the_one_it_runs_for() {
        let principal =
            |limit| Principal::new("acme", "x", Rate::new(limit, Duration::from_hours(1)));
        let top = Arc::new(principal(2));
        let (child, other) = (principal(9).under(&top), principal(1).under(&top));
        assert_eq!(child.pass(), Ok(()));
        assert_eq!(other.pass(), Ok(()));
        assert!(matches!(child.pass(), Err(Refusal::RateLimited(_))));
        other.revoke();
        assert!(other.is_revoked() && !child.is_revoked() && !top.is_revoked());
        top.revoke();
        assert_eq!(child.pass(), Err(Refusal::Revoked));
        assert!(child.withdrawn.is_cancelled());
    }

    #[test]
    fn a_child_has_no_connections_and_turns_beside_those_of_the_one_it_runs_for() {
        let principal = || Principal::new("acme", "x", Rate::new(9, Duration::from_hours(1)));
        let top = Arc::new(principal());
        let child = Arc::new(principal().under(&top));
        let deeper = principal().under(&child);
        let held: Vec<_> = (0..CONNECTIONS).map(|_| child.connection().unwrap()).collect();
        assert_eq!(deeper.connection().unwrap_err(), Refusal::Quota(CONNECTIONS as u64));
        assert_eq!(top.connection().unwrap_err(), Refusal::Quota(CONNECTIONS as u64));
        drop(held);
        drop(top.connection().unwrap());
        let turns: Vec<_> = (0..TURNS).map(|_| top.turns().try_acquire().unwrap()).collect();
        assert!(deeper.turns().try_acquire().is_err());
        drop(turns);
    }

    #[test]
    fn a_flood_of_denials_is_two_records() {
        let (caller, audit) = caller(0);
        for _ in 0..1_000 {
            assert!(matches!(caller.admit("kv", "get"), Err(Refusal::RateLimited(_))));
        }
        drop(caller);
        let counts: Vec<_> = audit.records().iter().map(|r| r.count).collect();
        assert_eq!(counts, [1, 999]);
    }
}
