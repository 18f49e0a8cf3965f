//! One store with everything around it: its clock, its sinks, its limits, and what can end it.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use wasmtime::{Store, UpdateDeadline};

use super::clock::{CpuClock, Metered};
use super::stdio::{self, Sink};
use super::{Guest, Inner, mounts};
use crate::admission::{Account, Caller, Spent};
use crate::engine::EngineKind;
use crate::run::{Outcome, Run, RunError, Usage};

/// Bytes that a program of Go's may hold before its collector works harder.
const GO_MEMORY: &str = "GOMEMLIMIT";
const GO_DEBUG: &str = "GODEBUG";

/// Ends a run from outside; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kill(Arc<(AtomicBool, Notify)>);

impl Kill {
    pub(crate) fn now(&self) {
        self.0.0.store(true, Ordering::Relaxed);
        self.0.1.notify_one();
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.0.load(Ordering::Relaxed)
    }

    async fn wait(&self) {
        if !self.is_set() {
            self.0.1.notified().await;
        }
    }
}

async fn over(deadline: Option<(Instant, Duration)>) {
    match deadline {
        Some((at, _)) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Why an epoch callback ended a guest; found again in wasmtime's error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    #[error("the CPU time is spent")]
    Cpu(Spent<Duration>),
    #[error("killed")]
    Killed,
    #[error("the deadline passed")]
    Deadline,
}

/// A store that is about to run, runs, or has run.
pub(crate) struct Cell {
    pub(crate) inner: Arc<Inner>,
    pub(crate) store: Store<Guest>,
    pub(crate) kill: Kill,
    account: Arc<Account>,
    clock: Arc<CpuClock>,
    stdout: Sink,
    stderr: Sink,
    /// When it must have ended, and how long that was from its start.
    deadline: Option<(Instant, Duration)>,
}

impl Cell {
    /// A store of `inner`'s grant with the streams and arguments of `run`.
    pub(crate) fn new(inner: Arc<Inner>, run: Run) -> Result<Self, RunError> {
        let limits = inner.grant.limits();
        let mut wasi = Guest::wasi_builder();
        // A compiler reads hundreds of headers: a hop to another thread for each read costs more
        // than the read.
        wasi.allow_blocking_current_thread(inner.engine == EngineKind::Lane);
        wasi.args(&run.args);
        let environment: BTreeMap<_, _> = inner.grant.env().iter().chain(&run.env).collect();
        for (name, value) in &environment {
            wasi.env(name, value);
        }
        if inner.lifted.go {
            // Go's collector knows of no end of memory but the first variable (`runtime`, package
            // documentation), and would let the heap double past it. Nor has a loop that allocates
            // on the one thread a place where a collection beside it could end: the second one
            // lets each end before the program goes on.
            let memory = (limits.memory / 4 * 3).to_string();
            for (name, value) in [(GO_MEMORY, &*memory), (GO_DEBUG, "gcstoptheworld=1")] {
                if !environment.keys().any(|set| *set == name) {
                    wasi.env(name, value);
                }
            }
        }
        let output = limits.output_bytes;
        stdio::set_stdin(&mut wasi, run.stdin);
        let (stdout, stderr) = (Sink::new(run.stdout, output), Sink::new(run.stderr, output));
        wasi.stdout(stdout.stream()).stderr(stderr.stream());
        if inner.grant.allows("vfs") {
            let volumes = inner.engine != EngineKind::Lane;
            mounts::open(&mut wasi, inner.grant.mounts(), volumes, &inner.host.protected)?;
        }
        let instance = run.instance.unwrap_or_else(|| inner.grant.toolkit().to_owned());
        let caller = Caller::new(
            inner.principal.clone(),
            instance,
            inner.grant.clone(),
            inner.host.audit.clone(),
        );
        let account = Account::of_run(&inner.above, limits);
        let caller = Arc::new(caller.of(&inner, account.clone()));
        let egress = inner.host.egress.clone();
        let mut guest = Guest::new(caller, inner.granted.clone(), limits, wasi, egress);
        guest.program = inner.program.clone();
        if inner.engine == EngineKind::Lane {
            // A compiler sees the folders that its step mounts, and nothing else.
            guest.volumes = None;
        }
        let mut store = Store::new(inner.host.engines.of(inner.engine), guest);
        store.limiter(|guest| &mut guest.limits);
        store.set_hostcall_fuel(limits.hostcall_bytes);
        store.set_max_component_handles(limits.handles);
        let deadline = run.deadline.or(limits.deadline);
        let deadline = deadline.and_then(|time| Some((Instant::now().checked_add(time)?, time)));
        let clock = CpuClock::new(account.clone());
        let kill = Kill::default();
        Ok(Self { inner, store, kill, account, clock, stdout, stderr, deadline })
    }

    /// Lets the epoch preempt the guest: it yields its thread each tick, and ends when its CPU
    /// time is spent or it was killed.
    pub(crate) fn preempt(&mut self) {
        let (clock, kill) = (self.clock.clone(), self.kill.clone());
        self.store.set_epoch_deadline(1);
        self.store.epoch_deadline_callback(move |_| {
            if kill.is_set() {
                return Err(Stopped::Killed.into());
            }
            clock.left().map_err(Stopped::Cpu)?;
            Ok(UpdateDeadline::Yield(1))
        });
    }

    /// Awaits a guest call under the deadline, the kill switch and the clock.
    ///
    /// When either fires the call is dropped, wherever it stands: in a loop (at its next tick),
    /// asleep, or waiting for input, storage or a child. A child is killed when its principal's
    /// grant is withdrawn.
    pub(crate) async fn supervise<T: Send>(
        &mut self,
        call: impl AsyncFnOnce(&mut Store<Guest>) -> wasmtime::Result<T>,
    ) -> Result<T, RunError> {
        let (kill, clock, deadline) = (self.kill.clone(), self.clock.clone(), self.deadline);
        let inner = self.inner.clone();
        let ended = {
            let future = pin!(call(&mut self.store));
            tokio::select! {
                biased;
                // First, since most calls of a server end before anything else is waited for; a
                // loop yields at each tick, and then the others are asked.
                ended = (Metered { future, clock }) => Ok(ended),
                () = kill.wait() => Err(RunError::Killed),
                () = inner.orphaned() => Err(RunError::Killed),
                () = over(deadline) => Err(RunError::Deadline { deadline: deadline.map_or(Duration::ZERO, |(_, time)| time) }),
            }
        };
        ended?.map_err(|error| self.explain(&error))
    }

    /// Names what ended the guest.
    pub(crate) fn explain(&self, error: &wasmtime::Error) -> RunError {
        RunError::of(error, self.inner.grant.limits(), self.store.data().limits.refused())
    }

    /// Collects what the run leaves behind.
    ///
    /// What the guest wrote is waited for as long as the run may last: a reader that is stuck
    /// holds neither a deadline nor a kill.
    pub(crate) async fn finish(mut self, ended: Result<i32, RunError>) -> Outcome {
        let settled = match &self.store.data().volumes {
            Some(volumes) => volumes.settle().await,
            None => Ok(()),
        };
        // That it failed by itself says more.
        let ended = ended.and_then(|status| {
            settled.map(|()| status).map_err(|why| RunError::Storage { why: why.to_string() })
        });
        if !matches!(ended, Err(RunError::Killed | RunError::Deadline { .. })) {
            let drained = async {
                self.stdout.drain().await;
                self.stderr.drain().await;
            };
            tokio::select! {
                () = drained => {}
                () = self.kill.wait() => {}
                () = self.inner.orphaned() => {}
                () = over(self.deadline) => {}
            }
        }
        self.outcome(ended)
    }

    /// When the run must have ended, and how long that was from its start.
    pub(crate) fn deadline(&self) -> Option<(Instant, Duration)> {
        self.deadline
    }

    fn outcome(&mut self, ended: Result<i32, RunError>) -> Outcome {
        let (stdout, cut_stdout) = self.stdout.take();
        let (stderr, cut_stderr) = self.stderr.take();
        let usage = self.usage();
        let log = self.store.data_mut().log().take();
        Outcome { ended, stdout, stderr, truncated: cut_stdout || cut_stderr, log, usage }
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage {
            cpu: self.account.cpu(),
            memory_peak: self.account.peak(),
            calls: self.store.data().caller().calls(),
        }
    }
}
