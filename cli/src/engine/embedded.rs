//! The engine of this process: the host and the compilers on this installation's folders. Only
//! this file and `lanes` have the compilers do anything; others know some of their types.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::mem;
use std::path::Path;
use std::sync::Arc;

use miette::Report;
use workbooks_compilers::provision::{FromFolder, PackageClient, Progress, Stage, SystemClients};
use workbooks_compilers::{Build, Built, Code, Compilers, Contract, Door, HostSandbox, Origin};
use workbooks_host::adapt::{Declared, Options, ScanLimits};
use workbooks_host::admission::JsonLines;
use workbooks_host::fabric::Commands;
use workbooks_host::secret::FileSecrets;
use workbooks_host::world::{self, base_name};
use workbooks_host::{CheckError, Host, Manifest, Mismatch, RunError, Shape};

use super::loaded::Loaded;
use super::{commands, operator};
use crate::io::IoError;
use crate::io::child::this_program;
use crate::output::{Bar, Output, Style, Text};
use crate::session::{Home, Session};

/// The host on this installation's folders, none of which a guest may mount. Its guests find the
/// commands that were added.
pub(crate) fn host(session: &Session) -> Result<Host, Report> {
    host_with(session, Arc::new(commands::Added::new(session)))
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
        .laid_out(home.scratch())
        .capability(Build::new(home.lanes(), home.builds(), sandbox(home)))
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

/// Compilers run on a host of their own, which lets them see the lanes' folders.
fn sandbox(home: &Home) -> HostSandbox {
    let home = home.clone();
    HostSandbox::starting(move || {
        Host::builder().cache(home.artifacts()).protect(&home.root).build()
    })
}

/// The artifact of a toolkit: what its publisher signed, or else built if its source has changed, or
/// found.
pub(crate) fn program(session: &Session, loaded: &Loaded) -> Result<Built, Report> {
    program_for(session, loaded, false)
}

/// The same, where `dev` says whether it is only to be tried.
pub(crate) fn program_for(session: &Session, loaded: &Loaded, dev: bool) -> Result<Built, Report> {
    let manifest = &loaded.manifest;
    if let shape @ (Shape::Task | Shape::Federation | Shape::Posix) = manifest.exec {
        return Err(RunError::NotAvailable { shape }.into());
    }
    if let Some((wasm, key)) = loaded.artifact() {
        return Ok(Built { code: Code::Wasm(wasm.to_vec()), key, cached: true });
    }
    session.home.make()?;
    let mut built =
        with_compilers(session, |compilers| compilers.artifact_for(manifest, &loaded.origin, dev))?;
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
    with_archives(session, None, act)
}

/// The compilers, whose archives come from a folder if there is one, and from the package clients
/// if there is none.
pub(super) fn with_archives<T, E: Into<Report>>(
    session: &Session,
    folder: Option<&Path>,
    act: impl FnOnce(&Compilers<'_>) -> Result<T, E>,
) -> Result<T, Report> {
    let clients = SystemClients::new(for_clients(session.surroundings.env.clone()));
    let archives = folder.map(|folder| FromFolder::new(folder, &clients));
    let compilers = Compilers {
        store: session.home.lanes(),
        cache: session.home.builds(),
        sandbox: &sandbox(&session.home),
        client: archives.as_ref().map_or(&clients as &dyn PackageClient, |archives| archives),
        progress: &Shower { bar: Bar::new(&session.output), output: &session.output },
    };
    act(&compilers).map_err(Into::into)
}

/// The environment for the programs of others: without our settings, a signing key among them.
fn for_clients(mut env: BTreeMap<OsString, OsString>) -> BTreeMap<OsString, OsString> {
    let is_ours = |name: &[u8]| name.starts_with(b"WBX_") || name.starts_with(b"WB_");
    env.retain(|name, _| !is_ours(name.as_encoded_bytes()));
    env
}

/// Shows a build's stages as a bar.
struct Shower<'a> {
    bar: Bar,
    output: &'a Output,
}

impl Progress for Shower<'_> {
    fn stage(&self, stage: &Stage) {
        match stage {
            Stage::Done => self.bar.end(),
            Stage::Compiling { done, of, .. } => self.bar.stage(&stage.to_string(), *done, *of),
            Stage::Installing { .. } if !self.output.draws() => {}
            Stage::Installing { .. } | Stage::Repairing { .. } => {
                self.bar.end();
                let text = Text::default().words(Style::Dim, stage.to_string()).end();
                self.output.note(&text);
            }
            _ => self.bar.stage(&stage.to_string(), 0, 0),
        }
    }
}

/// The WIT text of a guest's world, with all that it reaches.
pub(crate) fn world(caps: &[String]) -> Result<String, Report> {
    printed(&Contract::OURS.world(caps, Door::Core)?)
}

/// The same of the toolkit `origin`, with what it exports if it is a component.
pub(crate) fn world_of(manifest: &Manifest, origin: &Origin) -> Result<String, Report> {
    let caps = caps(manifest);
    if manifest.exec != Shape::Component {
        return world(&caps);
    }
    printed(&Contract::OURS.guest(&caps, manifest.wit.as_deref(), origin)?)
}

fn printed(text: &str) -> Result<String, Report> {
    let (resolve, world) = Contract::OURS.resolved(text)?;
    Ok(workbooks_host::print_world(&resolve, world)?)
}

/// What an author's editor wants to know of the world of the toolkit `origin`, in its language:
/// files by their paths from its folder.
pub(crate) fn typings(
    lang: &str,
    caps: &[String],
    shape: Shape,
    wit: Option<&str>,
    origin: &Origin,
) -> Result<Vec<(String, Vec<u8>)>, Report> {
    let Some(lane) = workbooks_compilers::find(lang) else { return Ok(Vec::new()) };
    let world = lane.binds(shape, caps).then(|| match shape {
        Shape::Component => Contract::OURS.guest(caps, wit, origin),
        _ => Contract::OURS.world(caps, Door::Core),
    });
    Ok(lane.typings(world.transpose()?.as_deref())?)
}

fn caps(manifest: &Manifest) -> Vec<String> {
    manifest.caps.iter().map(|cap| cap.value.clone()).collect()
}

/// Every way in which the artifact of the toolkit `origin` does not fit its world.
pub(crate) fn mismatches_of(
    wasm: &[u8],
    manifest: &Manifest,
    origin: &Origin,
) -> Result<Vec<Mismatch>, Report> {
    let wit = manifest.wit.as_deref();
    let declared = wit.is_some() && Door::of_component(wit) == Door::Tool;
    if manifest.exec != Shape::Component || !declared {
        return mismatches(wasm, &caps(manifest), Some(manifest.exec));
    }
    let text = Contract::OURS.guest(&caps(manifest), wit, origin)?;
    let (resolve, world) = Contract::OURS.resolved(&text)?;
    let options = Options { shape: Some(Declared::Component), ..Options::default() };
    let adapted = workbooks_host::adapt::adapt(wasm, &options)?;
    Ok(workbooks_host::check(&adapted.component, &resolve, world)?)
}

/// A manifest for a component that has none: its shape, and the capabilities that open what it
/// imports.
pub(crate) fn manifest_of(wasm: &[u8], id: &str, version: &str) -> Result<String, Report> {
    let scan = workbooks_host::adapt::scan(wasm, &ScanLimits::default())?;
    let exports = |name: &str| scan.exports.iter().any(|export| base_name(&export.name) == name);
    let shape = match () {
        () if exports("wasi:cli/run") => "command",
        () if exports("workbooks:engine/kernel") => "kernel",
        () => "component",
    };
    let mut caps = BTreeSet::new();
    let mut imports: Vec<_> = scan.imports.iter().map(|import| owners(&import.module)).collect();
    // Those that one capability alone opens come first: it may open the others too.
    imports.sort_by_key(Vec::len);
    for owners in imports {
        if let Some(first) = owners.first()
            && !owners.iter().any(|owner| caps.contains(owner))
        {
            caps.insert(*first);
        }
    }
    let caps: Vec<_> = caps.into_iter().collect();
    let caps = caps.join(" ");
    Ok(format!(
        "#+TOOLKIT: {id}\n#+VERSION: {version}\n#+EXEC: {shape}\n#+TRUST: third-party\n#+CAPS: {caps}\n"
    ))
}

/// The capabilities that open an interface; none if every guest has it, or none has.
fn owners(interface: &str) -> Vec<&'static str> {
    if world::BASE.iter().any(|base| world::compatible(base, interface)) {
        return Vec::new();
    }
    let opens = |row: &&world::CapabilityRow| {
        row.interfaces.iter().any(|ours| world::compatible(ours, interface))
    };
    world::CAPABILITIES.iter().filter(opens).map(|row| row.name).collect()
}

/// Whether an artifact imports an interface, at any version.
pub(crate) fn imports(wasm: &[u8], interface: &str) -> Result<bool, Report> {
    let scan = workbooks_host::adapt::scan(wasm, &ScanLimits::default())?;
    Ok(scan.imports.iter().any(|import| base_name(&import.module) == interface))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_program_of_others_is_given_a_signing_key() {
        let env = ["PATH", "HTTPS_PROXY", "WBX_SIGNING_KEY", "WB_SIGNING_KEY"];
        let env = env.map(|name| (name.into(), "x".into()));
        let kept: Vec<_> = for_clients(env.into()).into_keys().collect();
        assert_eq!(kept, ["HTTPS_PROXY", "PATH"]);
    }
}
