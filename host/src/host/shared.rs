//! What every run of a host shares.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use tokio::runtime::{Handle, Runtime};
use tokio::task::{AbortHandle, JoinError};

use crate::admission::{Audit, Decision, Principal, Rate, Record};
use crate::cache::Cache;
use crate::capability::Capability;
use crate::egress::Egress;
use crate::engine::Engines;
use crate::instance::{LinkError, MissingImport, Protected};
use crate::llm::Meter;
use crate::policy::Grant;
use crate::run::RunError;
use crate::secret::SecretProvider;

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What every run of a host shares.
pub(crate) struct Shared {
    pub(crate) engines: Engines,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) protected: Protected,
    pub(crate) secrets: Arc<dyn SecretProvider>,
    pub(crate) egress: Arc<Egress>,
    pub(super) meter: Arc<Meter>,
    pub(super) cache: Cache,
    pub(super) capabilities: Vec<Arc<dyn Capability>>,
    /// Of each toolkit, those that are still held by something prepared.
    pub(super) principals: Mutex<BTreeMap<String, Vec<Weak<Principal>>>>,
    /// Guests have a runtime of their own, so that runaways never starve the embedder's.
    pub(super) runtime: Option<Runtime>,
}

impl Shared {
    pub(crate) fn runtime(&self) -> &Handle {
        self.runtime.as_ref().expect("only drop takes it").handle()
    }

    /// Awaits `future` on the guests' runtime: at once if the caller is on it already.
    pub(crate) async fn with_guests<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, RunError> {
        let runtime = self.runtime();
        if Handle::try_current().is_ok_and(|current| current.id() == runtime.id()) {
            return Ok(future.await);
        }
        let failed = |why: JoinError| RunError::Trapped { why: format!("the host failed: {why}") };
        let task = runtime.spawn(future);
        // Who stops waiting for a guest stops the guest.
        let _guard = AbortOnDrop(task.abort_handle());
        task.await.map_err(failed)
    }

    /// Puts every import that a grant withheld on record.
    pub(super) fn record_refusal(&self, grant: &Grant, refused: &LinkError) {
        let LinkError::NotGranted { missing, .. } = refused else { return };
        for import in missing {
            let MissingImport::NotGranted { interface, capability, .. } = import else { continue };
            self.audit.record(&Record {
                at: SystemTime::now(),
                tenant: TENANT.to_owned(),
                toolkit: grant.toolkit().to_owned(),
                instance: String::new(),
                capability: (*capability).to_owned(),
                operation: format!("link {interface}"),
                decision: Decision::Denied("not-granted".to_owned()),
                count: 1,
            });
        }
    }

    /// The principal of a grant: one for each toolkit, shared by all of its instances, as long as
    /// it is not revoked and the grant's rate is the same.
    pub(crate) fn principal(&self, grant: &Grant) -> Arc<Principal> {
        let (limit, window) = (grant.limits().rate, grant.limits().rate_window);
        let mut principals = self.principals.lock().unwrap_or_else(PoisonError::into_inner);
        let known = principals.entry(grant.toolkit().to_owned()).or_default();
        known.retain(|principal| principal.strong_count() > 0);
        let alive = known.iter().filter_map(Weak::upgrade);
        let fitting = alive.into_iter().find(|p| !p.is_revoked() && p.has_rate(limit, window));
        fitting.unwrap_or_else(|| {
            let made = Arc::new(Principal::new(TENANT, grant.toolkit(), Rate::new(limit, window)));
            known.push(Arc::downgrade(&made));
            made
        })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Waits for nothing: a thread that still reads the process's input ends with it.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The tenant of a host that serves one person.
pub(super) const TENANT: &str = "local";
