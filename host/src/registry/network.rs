//! The road to registries that are elsewhere: egress, for callers that wait.

use std::sync::Arc;
use std::time::Duration;

use miette::Diagnostic;
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};

use crate::admission::{Caller, MemoryAudit, Principal, Rate};
use crate::egress::{Egress, RootError, SystemResolver, Tls};
use crate::policy::{Grant, Profile, ToolkitPolicy};

/// The network as registries are asked through it. Each connection is checked as one of a guest's:
/// nothing private is dialled but what the policy opened.
#[derive(Clone)]
pub struct Network(Arc<Inner>);

struct Inner {
    egress: Egress,
    runtime: Runtime,
}

/// Why there is no network.
#[derive(Debug, Error, Diagnostic)]
pub enum NetworkError {
    /// A certificate of an authority cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Roots(#[from] RootError),
    /// The system gives no means to wait.
    #[error("the network cannot be used")]
    #[diagnostic(code(workbooks::registry::network), help("close some programs and try again"))]
    System(#[from] std::io::Error),
}

impl Network {
    /// The network by the system's name servers, where the authorities that Mozilla trusts are
    /// believed, and `roots`, each PEM or DER.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn new(roots: &[Vec<u8>]) -> Result<Self, NetworkError> {
        Self::over(Egress::new(Arc::new(SystemResolver), Tls::new(roots)?))
    }

    pub(super) fn over(egress: Egress) -> Result<Self, NetworkError> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self(Arc::new(Inner { egress, runtime })))
    }

    pub(super) fn egress(&self) -> &Egress {
        &self.0.egress
    }

    /// One that may dial what is opened, and nothing else.
    pub(super) fn caller(opened: &ToolkitPolicy) -> Arc<Caller> {
        const NAME: &str = "registry";
        let grant = Grant::bare(NAME, &Profile::named("compute"), opened);
        let principal = Principal::new("local", NAME, Rate::new(u32::MAX, Duration::from_mins(1)));
        let audit = Arc::new(MemoryAudit::default());
        Arc::new(Caller::new(Arc::new(principal), NAME.to_owned(), Arc::new(grant), audit))
    }

    /// Waits for a task, on a thread of its own: the caller's may be one that must not wait.
    pub(super) fn wait<T: Send>(&self, task: impl Future<Output = T> + Send) -> T {
        let waited =
            std::thread::scope(|scope| scope.spawn(|| self.0.runtime.block_on(task)).join());
        waited.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Network")
    }
}
