//! One build for a guest: what it may hand over, what each step of it may use, and what it is told.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use workbooks_host::toolkit::RelativePath;
use workbooks_host::{Refusal, Shape};

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
const RESULT: u64 = 16 << 20;
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
    sources: BTreeMap<String, Vec<u8>>,
    deadline: Instant,
    given_up: Arc<AtomicBool>,
}

/// What comes of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) wasm: Vec<u8>,
    pub(crate) log: String,
}

impl Attempt {
    pub(crate) fn of(
        language: &str,
        sources: impl ExactSizeIterator<Item = (String, Vec<u8>)>,
        extra: &[(String, String)],
        deadline: Instant,
        given_up: Arc<AtomicBool>,
    ) -> Result<Self, Refusal> {
        let lane = lanes::find(language).ok_or_else(|| {
            Refusal::Unsupported(format!("there is no such lane; there are: {}", lanes::words()))
        })?;
        let shape = match extra {
            [] => Shape::Command,
            [(key, value)] if key == "shape" && value == "command" => Shape::Command,
            [(key, value)] if key == "shape" && value == "kernel" => Shape::Kernel,
            _ => {
                let what = "extra has at most `shape`, which is `command` or `kernel`";
                return Err(Refusal::Invalid(what.to_owned()));
            }
        };
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
        Ok(Self { lane: lane.word(), shape, sources: checked, deadline, given_up })
    }

    fn request(&self, folder: &Path) -> BuildRequest {
        BuildRequest {
            id: "the source".to_owned(),
            folder: folder.to_owned(),
            lane: self.lane.to_owned(),
            shape: self.shape,
            wit: None,
            caps: Vec::new(),
            source: Source::Folder(".".to_owned()),
            files: Vec::new(),
            include: Vec::new(),
            compile_flags: Vec::new(),
            link_flags: Vec::new(),
            entry: None,
            limits: StepLimits { output: RESULT, ..StepLimits::default() },
        }
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
) -> Result<Made, Refusal> {
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
    let bounded = Bounded { attempt, sandbox, said: Mutex::default(), turn: Mutex::default() };
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
    let wasm = match built.code {
        Code::Wasm(wasm) if wasm.len() as u64 <= RESULT => wasm,
        Code::Wasm(_) => return Err(Refusal::TooLarge(RESULT)),
        Code::Interpreted { .. } => {
            let what = "the lane's programs are interpreted: there is no wasm of theirs";
            return Err(Refusal::Unsupported(what.to_owned()));
        }
    };
    let said = bounded.said.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Made { wasm, log: cut(said.iter().map(String::as_str)) })
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
        CompileError::NoFiles { .. } => {
            Refusal::Invalid("there is no file that the lane compiles".to_owned())
        }
        CompileError::Stopped { at, source } => match source {
            StepError::Output { limit } => Refusal::TooLarge(limit),
            StepError::CpuTime { .. } | StepError::Budget { .. }
                if Instant::now() >= attempt.deadline =>
            {
                Refusal::Timeout
            }
            StepError::Engine { .. } => {
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
}

impl Sandbox for Bounded<'_> {
    fn prepare(&self, module: &Module) -> Result<(), StepError> {
        self.sandbox.prepare(module)
    }

    fn prepare_engine(&self, engine: &Module) -> Result<(), StepError> {
        self.sandbox.prepare_engine(engine)
    }

    fn run(&self, step: &Step) -> Result<Finished, StepError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let left = self.attempt.deadline.saturating_duration_since(Instant::now());
        if left == Duration::ZERO || self.attempt.given_up.load(Ordering::Relaxed) {
            return Err(StepError::CpuTime { limit: left });
        }
        let cpu = step.limits.cpu.min(left);
        let limits = StepLimits { cpu, wall: Some(left), ..step.limits };
        let finished = self.sandbox.run(&Step { limits, ..step.clone() })?;
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
