//! What every run of a host shares.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use tokio::runtime::{Handle, Runtime};
use tokio::task::{AbortHandle, JoinError};

use crate::admission::{Audit, Decision, Principal, Rate, Record};
use crate::cache::Cache;
use crate::capabilities::{Vfs, Workbook};
use crate::capability::Capability;
use crate::child::{CodegenLimits, Helper};
use crate::egress::Egress;
use crate::engine::Engines;
use crate::fabric::Fabric;
use crate::host::Host;
use crate::instance::{LinkError, MissingImport, Protected};
use crate::llm::Meter;
use crate::policy::Grant;
use crate::run::RunError;

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
    pub(crate) egress: Arc<Egress>,
    pub(crate) fabric: Fabric,
    pub(super) meter: Arc<Meter>,
    pub(super) cache: Cache,
    pub(super) helper: Option<Helper>,
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

    /// What code generation may use, where a helper does it.
    pub(super) fn codegen_limits(&self) -> CodegenLimits {
        self.helper.as_ref().map(Helper::codegen_limits).unwrap_or_default()
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

    /// The volumes of an instance, unless an embedder has put another `vfs` in the place of ours.
    pub(super) fn volumes(&self, instance: &str) -> Option<Workbook> {
        let as_ours = |capability: &Arc<dyn Capability>| {
            let any: &dyn Any = &**capability;
            any.downcast_ref().map(|vfs: &Vfs| vfs.workbook(Host::TENANT, instance))
        };
        self.capabilities.iter().find_map(as_ours)
    }

    /// Puts every import that a grant withheld on record.
    pub(super) fn record_refusal(&self, grant: &Grant, refused: &LinkError) {
        let LinkError::NotGranted { missing, .. } = refused else { return };
        for import in missing {
            let MissingImport::NotGranted { interface, capability, .. } = import else { continue };
            self.audit.record(&Record {
                at: SystemTime::now(),
                tenant: Host::TENANT.to_owned(),
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
    /// it is not revoked and the grant's bounds are the same.
    pub(crate) fn principal(&self, grant: &Grant) -> Arc<Principal> {
        let (memory, cpu) = grant.limits().of_principal();
        self.known_or(
            grant,
            |known| known.above().is_none() && known.account().is_bounded_by(memory, cpu),
            |principal| principal.bounded(memory, cpu),
        )
    }

    /// The principal of a grant under which something runs on behalf of `above`.
    pub(crate) fn principal_under(&self, grant: &Grant, above: &Arc<Principal>) -> Arc<Principal> {
        self.known_or(
            grant,
            |known| known.above().is_some_and(|other| Arc::ptr_eq(other, above)),
            |principal| principal.under(above),
        )
    }

    fn known_or(
        &self,
        grant: &Grant,
        fits: impl Fn(&Principal) -> bool,
        make: impl FnOnce(Principal) -> Principal,
    ) -> Arc<Principal> {
        let (limit, window) = (grant.limits().rate, grant.limits().rate_window);
        let mut principals = self.principals.lock().unwrap_or_else(PoisonError::into_inner);
        let known = principals.entry(grant.toolkit().to_owned()).or_default();
        known.retain(|principal| principal.strong_count() > 0);
        let mut alive = known.iter().filter_map(Weak::upgrade);
        let tokens = grant.llm_tokens();
        let fitting = alive.find(|p| {
            !p.is_revoked() && p.has_rate(limit, window) && p.llm_tokens() == tokens && fits(p)
        });
        fitting.unwrap_or_else(|| {
            let rate = Rate::new(limit, window);
            let made = Principal::new(Host::TENANT, grant.toolkit(), rate);
            let made = Arc::new(make(made.with_llm_tokens(tokens)));
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
