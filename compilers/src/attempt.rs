//! One build for a guest: what it may hand over, what each step of it may use, and what it is told.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use workbooks_host::admission::Tab;
use workbooks_host::toolkit::RelativePath;
use workbooks_host::{Grant, Refusal, Shape};

use crate::build::{Compilers, STAGE};
use crate::compile_error::CompileError;
use crate::diagnostics;
use crate::lane::Code;
use crate::lanes;
use crate::provision::unpack::private_folder;
use crate::provision::{ClientError, PackageClient, Silent, State};
use crate::request::BuildRequest;
use crate::sandbox::{Finished, Module, Sandbox, Step, StepError, StepLimits};
use crate::source::Source;
use crate::toolchain::Package;

/// Bytes of all files together.
const SOURCE: u64 = 1 << 20;
/// Files.
const FILES: usize = 256;
/// Bytes of the path of a file.
const PATH: usize = 255;
/// Bytes of what comes out.
pub(crate) const RESULT: u64 = 16 << 20;
/// Bytes of what the compiler said.
const LOG: usize = 64 << 10;

/// Where compilers are, and where a build is laid out.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) store: PathBuf,
    pub(crate) scratch: PathBuf,
}

/// What a guest asks for, checked.
#[derive(Debug)]
pub(crate) struct Attempt {
    lane: &'static str,
    shape: Shape,
    caps: Vec<String>,
    sources: BTreeMap<String, Vec<u8>>,
    asker: Asker,
}

/// Who asks for it: what they may, and how long they wait.
#[derive(Debug)]
pub(crate) struct Asker {
    pub(crate) grant: Grant,
    /// What the compiler's CPU time is charged to.
    pub(crate) tab: Tab,
    pub(crate) deadline: Instant,
    pub(crate) given_up: Arc<AtomicBool>,
}

/// What comes of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: Code,
    pub(crate) shape: Shape,
    pub(crate) log: String,
}

impl Attempt {
    pub(crate) fn of(
        language: &str,
        sources: impl ExactSizeIterator<Item = (String, Vec<u8>)>,
        extra: &[(String, String)],
        asker: Asker,
    ) -> Result<Self, Refusal> {
        let lane = lanes::find(language).ok_or_else(|| {
            Refusal::Unsupported(format!("there is no such lane; there are: {}", lanes::words()))
        })?;
        let (shape, caps) = wished(extra, &asker.grant)?;
        if sources.len() > FILES {
            return Err(Refusal::Quota(FILES as u64));
        }
        let (mut checked, mut bytes) = (BTreeMap::new(), 0);
        for (path, content) in sources {
            bytes += content.len() as u64;
            if bytes > SOURCE {
                return Err(Refusal::TooLarge(SOURCE));
            }
            check_path(&path)?;
            if checked.insert(path, content).is_some() {
                return Err(Refusal::Invalid("a path stands twice".to_owned()));
            }
        }
        Ok(Self { lane: lane.word(), shape, caps, sources: checked, asker })
    }

    fn request(&self, folder: &Path) -> BuildRequest {
        BuildRequest {
            id: "the source".to_owned(),
            origin: folder.into(),
            lane: self.lane.to_owned(),
            shape: self.shape,
            wit: None,
            caps: self.caps.clone(),
            source: Source::Folder(".".to_owned()),
            files: Vec::new(),
            include: Vec::new(),
            compile_flags: Vec::new(),
            link_flags: Vec::new(),
            entry: None,
            limits: StepLimits { output: RESULT, ..StepLimits::default() },
            dev: false,
        }
    }
}

/// The shape and the capabilities that `extra` asks for.
fn wished(extra: &[(String, String)], grant: &Grant) -> Result<(Shape, Vec<String>), Refusal> {
    let (mut shape, mut caps) = (None, None);
    for (key, value) in extra {
        let taken = match key.as_str() {
            "shape" => shape
                .replace(match value.as_str() {
                    "command" => Shape::Command,
                    "component" => Shape::Component,
                    "kernel" => Shape::Kernel,
                    _ => {
                        let what = "`shape` is `command`, `component` or `kernel`";
                        return Err(Refusal::Invalid(what.to_owned()));
                    }
                })
                .is_some(),
            "caps" => caps.replace(value.split_whitespace().map(str::to_owned).collect()).is_some(),
            _ => true,
        };
        if taken {
            let what = "`extra` has at most one `shape` and one `caps`";
            return Err(Refusal::Invalid(what.to_owned()));
        }
    }
    let caps: Vec<_> = caps.unwrap_or_default();
    let lacking: Vec<_> =
        caps.iter().map(String::as_str).filter(|word| !grant.allows(word)).collect();
    if lacking.is_empty() {
        Ok((shape.unwrap_or(Shape::Command), caps))
    } else {
        Err(Refusal::Denied(format!("the caller was not granted: {}", lacking.join(" "))))
    }
}

/// A path as a toolkit's source may have it, no part of it hidden.
fn check_path(path: &str) -> Result<(), Refusal> {
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    if path.len() > PATH || hidden || path.parse::<RelativePath>().is_err() {
        let what = "a path is relative, with `/` between parts that do not begin with `.`, \
                    without `\\`, `:`, `*` and control characters, at most 255 bytes long";
        return Err(Refusal::Invalid(what.to_owned()));
    }
    Ok(())
}

/// Builds in a folder that is gone afterwards. Blocks.
pub(crate) fn make(
    attempt: &Attempt,
    place: &Place,
    sandbox: &dyn Sandbox,
) -> Result<Outcome, Refusal> {
    let broken = |_| Refusal::Unavailable("the build's own folder cannot be used".to_owned());
    private_folder(&place.scratch).map_err(broken)?;
    // With the name of builds that are swept if this process is killed.
    let stage =
        tempfile::Builder::new().prefix(STAGE).tempdir_in(&place.scratch).map_err(broken)?;
    let source = stage.path().join("source");
    private_folder(&source).map_err(broken)?;
    for (path, content) in &attempt.sources {
        let target = source.join(path);
        let folder = target.parent().unwrap_or(&source);
        private_folder(folder).and_then(|()| fs::write(&target, content)).map_err(|_| {
            Refusal::Invalid("a file lies where another path has a folder".to_owned())
        })?;
    }
    let bounded = Bounded::new(attempt, sandbox, stage.path());
    let compilers = Compilers {
        store: place.store.clone(),
        cache: stage.path().join("builds"),
        sandbox: &bounded,
        client: &NoClient,
        progress: &Silent,
    };
    if !matches!(compilers.state(attempt.lane), Ok(State::Installed(_))) {
        let what = format!("the compiler of the lane `{}` is not installed", attempt.lane);
        return Err(Refusal::Unavailable(what));
    }
    let built = compilers.build(&attempt.request(&source)).map_err(|why| refusal(why, attempt))?;
    if let Code::Interpreted { program, .. } = &built.code
        && program.len() as u64 > RESULT
    {
        return Err(Refusal::TooLarge(RESULT));
    }
    // An engine that was linked for this world alone goes with the stage: it is taken along.
    let code = match &built.code {
        Code::Interpreted { engine, .. } if engine.path.starts_with(stage.path()) => {
            let file = built.file().map_err(|why| refusal(why, attempt))?;
            Code::Wasm(file.into_owned())
        }
        _ => built.code,
    };
    if let Code::Wasm(file) = &code
        && file.len() as u64 > RESULT
    {
        return Err(Refusal::TooLarge(RESULT));
    }
    let said = bounded.said.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Outcome { code, shape: attempt.shape, log: cut(said.iter().map(String::as_str)) })
}

fn refusal(why: CompileError, attempt: &Attempt) -> Refusal {
    match why {
        CompileError::Rejected { diagnostics, omitted, .. } => {
            let notes = |notes: &[String]| notes.iter().map(|note| format!("  {note}")).collect();
            let mut lines = Vec::new();
            for found in &diagnostics {
                lines.push(found.to_string());
                lines.append(&mut notes(&found.notes));
            }
            if omitted > 0 {
                lines.push(format!("and {omitted} more"));
            }
            Refusal::Invalid(cut(lines.iter().map(String::as_str)))
        }
        CompileError::NoShape { lane, shape } => {
            Refusal::Unsupported(format!("the lane `{lane}` builds no {shape}"))
        }
        CompileError::NoFiles { .. } | CompileError::NoMain { .. } => {
            Refusal::Invalid("there is no file that the lane compiles".to_owned())
        }
        CompileError::Stopped { at, source } => match source {
            StepError::Output { limit } => Refusal::TooLarge(limit),
            StepError::CpuTime { .. } | StepError::Budget { .. }
                if Instant::now() >= attempt.asker.deadline =>
            {
                Refusal::Timeout
            }
            StepError::Engine { .. } | StepError::Damaged { .. } => {
                Refusal::Unavailable("the compiler could not be run".to_owned())
            }
            StepError::CpuTime { .. }
            | StepError::Budget { .. }
            | StepError::Memory { .. }
            | StepError::Stack
            | StepError::Trap { .. } => {
                Refusal::Invalid(format!("the compiler was stopped at {at}: {source}"))
            }
        },
        _ => Refusal::Unavailable("the build failed".to_owned()),
    }
}

/// As many whole lines as a log has room for, and how many more there were.
fn cut<'l>(lines: impl Iterator<Item = &'l str>) -> String {
    let (mut text, mut more) = (String::new(), 0);
    for line in lines {
        if more > 0 || text.len() + line.len() > LOG {
            more += 1;
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    if more > 0 { format!("{text}… {more} more lines\n") } else { text }
}

/// The lanes' sandbox within what is left of the guest's time, one step at once.
struct Bounded<'a> {
    attempt: &'a Attempt,
    sandbox: &'a dyn Sandbox,
    /// What was said by steps that ended well.
    said: Mutex<Vec<String>>,
    turn: Mutex<()>,
    /// Where this build alone is laid out.
    stage: &'a Path,
    /// Modules that this build alone has.
    own: Mutex<Vec<Module>>,
}

/// No code stays for what goes with the stage: there are as many as worlds, and a guest could have
/// more made than a disk holds.
impl Drop for Bounded<'_> {
    fn drop(&mut self) {
        for module in self.own.get_mut().unwrap_or_else(PoisonError::into_inner) {
            drop(self.sandbox.forget(module));
        }
    }
}

impl Sandbox for Bounded<'_> {
    fn prepare(&self, module: &Module) -> Result<(), StepError> {
        self.sandbox.prepare(module)
    }

    fn prepare_engine(&self, engine: &Module) -> Result<(), StepError> {
        self.sandbox.prepare_engine(engine)
    }

    fn interpret(
        &self,
        engine: &Module,
        program: &[u8],
        stdin: Vec<u8>,
        limits: StepLimits,
    ) -> Result<Finished, StepError> {
        self.step(engine, limits, |limits| self.sandbox.interpret(engine, program, stdin, limits))
    }

    fn run(&self, step: &Step) -> Result<Finished, StepError> {
        self.step(&step.module, step.limits, |limits| {
            self.sandbox.run(&Step { limits, ..step.clone() })
        })
    }
}

impl<'a> Bounded<'a> {
    fn new(attempt: &'a Attempt, sandbox: &'a dyn Sandbox, stage: &'a Path) -> Self {
        let (said, turn, own) = Default::default();
        Self { attempt, sandbox, said, turn, stage, own }
    }

    /// Makes a module of this build ready, in the asker's time, unless somebody else's is the same.
    fn made_ready(&self, module: &Module) -> Result<(), StepError> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let known = own.contains(module) || !module.path.starts_with(self.stage);
        if known || self.sandbox.prepared(module)?.is_some() {
            return Ok(());
        }
        own.push(module.clone());
        let began = Instant::now();
        let ready = self.sandbox.prepare(module);
        self.attempt.asker.tab.charge(began.elapsed());
        ready
    }

    fn left(&self) -> Duration {
        let asker = &self.attempt.asker;
        asker.deadline.saturating_duration_since(Instant::now()).min(asker.tab.left())
    }

    fn step(
        &self,
        module: &Module,
        limits: StepLimits,
        run: impl FnOnce(StepLimits) -> Result<Finished, StepError>,
    ) -> Result<Finished, StepError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let asker = &self.attempt.asker;
        if asker.given_up.load(Ordering::Relaxed) || self.left() == Duration::ZERO {
            return Err(StepError::CpuTime { limit: self.left() });
        }
        self.made_ready(module)?;
        let left = self.left();
        if left == Duration::ZERO {
            return Err(StepError::CpuTime { limit: left });
        }
        let cpu = limits.cpu.min(left);
        let limits = StepLimits { cpu, wall: Some(left), ..limits };
        let began = Instant::now();
        let finished = run(limits);
        // One that was stopped does not say what it used.
        let used = finished.as_ref().map_or_else(|_| began.elapsed().min(cpu), |it| it.cpu);
        asker.tab.charge(used);
        let finished = finished?;
        if finished.status == 0 {
            let text = String::from_utf8_lossy(&finished.stderr);
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            said.extend(text.lines().map(diagnostics::shown));
        }
        Ok(finished)
    }
}

/// Fetches nothing: a guest asks for a build, not for the network.
struct NoClient;

impl PackageClient for NoClient {
    fn fetch(&self, _: &Package, _: &Path) -> Result<PathBuf, ClientError> {
        Err(ClientError::NotInstalled { program: "a package client" })
    }
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
