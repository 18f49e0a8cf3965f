//! The sandbox as the host makes it: the only file that talks to `workbooks_host`.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use workbooks_host::{
    Grant, Host, Limits, Outcome, Prepared, Profile, Run, RunError,
    policy::{Mount, ToolkitPolicy},
};

use crate::sandbox::{Finished, Sandbox, Step, StepError, StepLimits, StepMount};

/// What the host knows a compiler as.
const NAME: &str = "lane";
/// Wall clock over one step, as a multiple of its CPU time: a busy machine is not an error.
const PATIENCE: u32 = 20;
/// No step waits for anything, so this is ample however short its CPU time is.
const LEAST_DEADLINE: Duration = Duration::from_mins(1);

/// Runs compilers on the host's lane engine.
#[derive(Debug)]
pub struct HostSandbox {
    host: Host,
    /// What was linked last: the steps of a build see the same folders.
    linked: Mutex<Option<(Key, Arc<Prepared>)>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    module: PathBuf,
    mounts: Vec<Mount>,
    limits: StepLimits,
}

impl HostSandbox {
    /// A sandbox on `host`, whose cache keeps the compilers' generated code.
    pub fn new(host: Host) -> Self {
        Self { host, linked: Mutex::default() }
    }

    fn linked(&self, key: Key) -> Result<Arc<Prepared>, StepError> {
        let mut linked = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((last, prepared)) = linked.as_ref().filter(|(last, _)| *last == key) {
            debug_assert_eq!(*last, key);
            return Ok(prepared.clone());
        }
        let wasm = fs::read(&key.module).map_err(engine)?;
        let artifact = workbooks_host::Artifact::lane(&wasm);
        let prepared = self.host.prepare(&artifact, &grant(&key)).map_err(engine)?;
        let prepared = Arc::new(prepared);
        *linked = Some((key, prepared.clone()));
        Ok(prepared)
    }
}

impl Sandbox for HostSandbox {
    fn prepare(&self, module: &Path) -> Result<(), StepError> {
        let (mounts, limits) = (Vec::new(), StepLimits::default());
        self.linked(Key { module: module.to_owned(), mounts, limits }).map(drop)
    }

    /// Blocks the calling thread, which must not be one that drives a runtime.
    fn run(&self, step: &Step) -> Result<Finished, StepError> {
        let mounts = step.mounts.iter().map(mount).collect::<Result<_, _>>()?;
        let prepared = self.linked(Key { module: step.module.clone(), mounts, limits: step.limits })?;
        let run = Run {
            args: step.args.clone(),
            deadline: Some((step.limits.cpu * PATIENCE).max(LEAST_DEADLINE)),
            ..Run::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(engine)?;
        finished(runtime.block_on(prepared.run(run)), step.limits)
    }
}

/// Files, and nothing else: no clock finer than the base has, no network, no environment.
fn grant(key: &Key) -> Grant {
    let policy = ToolkitPolicy {
        grants: ["vfs".to_owned()].into(),
        mounts: key.mounts.clone(),
        ..ToolkitPolicy::default()
    };
    let limits = Limits {
        memory: key.limits.memory,
        cpu_time: key.limits.cpu,
        output_bytes: usize::try_from(key.limits.output).unwrap_or(usize::MAX),
        ..Limits::lane()
    };
    Grant::bare(NAME, &Profile::named("compute"), &policy).with_limits(limits)
}

fn mount(mount: &StepMount) -> Result<Mount, StepError> {
    let host = mount.host.to_str().ok_or_else(|| engine("a folder's name is not UTF-8"))?;
    Ok(Mount { host: host.to_owned(), guest: mount.guest.to_owned(), writable: mount.writable })
}

fn finished(outcome: Outcome, limits: StepLimits) -> Result<Finished, StepError> {
    if outcome.truncated && outcome.stdout.len() as u64 >= limits.output {
        return Err(StepError::Output { limit: limits.output });
    }
    let status = outcome.ended.map_err(|error| match error {
        RunError::CpuTimeout { budget: limit } | RunError::Deadline { deadline: limit } => {
            StepError::CpuTime { limit }
        }
        RunError::Memory { limit } => StepError::Memory { limit },
        RunError::Stack => StepError::Stack,
        RunError::Trapped { why } => StepError::Trap { reason: why },
        other => engine(other),
    })?;
    Ok(Finished { status, stdout: outcome.stdout, stderr: outcome.stderr })
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn engine(error: impl ToString) -> StepError {
    StepError::Engine { reason: error.to_string() }
}
