//! The host: engines, capabilities, cache and principals, built once and shared by every run.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use miette::Diagnostic;
use thiserror::Error;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{AbortHandle, JoinError, JoinHandle};
use wasmtime::component::Component;

use crate::adapt::{self, AdaptError, FileSystem};
use crate::admission::{Audit, Decision, MemoryAudit, Principal, Rate, Record};
use crate::artifact::Artifact;
use crate::cache::Cache;
use crate::capabilities::{self, Kv, Vfs};
use crate::capability::Capability;
use crate::engine::Engines;
use crate::instance::{Inner, LinkError, MissingImport, Prepared, Protected, link, missing};
use crate::policy::Grant;
use crate::run::RunError;
use crate::toolkit::{Shape, Vocabulary};
use crate::world::base_name;

/// Why a host could not be built.
#[derive(Debug, Error, Diagnostic)]
pub enum HostError {
    /// The artifact cache cannot be used.
    #[error("the cache `{}` cannot be used: {why}", path.display())]
    #[diagnostic(
        code(workbooks::host::cache),
        help("give the host a folder of its own, with mode 0700")
    )]
    Cache {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// The state folder cannot be used.
    #[error("the state folder `{}` cannot be used: {why}", path.display())]
    #[diagnostic(code(workbooks::host::state), help("give the host a folder that it may write"))]
    State {
        /// The folder.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Two capabilities of one type: a call would not know which of them it is for.
    #[error("the capabilities `{one}` and `{other}` are of one type")]
    #[diagnostic(code(workbooks::host::same_type), help("give each capability a type of its own"))]
    SameType {
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// The system refused a thread or wasmtime its configuration.
    #[error("the engine cannot start: {why}")]
    #[diagnostic(code(workbooks::host::engine))]
    Engine {
        /// Why.
        why: String,
    },
}

/// Why an artifact could not be prepared.
#[derive(Debug, Error, Diagnostic)]
pub enum PrepareError {
    /// It is no command, component or kernel.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Adapt(#[from] AdaptError),
    /// Its file cannot be read, or is not the one that was named.
    #[error("`{toolkit}` cannot be read: {why}")]
    #[diagnostic(
        code(workbooks::prepare::unreadable),
        help("`wbx lane install` puts damaged compilers right")
    )]
    Unreadable {
        /// The toolkit.
        toolkit: String,
        /// Why.
        why: String,
    },
    /// Code generation refused it.
    #[error("`{toolkit}` does not compile to native code: {why}")]
    #[diagnostic(
        code(workbooks::prepare::codegen),
        help("the artifact uses what this engine does not support")
    )]
    Codegen {
        /// The toolkit.
        toolkit: String,
        /// What wasmtime says.
        why: String,
    },
    /// It wants what it was not granted.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Link(#[from] LinkError),
}

/// Builds a [`Host`].
#[derive(Default)]
pub struct HostBuilder {
    cache: Option<PathBuf>,
    state: Option<PathBuf>,
    protected: Vec<PathBuf>,
    audit: Option<Arc<dyn Audit>>,
    capabilities: Vec<Arc<dyn Capability>>,
    threads: Option<usize>,
}

impl HostBuilder {
    /// Keeps compiled artifacts in this folder, which is made with mode 0700. Without it every
    /// process compiles anew.
    #[must_use]
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// Keeps volumes and pairs in this folder. Without it they live in memory and end with the host.
    #[must_use]
    pub fn state(mut self, folder: impl Into<PathBuf>) -> Self {
        self.state = Some(folder.into());
        self
    }

    /// Another folder (keys, say) that no mount may contain or lie in, beside cache and state.
    #[must_use]
    pub fn protect(mut self, folder: impl Into<PathBuf>) -> Self {
        self.protected.push(folder.into());
        self
    }

    /// Where the record of denials goes; by default the last 10,000 are kept in memory.
    #[must_use]
    pub fn audit(mut self, audit: Arc<dyn Audit>) -> Self {
        self.audit = Some(audit);
        self
    }

    /// Adds a capability of the embedder's own, or replaces the one of that name.
    #[must_use]
    pub fn capability(mut self, capability: impl Capability) -> Self {
        self.capabilities.push(Arc::new(capability));
        self
    }

    /// Threads on which guests run; by default one for each core.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Builds the host.
    ///
    /// # Errors
    ///
    /// When its folders cannot be used, two capabilities are of one type, or the system refuses a
    /// thread.
    pub fn build(self) -> Result<Host, HostError> {
        let engine = |why: String| HostError::Engine { why };
        let cache = Cache::open(self.cache.clone()).map_err(|why| HostError::Cache {
            path: self.cache.clone().unwrap_or_default(),
            why,
        })?;
        let protected =
            [&self.cache, &self.state].into_iter().flatten().cloned().chain(self.protected);
        let mut capabilities =
            capabilities::all(Vfs::new(self.state.clone()), Kv::new(self.state.clone()));
        for (at, own) in self.capabilities.iter().enumerate() {
            let same = |other: &&Arc<dyn Capability>| {
                type_of(&***other) == type_of(&**own) && other.name() != own.name()
            };
            if let Some(other) = self.capabilities[..at].iter().find(same) {
                return Err(HostError::SameType { one: other.name(), other: own.name() });
            }
        }
        for own in self.capabilities {
            capabilities.retain(|known| known.name() != own.name());
            capabilities.push(own);
        }
        let mut runtime = Builder::new_multi_thread();
        if let Some(threads) = self.threads {
            runtime.worker_threads(threads);
        }
        // A guest that loops takes a whole tick for each poll: without an interval of 1, tokio
        // would look at timers and sockets only every 61st of them.
        let runtime = runtime.thread_name("wbx-guest").event_interval(1).enable_time().build();
        Ok(Host(Arc::new(Shared {
            engines: Engines::new().map_err(|why| engine(format!("{why:#}")))?,
            cache,
            capabilities,
            audit: self.audit.unwrap_or_else(|| Arc::new(MemoryAudit::default())),
            protected: Protected::new(protected),
            principals: Mutex::default(),
            runtime: Some(runtime.map_err(|why| engine(why.to_string()))?),
        })))
    }
}

/// What a component's exports say it is.
fn shape_of(component: &Component) -> Shape {
    let exports = component.component_type();
    let has = |name: &str| {
        exports.exports(component.engine()).any(|(export, _)| base_name(export) == name)
    };
    if has("wasi:cli/run") {
        Shape::Command
    } else if has("workbooks:engine/kernel") {
        Shape::Kernel
    } else {
        Shape::Component
    }
}

fn type_of(capability: &dyn Any) -> TypeId {
    capability.type_id()
}

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
    cache: Cache,
    capabilities: Vec<Arc<dyn Capability>>,
    /// Of each toolkit, those that are still held by something prepared.
    principals: Mutex<BTreeMap<String, Vec<Weak<Principal>>>>,
    /// Guests have a runtime of their own, so that runaways never starve the embedder's.
    runtime: Option<Runtime>,
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
    fn record_refusal(&self, grant: &Grant, refused: &LinkError) {
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
const TENANT: &str = "local";

/// Runs toolkits with exactly what they were granted. Cheap to clone.
#[derive(Clone)]
pub struct Host(Arc<Shared>);

impl Host {
    /// A host without cache and state, to be told more.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// The words that `#+CAPS` may hold.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary::new(self.0.capabilities.iter().map(|capability| capability.name()))
    }

    /// Lifts `artifact` to a component, compiles it (or finds it compiled), and links it against
    /// `grant`. Blocks for as long as code generation takes.
    ///
    /// # Errors
    ///
    /// When it is no command, component or kernel, is over a limit, or imports what it was not
    /// granted (all such imports in one error).
    pub fn prepare(
        &self,
        artifact: &Artifact<'_>,
        grant: &Grant,
    ) -> Result<Prepared, PrepareError> {
        let (component, input_capacity) = self.compile(artifact, grant)?;
        let engine = self.0.engines.of(artifact.engine);
        let shape = artifact.shape.unwrap_or_else(|| shape_of(&component));
        let (pre, granted) = link(engine, &component, grant, &self.0.capabilities)
            .inspect_err(|refused| self.0.record_refusal(grant, refused))?;
        Ok(Prepared(Arc::new(Inner {
            host: self.0.clone(),
            engine: artifact.engine,
            component,
            pre,
            granted,
            principal: self.0.principal(grant),
            grant: grant.clone(),
            shape,
            input_capacity,
        })))
    }

    /// Every import of `artifact` that `grant` does not open; empty if it would link.
    ///
    /// # Errors
    ///
    /// When it is no command, component or kernel, or is over a limit.
    pub fn missing(
        &self,
        artifact: &Artifact<'_>,
        grant: &Grant,
    ) -> Result<Vec<MissingImport>, PrepareError> {
        let (component, _) = self.compile(artifact, grant)?;
        Ok(missing(self.0.engines.of(artifact.engine), &component, grant, &self.0.capabilities))
    }

    /// Whether [`Host::prepare`] would generate no code for this artifact.
    pub fn is_compiled(&self, artifact: &Artifact<'_>, grant: &Grant) -> bool {
        let name = artifact.name(&artifact.options(grant.limits(), file_system(grant)));
        self.0.cache.holds(self.0.engines.of(artifact.engine), &name)
    }

    /// Runs a future of the embedder's on the guests' runtime. From there, starting an instance
    /// and calling it need no hop between threads.
    pub fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.0.runtime().spawn(future)
    }

    /// Withdraws a toolkit's grant: the next host call of each of its running instances is refused,
    /// and of each that starts from something prepared before.
    pub fn revoke(&self, toolkit: &str) {
        let principals = self.0.principals.lock().unwrap_or_else(PoisonError::into_inner);
        for principal in principals.get(toolkit).into_iter().flatten().filter_map(Weak::upgrade) {
            principal.revoke();
        }
    }

    /// The compiled component, and, of a kernel, the longest input that it takes.
    fn compile(
        &self,
        artifact: &Artifact<'_>,
        grant: &Grant,
    ) -> Result<(Component, Option<u32>), PrepareError> {
        let engine = self.0.engines.of(artifact.engine);
        let options = artifact.options(grant.limits(), file_system(grant));
        let toolkit = || grant.toolkit().to_owned();
        let compile = || {
            let bytes = artifact
                .bytes()
                .map_err(|why| PrepareError::Unreadable { toolkit: toolkit(), why })?;
            let lifted = adapt::adapt(&bytes, &options)?;
            let component = Component::new(engine, &lifted.component).map_err(|why| {
                PrepareError::Codegen { toolkit: toolkit(), why: format!("{why:#}") }
            })?;
            let note =
                lifted.input_capacity.map(|capacity| capacity.to_string()).unwrap_or_default();
            Ok::<_, PrepareError>((component, note))
        };
        let (component, note) =
            self.0.cache.component(engine, &artifact.name(&options), compile)?;
        Ok((component, note.parse().ok()))
    }
}

/// Without `vfs`, a command of WASI preview 1 has no file system: its import is gone.
fn file_system(grant: &Grant) -> FileSystem {
    if grant.allows("vfs") { FileSystem::Open } else { FileSystem::Closed }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for HostBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostBuilder")
            .field("cache", &self.cache)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
