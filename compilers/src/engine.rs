//! The sandbox as the host makes it: the only file that talks to `workbooks_host`.

use std::{
    convert::Infallible,
    fmt::{self, Debug, Display, Formatter},
    sync::{LazyLock, mpsc},
    time::Duration,
};

use workbooks_host::{
    Artifact, Grant, Host, Limits, Outcome, PrepareError, Prepared, Profile, Run, RunError,
    policy::{Mount, ToolkitPolicy},
};

use crate::sandbox::{Finished, Module, Sandbox, Step, StepError, StepLimits, StepMount};

/// What the host knows a compiler as.
const NAME: &str = "lane";
/// Wall clock over one step, as a multiple of its CPU time: a busy machine is not an error.
const PATIENCE: u32 = 20;
/// No step waits for anything, so this is ample however short its CPU time is.
const LEAST_DEADLINE: Duration = Duration::from_mins(1);

/// Bytes of stderr that are kept.
const MAX_STDERR: usize = 1 << 20;

/// Runs compilers on the host's lane engine.
pub struct HostSandbox {
    host: LazyLock<Result<Host, StepError>, Starting>,
}

impl Debug for HostSandbox {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostSandbox").finish_non_exhaustive()
    }
}

type Starting = Box<dyn FnOnce() -> Result<Host, StepError> + Send>;

impl HostSandbox {
    /// A sandbox on `host`, whose cache keeps the compilers' generated code.
    pub fn new(host: Host) -> Self {
        Self::starting(move || Ok::<_, Infallible>(host))
    }

    /// The same on a host that is started with the first step: a build that is fresh has none.
    pub fn starting<E: Display>(start: impl FnOnce() -> Result<Host, E> + Send + 'static) -> Self {
        Self { host: LazyLock::new(Box::new(|| start().map_err(engine))) }
    }

    fn host(&self) -> Result<&Host, StepError> {
        self.host.as_ref().map_err(Clone::clone)
    }

    fn link(
        &self,
        module: &Module,
        mounts: Vec<Mount>,
        limits: StepLimits,
    ) -> Result<Prepared, StepError> {
        let sha256 = module.sha256.to_string();
        let artifact = Artifact::lane(&module.path, &sha256);
        self.host()?.prepare(&artifact, &grant(mounts, limits)).map_err(unprepared)
    }

    fn link_engine(
        &self,
        module: &Module,
        program: &[u8],
        limits: StepLimits,
    ) -> Result<Prepared, StepError> {
        let artifact = Artifact::interpreter(&module.path, module.sha256.to_string(), program);
        let policy = ToolkitPolicy::default();
        let grant = Grant::bare(NAME, &Profile::named("compute"), &policy);
        self.host()?.prepare(&artifact, &grant.with_limits(within(limits))).map_err(unprepared)
    }

    fn to_its_end(
        &self,
        prepared: Prepared,
        run: Run,
        limits: StepLimits,
    ) -> Result<Finished, StepError> {
        let patience = (limits.cpu * PATIENCE).max(LEAST_DEADLINE);
        let run = Run { deadline: Some(limits.wall.unwrap_or(patience)), ..run };
        let (ended, outcome) = mpsc::sync_channel(1);
        drop(self.host()?.spawn(async move { ended.send(prepared.run(run).await) }));
        let outcome = outcome.recv().map_err(|_| engine("the host has ended"))?;
        finished(outcome, limits)
    }
}

impl Sandbox for HostSandbox {
    fn prepare(&self, module: &Module) -> Result<(), StepError> {
        self.link(module, Vec::new(), StepLimits::default()).map(drop)
    }

    fn prepared(&self, module: &Module) -> Result<Option<u64>, StepError> {
        let sha256 = module.sha256.to_string();
        let grant = grant(Vec::new(), StepLimits::default());
        let host = self.host()?;
        let bytes = |artifact| host.compiled_bytes(&artifact, &grant);
        Ok(bytes(Artifact::lane(&module.path, &sha256))
            .or_else(|| bytes(Artifact::interpreter(&module.path, &*sha256, &[]))))
    }

    fn forget(&self, module: &Module) -> Result<(), StepError> {
        let sha256 = module.sha256.to_string();
        let grant = grant(Vec::new(), StepLimits::default());
        let host = self.host()?;
        let forget = |artifact| host.forget(&artifact, &grant).map_err(engine);
        forget(Artifact::lane(&module.path, &sha256))?;
        forget(Artifact::interpreter(&module.path, &*sha256, &[]))
    }

    fn run(&self, step: &Step) -> Result<Finished, StepError> {
        let mounts = step.mounts.iter().map(mount).collect::<Result<_, _>>()?;
        let prepared = self.link(&step.module, mounts, step.limits)?;
        let env = step.env.iter().cloned().collect();
        let run = Run { args: step.args.clone(), env, ..Run::default() }.stdin(step.stdin.clone());
        self.to_its_end(prepared, run, step.limits)
    }

    fn prepare_engine(&self, module: &Module) -> Result<(), StepError> {
        self.link_engine(module, &[], StepLimits::default()).map(drop)
    }

    fn interpret(
        &self,
        module: &Module,
        program: &[u8],
        stdin: Vec<u8>,
        limits: StepLimits,
    ) -> Result<Finished, StepError> {
        let prepared = self.link_engine(module, program, limits)?;
        self.to_its_end(prepared, Run::default().stdin(stdin), limits)
    }
}

/// Files, and nothing else: no clock finer than the base has, no network, no environment.
fn grant(mounts: Vec<Mount>, limits: StepLimits) -> Grant {
    let policy =
        ToolkitPolicy { grants: ["vfs".to_owned()].into(), mounts, ..ToolkitPolicy::default() };
    Grant::bare(NAME, &Profile::named("compute"), &policy).with_limits(within(limits))
}

fn within(limits: StepLimits) -> Limits {
    Limits {
        memory: limits.memory,
        cpu_time: limits.cpu,
        output_bytes: usize::try_from(limits.output).unwrap_or(usize::MAX),
        ..Limits::lane()
    }
}

fn mount(mount: &StepMount) -> Result<Mount, StepError> {
    let host = mount.host.to_str().ok_or_else(|| engine("a folder's name is not UTF-8"))?;
    Ok(Mount { host: host.to_owned(), guest: mount.guest.clone(), writable: mount.writable })
}

fn finished(mut outcome: Outcome, limits: StepLimits) -> Result<Finished, StepError> {
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
    outcome.stderr.truncate(MAX_STDERR);
    outcome.stderr.shrink_to_fit();
    let Outcome { stdout, stderr, usage, .. } = outcome;
    Ok(Finished { status, stdout, stderr, cpu: usage.cpu })
}

fn unprepared(error: PrepareError) -> StepError {
    match error {
        PrepareError::Unreadable { why: reason, .. } => StepError::Damaged { reason },
        other => engine(other),
    }
}

fn engine(error: impl Display) -> StepError {
    StepError::Engine { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_was_changed_is_refused_and_told_how_to_repair() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("engine.wasm");
        std::fs::write(&path, b"\0asm\x01\0\0\0").unwrap();
        let module = Module { path, sha256: crate::Digest::of(b"another") };
        let sandbox = HostSandbox::starting(|| Host::builder().threads(1).build());
        let limits = StepLimits::default();
        for refused in [
            sandbox.prepare(&module).unwrap_err(),
            sandbox.prepare_engine(&module).unwrap_err(),
            sandbox.interpret(&module, b"", Vec::new(), limits).unwrap_err(),
        ] {
            assert!(matches!(refused, StepError::Damaged { .. }), "{refused}");
        }
    }

    #[test]
    fn a_flood_of_messages_is_cut() {
        let outcome = Outcome {
            ended: Ok(1),
            stdout: Vec::new(),
            stderr: vec![b'x'; MAX_STDERR + 1],
            truncated: false,
            log: workbooks_host::Log::default(),
            usage: workbooks_host::Usage::default(),
        };
        let finished = finished(outcome, StepLimits::default()).unwrap();
        assert_eq!(finished.stderr.len(), 1 << 20);
    }
}
