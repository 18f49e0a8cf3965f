//! The engine of this process: the host and the compilers on this installation's folders. The
//! only file that talks to `workbooks_compilers`.

use std::mem;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use miette::Report;
use serde_json::{Value, json};
use workbooks_compilers::provision::{Progress, Stage, State, SystemClients};
use workbooks_compilers::{
    Build, Built, Code, Compilers, Contract, Door, Finished, HostSandbox, LANES, Lane, Module,
    Sandbox, Step, StepError,
};
use workbooks_host::adapt::ScanLimits;
use workbooks_host::admission::JsonLines;
use workbooks_host::fabric::Commands;
use workbooks_host::secret::FileSecrets;
use workbooks_host::world::base_name;
use workbooks_host::{CheckError, Host, Manifest, Mismatch, RunError, Shape};

use super::catalog::Toolkit;
use super::{commands, operator};
use crate::io::IoError;
use crate::io::child::this_program;
use crate::output::Bar;
use crate::session::{Home, Session};

/// The host on this installation's folders, none of which a guest may mount. Its guests find the
/// commands that were added.
pub(crate) fn host(session: &Session) -> Result<Host, Report> {
    host_with(session, Arc::new(commands::added(session)))
}

/// The same for the project's own toolkits, which find each other as commands too.
pub(crate) fn host_of_project(session: &Session) -> Result<Host, Report> {
    host_with(session, Arc::new(commands::Project::new(session)))
}

fn host_with(session: &Session, commands: Arc<dyn Commands>) -> Result<Host, Report> {
    let home = &session.home;
    home.make()?;
    let audit = home.audit();
    let audit = JsonLines::open(&audit).map_err(|error| IoError::of(&audit, &error))?;
    let mut builder = Host::builder()
        .cache(home.artifacts())
        .state(home.state())
        .protect(home.keys())
        .protect(&home.root)
        .protect(&home.cache)
        .capability(Build::new(home.lanes(), home.builds(), Lazy::new(home)))
        .audit(Arc::new(audit))
        .commands(commands)
        .secrets(Arc::new(secrets(session)))
        .servers(&operator::policy(session)?);
    if let Some(helper) = this_program() {
        builder = builder.helper(helper);
    }
    Ok(builder.build()?)
}

/// The secrets of this installation.
pub(crate) fn secrets(session: &Session) -> FileSecrets {
    FileSecrets::new(session.home.secrets())
}

/// Compilers run on a host of their own, which lets them see the lanes' folders. It is started
/// with the first step: a build that is fresh has none.
struct Lazy {
    home: Home,
    sandbox: OnceLock<Result<HostSandbox, StepError>>,
}

impl Lazy {
    fn new(home: &Home) -> Self {
        Self { home: home.clone(), sandbox: OnceLock::new() }
    }

    fn started(&self) -> Result<&HostSandbox, StepError> {
        let start = || {
            let host =
                Host::builder().cache(self.home.artifacts()).protect(&self.home.root).build();
            host.map(HostSandbox::new)
                .map_err(|error| StepError::Engine { reason: error.to_string() })
        };
        self.sandbox.get_or_init(start).as_ref().map_err(Clone::clone)
    }
}

impl Sandbox for Lazy {
    fn prepare(&self, module: &Module) -> Result<(), StepError> {
        self.started()?.prepare(module)
    }

    fn run(&self, step: &Step) -> Result<Finished, StepError> {
        self.started()?.run(step)
    }
}

/// The artifact of a toolkit: built if its source has changed, or found.
pub(crate) fn program(
    session: &Session,
    toolkit: &Toolkit,
    manifest: &Manifest,
) -> Result<Built, Report> {
    program_for(session, toolkit, manifest, false)
}

/// The same, where `dev` says whether it is only to be tried.
pub(crate) fn program_for(
    session: &Session,
    toolkit: &Toolkit,
    manifest: &Manifest,
    dev: bool,
) -> Result<Built, Report> {
    if let shape @ (Shape::Task | Shape::Federation | Shape::Posix) = manifest.exec {
        return Err(RunError::NotAvailable { shape }.into());
    }
    session.home.make()?;
    let mut built =
        with_compilers(session, |compilers| compilers.artifact_for(manifest, &toolkit.folder, dev))?;
    if let Code::Wasm(wasm) = &mut built.code {
        *wasm = binary(mem::take(wasm))?;
    }
    Ok(built)
}

/// A binary from either format.
pub(crate) fn binary(bytes: Vec<u8>) -> Result<Vec<u8>, Report> {
    if bytes.starts_with(b"\0asm") {
        return Ok(bytes);
    }
    Ok(workbooks_host::adapt::text_to_binary(&bytes)?)
}

fn with_compilers<T, E: Into<Report>>(
    session: &Session,
    act: impl FnOnce(&Compilers<'_>) -> Result<T, E>,
) -> Result<T, Report> {
    let progress = Shower(Bar::new(&session.output));
    let compilers = Compilers {
        store: session.home.lanes(),
        cache: session.home.builds(),
        sandbox: &Lazy::new(&session.home),
        client: &SystemClients::new(session.surroundings.env.clone()),
        progress: &progress,
    };
    act(&compilers).map_err(Into::into)
}

/// Shows a build's stages as a bar.
struct Shower(Bar);

impl Progress for Shower {
    fn stage(&self, stage: &Stage) {
        match stage {
            Stage::Done => self.0.end(),
            Stage::Compiling { done, of, .. } => self.0.stage(&stage.to_string(), *done, *of),
            _ => self.0.stage(&stage.to_string(), 0, 0),
        }
    }
}

/// A lane as it stands on this machine.
#[derive(Debug)]
pub(crate) struct LaneState {
    /// Its word.
    pub(crate) word: &'static str,
    /// One line about it.
    pub(crate) title: String,
    /// Package and version.
    pub(crate) package: String,
    /// `installed`, `missing` or `damaged`.
    pub(crate) state: &'static str,
    /// Bytes on disk when it is installed.
    pub(crate) disk: u64,
    /// CPU time of the installation.
    pub(crate) cpu: Duration,
}

impl LaneState {
    /// For programs.
    pub(crate) fn data(&self) -> Value {
        json!({
            "lane": self.word, "title": self.title, "package": self.package, "state": self.state,
            "disk_bytes": self.disk, "cpu_seconds": self.cpu.as_secs(),
        })
    }
}

/// Every lane.
pub(crate) fn lanes(session: &Session) -> Vec<LaneState> {
    let state = |lane: &&'static dyn Lane| {
        let pinned = lane.pinned();
        LaneState {
            word: lane.word(),
            title: pinned.title.clone(),
            package: pinned.package().to_string(),
            state: match workbooks_compilers::provision::state(pinned, &session.home.lanes()) {
                State::Installed(_) => "installed",
                State::Missing => "missing",
                State::Damaged { .. } => "damaged",
            },
            disk: pinned.cost.disk_bytes,
            cpu: Duration::from_secs(pinned.cost.cpu_seconds),
        }
    };
    LANES.iter().map(state).collect()
}

/// Fetches, checks and prepares a lane's compiler, and reads it all once more.
pub(crate) fn install(session: &Session, lane: &str) -> Result<(), Report> {
    session.home.make()?;
    with_compilers(session, |compilers| {
        compilers.install(lane)?;
        compilers.verify(lane)
    })?;
    Ok(())
}

/// The WIT text of a guest's world.
pub(crate) fn world(caps: &[String]) -> Result<String, Report> {
    let text = Contract::OURS.world(caps, Door::Core)?;
    let (resolve, world) = Contract::OURS.resolved(&text)?;
    Ok(workbooks_host::print_world(&resolve, world)?)
}

/// Every way in which a component does not fit the world of `caps`, with the export by which its
/// shape is called (without a declared shape, each that it has in part; of a component, the handlers
/// that it has instead of tools); nothing for a core module, whose lifting decides.
pub(crate) fn mismatches(
    wasm: &[u8],
    caps: &[String],
    shape: Option<Shape>,
) -> Result<Vec<Mismatch>, Report> {
    let exports = workbooks_host::adapt::scan(wasm, &ScanLimits::default())?.exports;
    let exported =
        |interface: &str| exports.iter().any(|export| base_name(&export.name) == interface);
    let doors = [
        (Door::Tool, Shape::Component, "workbooks:engine/tool"),
        (Door::Kernel, Shape::Kernel, "workbooks:engine/kernel"),
        (Door::Run, Shape::Command, "wasi:cli/run"),
        (Door::Http, Shape::Component, "wasi:http/incoming-handler"),
        (Door::Tcp, Shape::Component, "workbooks:engine/tcp-handler"),
    ];
    let mut exported_doors: Vec<_> = doors
        .iter()
        .filter(|(_, of, interface)| shape.is_none_or(|shape| shape == *of) && exported(interface))
        .map(|(door, ..)| *door)
        .collect();
    if exported_doors.is_empty() {
        let lacking = doors.iter().find(|(_, of, _)| shape == Some(*of));
        exported_doors.push(lacking.map_or(Door::Core, |(door, ..)| *door));
    }
    let mut all = Vec::new();
    for door in exported_doors {
        let text = Contract::OURS.world(caps, door)?;
        let (resolve, world) = Contract::OURS.resolved(&text)?;
        match workbooks_host::check(wasm, &resolve, world) {
            Err(CheckError::NotAComponent { .. }) => return Ok(Vec::new()),
            checked => all.extend(
                checked?.into_iter().filter(|found| !all.contains(found)).collect::<Vec<_>>(),
            ),
        }
    }
    Ok(all)
}
