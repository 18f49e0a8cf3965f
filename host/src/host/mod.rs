//! The host: engines, capabilities, cache and principals, built once and shared by every run.

mod builder;
mod carry;
mod error;
mod shared;

use std::sync::{Arc, PoisonError, Weak};

use tokio::task::JoinHandle;
use wasmtime::component::Component;

use crate::adapt::FileSystem;
use crate::artifact::Artifact;
use crate::cache::Cache;
use crate::capabilities::Busy;
use crate::child;
use crate::instance::{
    Inner, Lifted, LinkError, Linked, MissingImport, Prepared, admit, imports, link,
};
use crate::llm::Metered;
use crate::policy::Grant;
use crate::toolkit::{Shape, Vocabulary};
use crate::world::base_name;

pub use builder::HostBuilder;
pub use carry::CarryError;
pub use error::{FreezeError, HostError, PrepareError};
pub(crate) use shared::Shared;

/// Runs toolkits with exactly what they were granted. Cheap to clone.
#[derive(Clone)]
pub struct Host(pub(crate) Arc<Shared>);

impl Host {
    /// The tenant of a host that serves one person.
    pub const TENANT: &'static str = "local";

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
        let linked = self.link(artifact, grant)?;
        let principal = self.0.principal(grant);
        Ok(Prepared(Arc::new(Inner::new(self.0.clone(), linked, principal))))
    }

    /// The same, for nobody in particular.
    pub(crate) fn link(
        &self,
        artifact: &Artifact<'_>,
        grant: &Grant,
    ) -> Result<Linked, PrepareError> {
        let program = artifact.program(grant.limits())?;
        let (component, lifted) = self.compile(artifact, grant).inspect_err(|why| {
            if let PrepareError::Link(refused) = why {
                self.0.record_refusal(grant, refused);
            }
        })?;
        let engine = self.0.engines.of(artifact.engine);
        let shape = artifact.shape.unwrap_or_else(|| shape_of(&component));
        let (pre, granted) =
            link(engine, &component, grant, &self.0.capabilities, artifact.interprets())
                .inspect_err(|refused| self.0.record_refusal(grant, refused))?;
        let (engine, grant) = (artifact.engine, Arc::new(grant.clone()));
        Ok(Linked { engine, component, pre, granted, grant, shape, lifted, program })
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
        let refused = match self.compile(artifact, grant) {
            Err(PrepareError::Link(refused)) => Err(refused),
            Err(why) => return Err(why),
            Ok((component, _)) => {
                let engine = self.0.engines.of(artifact.engine);
                let imports = imports(engine, &component);
                admit(&imports, grant, &self.0.capabilities, artifact.interprets()).map(drop)
            }
        };
        Ok(match refused {
            Err(LinkError::NotGranted { missing, .. } | LinkError::Foreign { missing, .. }) => {
                missing
            }
            Ok(()) | Err(LinkError::Shape { .. }) => Vec::new(),
        })
    }

    /// Whether [`Host::prepare`] would generate no code for this artifact.
    pub fn is_compiled(&self, artifact: &Artifact<'_>, grant: &Grant) -> bool {
        self.0.cache.holds(self.0.engines.of(artifact.engine), &cached_as(artifact, grant))
    }

    /// Bytes on disk of the code that [`Host::prepare`] generated for this artifact; none where it
    /// has generated none.
    pub fn compiled_bytes(&self, artifact: &Artifact<'_>, grant: &Grant) -> Option<u64> {
        self.0.cache.disk_bytes(self.0.engines.of(artifact.engine), &cached_as(artifact, grant))
    }

    /// Removes the code that was generated for this artifact, if there is any.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn forget(&self, artifact: &Artifact<'_>, grant: &Grant) -> std::io::Result<()> {
        self.0.cache.forget(self.0.engines.of(artifact.engine), &cached_as(artifact, grant))
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

    /// Brings the volumes of an instance into one file of the state folder, and closes it, so that
    /// it can be copied or moved. The next run of the instance opens it again, and if it is
    /// another host's, `tmp` is empty then. Blocks for as long as the disk takes.
    ///
    /// # Errors
    ///
    /// While a guest uses them, and when the disk fails.
    pub fn freeze(&self, instance: &str) -> Result<(), FreezeError> {
        let instance = || instance.to_owned();
        let Some(volumes) = self.0.volumes(&instance()) else { return Ok(()) };
        match volumes.freeze() {
            Ok(done) => done
                .map_err(|why| FreezeError::Failed { instance: instance(), why: why.to_string() }),
            Err(Busy) => Err(FreezeError::InUse { instance: instance() }),
        }
    }

    /// What a toolkit used of the model since this host was built.
    pub fn metered(&self, toolkit: &str) -> Metered {
        self.0.meter.of(Self::TENANT, toolkit)
    }

    /// The compiled component, and how it was lifted. For one that imports what it does not get no
    /// code is generated; if there is some, it is for who links it to refuse.
    fn compile(
        &self,
        artifact: &Artifact<'_>,
        grant: &Grant,
    ) -> Result<(Component, Lifted), PrepareError> {
        let engine = self.0.engines.of(artifact.engine);
        let options = artifact.options(grant.limits(), file_system(grant));
        let toolkit = || grant.toolkit().to_owned();
        let compile = || {
            let bytes = artifact
                .bytes()
                .map_err(|why| PrepareError::Unreadable { toolkit: toolkit(), why })?;
            let admit = |imports: &[String]| {
                let known = &self.0.capabilities;
                admit(imports, grant, known, artifact.interprets()).map(drop)
            };
            // A compiler is pinned by its digest, and larger than what a stranger may bring.
            let generated = match &self.0.helper {
                Some(helper) if !artifact.is_provisioned() => {
                    child::generate(helper, &bytes, &options, &admit)
                }
                _ => child::generate_here(engine, &bytes, &options, &admit),
            };
            generated.map_err(|why| PrepareError::of(why, toolkit(), self.0.codegen_limits()))
        };
        let nothing = Cache::default();
        let cache = if artifact.kept { &self.0.cache } else { &nothing };
        let found = cache.component(engine, &artifact.name(&options), compile)?;
        let (component, note) = found.ok_or_else(|| PrepareError::Helper {
            toolkit: toolkit(),
            why: "its code is not that of this engine".to_owned(),
        })?;
        Ok((component, Lifted::read(&note)))
    }
}

/// What names an artifact in the cache, lifted as this grant has it.
fn cached_as(artifact: &Artifact<'_>, grant: &Grant) -> Vec<u8> {
    artifact.name(&artifact.options(grant.limits(), file_system(grant)))
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
