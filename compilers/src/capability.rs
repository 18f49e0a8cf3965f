//! `build`: a guest hands over source, gets an artifact, and may run it as its child. The capability
//! is made of the host's public parts alone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;
use wasmtime::component::{Linker, Resource};
use workbooks_bindings::engine::types;
use workbooks_host::fabric::Made;
use workbooks_host::{Admitted, Call, Capability, Guest, Provides, Refusal};

use crate::attempt::{self, Asker, Attempt, Outcome, Place, RESULT};
use crate::lane::Code;
use crate::sandbox::Sandbox;

mod contract {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "cap-build",
        imports: { default: async | trappable },
        trappable_error_type: { "workbooks:engine/types.error" => workbooks_host::Refusal },
        with: {
            "workbooks:engine/types": workbooks_bindings::engine::types,
            "workbooks:engine/build.artifact": workbooks_bindings::engine::build::Artifact,
        },
    });
}
use contract::workbooks::engine::build;

/// Builds for all guests of a host that are under way at once.
const AT_ONCE: usize = 2;
/// Artifacts that a toolkit of a tenant may have at once: 128 MiB in all.
const KEPT: usize = 8;

/// Compiles a guest's source in the lanes' sandbox, keeps it until the guest drops it, and runs it.
///
/// Source ≤ 1 MiB in 256 files, result ≤ 16 MiB, one build at a time for each toolkit of a tenant
/// and two on a host; the others wait. All of it takes no longer than one host operation may, and
/// its CPU time is the guest's. A lane whose compiler is not installed is `unavailable`: no guest
/// starts an installation.
pub struct Build {
    place: Place,
    sandbox: Arc<dyn Sandbox>,
    turns: Arc<Semaphore>,
    /// Of each toolkit of a tenant that builds, waits, or has artifacts.
    own: Mutex<BTreeMap<(String, String), Arc<Own>>>,
}

/// What one toolkit of a tenant has.
struct Own {
    turn: Arc<Semaphore>,
    kept: Arc<Semaphore>,
}

/// What a guest's handle stands for.
struct Artifact {
    made: Made,
    log: String,
    _kept: OwnedSemaphorePermit,
    _own: Arc<Own>,
}

type Handle = Resource<build::Artifact>;

/// Ends the build of a guest that does not wait for it any more, before its next step.
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Build {
    /// Builds with the compilers that are installed under `store`; what is laid out for them lies
    /// in `scratch`, a folder of the host's own that no mount may hold.
    pub fn new(
        store: impl Into<PathBuf>,
        scratch: impl Into<PathBuf>,
        sandbox: impl Sandbox + 'static,
    ) -> Self {
        Self {
            place: Place { store: store.into(), scratch: scratch.into() },
            sandbox: Arc::new(sandbox),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            own: Mutex::default(),
        }
    }

    fn own(&self, call: &Admitted<'_, Self>) -> Arc<Own> {
        let key = (call.tenant().to_owned(), call.grant().toolkit().to_owned());
        let mut all = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, own| Arc::strong_count(own) > 1);
        let new = |most| Arc::new(Semaphore::new(most));
        all.entry(key).or_insert_with(|| Arc::new(Own { turn: new(1), kept: new(KEPT) })).clone()
    }

    /// The turn of this toolkit, and one of the host's.
    async fn turn(&self, own: &Own) -> Option<[OwnedSemaphorePermit; 2]> {
        let turn = own.turn.clone().acquire_owned().await.ok()?;
        Some([turn, self.turns.clone().acquire_owned().await.ok()?])
    }

    async fn compile(
        call: &Admitted<'_, Self>,
        language: String,
        sources: Vec<build::Source>,
        extra: Vec<(String, String)>,
    ) -> Result<Artifact, Refusal> {
        let this = call.capability();
        let sources = sources.into_iter().map(|source| (source.path, source.content));
        let given_up = Arc::new(AtomicBool::new(false));
        let asker = Asker {
            grant: call.grant().clone(),
            tab: call.tab(),
            deadline: call.deadline(),
            given_up: given_up.clone(),
        };
        let deadline = asker.deadline.into();
        let attempt = Attempt::of(&language, sources, &extra, asker)?;
        let _given_up = GivenUp(given_up);
        let own = this.own(call);
        let kept = own.kept.clone().try_acquire_owned();
        let kept = kept.map_err(|_| Refusal::Quota(KEPT as u64))?;
        let work = async {
            let turns = this.turn(&own).await.ok_or(Refusal::Cancelled)?;
            let (place, sandbox) = (this.place.clone(), this.sandbox.clone());
            let made = tokio::task::spawn_blocking(move || {
                // Held until the last step has ended, whoever still waits for it.
                let _turns = turns;
                attempt::make(&attempt, &place, &*sandbox)
            });
            made.await.map_err(|_| Refusal::Unavailable("the build failed".to_owned()))?
        };
        let made = tokio::select! {
            biased;
            () = call.withdrawn() => return Err(Refusal::Revoked),
            made = timeout_at(deadline, work) => made.map_err(|_| Refusal::Timeout)??,
        };
        let Outcome { code, shape, log } = made;
        let made = match code {
            Code::Wasm(wasm) => Made::wasm(wasm, shape),
            // Nobody declares a world here, so that there is no front.
            Code::Interpreted { engine, program, .. } => {
                Made::interpreted(engine.path, engine.sha256.to_string(), program, shape)
            }
        };
        Ok(Artifact { made, log, _kept: kept, _own: own })
    }
}

impl Capability for Build {
    fn name(&self) -> &'static str {
        "build"
    }

    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        build::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl build::Host for Call<'_, Build> {}

impl build::HostArtifact for Call<'_, Build> {
    async fn compile(
        &mut self,
        language: String,
        sources: Vec<build::Source>,
        extra: Vec<(String, String)>,
    ) -> Result<Handle, Refusal> {
        let call = self.admit("compile")?;
        let made = Build::compile(&call, language, sources, extra).await;
        let artifact = made.map_err(|refusal| call.refuse(refusal))?;
        self.keep(artifact)
    }

    async fn log(&mut self, handle: Handle) -> Result<String, Refusal> {
        self.admit("log")?;
        Ok(self.kept::<Artifact, _>(&handle)?.log.clone())
    }

    async fn wasm(&mut self, handle: Handle) -> Result<Vec<u8>, Refusal> {
        let call = self.admit("wasm")?;
        let made = self.kept::<Artifact, _>(&handle)?.made.clone();
        let file = tokio::task::spawn_blocking(move || made.file(RESULT)).await;
        let file = file.map_err(|_| Refusal::Unavailable("the build failed".to_owned()));
        file.and_then(|file| file).map_err(|refusal| call.refuse(refusal))
    }

    async fn run(
        &mut self,
        handle: Handle,
        caps: Vec<String>,
        request: types::CommandRequest,
    ) -> Result<types::Output, Refusal> {
        let call = self.admit("run")?;
        let made = self.kept::<Artifact, _>(&handle)?.made.clone();
        made.run(&call, &caps, request).await.map_err(|refusal| call.refuse(refusal))
    }

    async fn call(
        &mut self,
        handle: Handle,
        caps: Vec<String>,
        name: String,
        arguments: String,
    ) -> Result<Result<String, types::Error>, Refusal> {
        let call = self.admit("call")?;
        let made = self.kept::<Artifact, _>(&handle)?.made.clone();
        let said = made.call(&call, &caps, &name, &arguments).await;
        said.map_err(|refusal| call.refuse(refusal))
    }

    async fn drop(&mut self, handle: Handle) -> wasmtime::Result<()> {
        self.take::<Artifact, _>(&handle).map(drop)
    }
}

impl std::fmt::Debug for Build {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Build").field("place", &self.place).finish_non_exhaustive()
    }
}
