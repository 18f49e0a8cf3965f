//! `build`: a guest hands over source and gets a wasm module back. The capability is made of the
//! host's public parts alone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;
use wasmtime::component::Linker;
use workbooks_host::{Admitted, Call, Capability, Guest, Provides, Refusal};

use crate::attempt::{self, Attempt, Place};
use crate::sandbox::Sandbox;

mod contract {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "cap-build",
        imports: { default: async | trappable },
        trappable_error_type: { "workbooks:engine/types.error" => workbooks_host::Refusal },
        with: { "workbooks:engine/types": workbooks_bindings::engine::types },
    });
}
use contract::workbooks::engine::build;

/// Builds for all guests of a host that are under way at once.
const AT_ONCE: usize = 2;

/// Compiles a guest's source in the lanes' sandbox, and keeps nothing of it.
///
/// Source ≤ 1 MiB in 256 files, result ≤ 16 MiB, one build at a time for each toolkit of a tenant
/// and two on a host; the others wait. All of it takes no longer than one host operation may. A
/// lane whose compiler is not installed is `unavailable`: no guest starts an installation.
pub struct Build {
    place: Place,
    sandbox: Arc<dyn Sandbox>,
    turns: Arc<Semaphore>,
    /// One turn for each toolkit of a tenant that builds or waits.
    own: Mutex<BTreeMap<(String, String), Arc<Semaphore>>>,
}

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

    /// The turn of this toolkit, and one of the host's.
    async fn turn(&self, call: &Admitted<'_, Self>) -> Option<[OwnedSemaphorePermit; 2]> {
        let key = (call.tenant().to_owned(), call.grant().toolkit().to_owned());
        let own = {
            let mut all = self.own.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, turn| Arc::strong_count(turn) > 1);
            all.entry(key).or_insert_with(|| Arc::new(Semaphore::new(1))).clone()
        };
        let own = own.acquire_owned().await.ok()?;
        Some([own, self.turns.clone().acquire_owned().await.ok()?])
    }

    async fn perform(
        call: &Admitted<'_, Self>,
        language: String,
        sources: Vec<build::Source>,
        extra: Vec<(String, String)>,
    ) -> Result<build::Artifact, Refusal> {
        let this = call.capability();
        let sources = sources.into_iter().map(|source| (source.path, source.content));
        let given_up = Arc::new(AtomicBool::new(false));
        let attempt = Attempt::of(&language, sources, &extra, call.deadline(), given_up.clone())?;
        let _given_up = GivenUp(given_up);
        let deadline = call.deadline().into();
        let work = async {
            let turns = this.turn(call).await.ok_or(Refusal::Cancelled)?;
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
        Ok(build::Artifact { wasm: made.wasm, log: made.log })
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

impl build::Host for Call<'_, Build> {
    async fn compile(
        &mut self,
        language: String,
        sources: Vec<build::Source>,
        extra: Vec<(String, String)>,
    ) -> Result<build::Artifact, Refusal> {
        let call = self.admit("compile")?;
        let made = Build::perform(&call, language, sources, extra).await;
        made.map_err(|refusal| call.refuse(refusal))
    }
}

impl std::fmt::Debug for Build {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Build").field("place", &self.place).finish_non_exhaustive()
    }
}
