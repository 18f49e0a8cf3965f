//! Goes the way of a case through the host: manifest, grant, preparation, run.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use workbooks_compilers::Code;
use workbooks_host::policy::{Mount, Provenance};
use workbooks_host::{
    CheckError, Grant, Host, Input, Log, Manifest, Outcome, Policy, Prepared, Profile, Run, Shape,
    Vocabulary, adapt, grant, world,
};

use super::asked::{Served, asked};
use super::commands::Registry;
use super::fixture::Fixture;
use super::lanes::of_code;
use super::secrets::Held;
use super::{Case, Lanes, Origin, Transcript};
use crate::Contract;
use crate::doubles::Doubles;

/// No case may take longer, whatever the guest does.
const PATIENCE: Duration = Duration::from_secs(20);
/// The id of a guest without a manifest.
const BARE: &str = "guest";

pub(super) fn perform(folder: &Path, case: &Case, lanes: &Lanes) -> Result<Transcript, String> {
    let fixture = Fixture::new(case)?;
    let mut builder = Host::builder().threads(2).state(fixture.state());
    builder = builder.capability(lanes.build().map_err(|why| why.to_string())?);
    builder = builder.commands(Arc::new(Registry::of(case, lanes)?));
    builder = builder.secrets(Arc::new(Held::of(case)?));
    if case
        .guest
        .as_ref()
        .is_some_and(|origin| origin.is_foreign() || matches!(origin, Origin::Toolkit(_)))
    {
        // The code of an engine serves every program, and takes half a minute.
        builder = builder.cache(lanes.cache.join("artifacts"));
    }
    let doubles = Doubles::start(&case.servers).map_err(|why| format!("a double: {why}"))?;
    if let Some(authority) = doubles.authority() {
        builder = builder.roots(authority);
    }
    // What the host itself asks stands in the policy; one that is none is told later.
    if let Ok(text) = fs::read_to_string(folder.join("policy.toml"))
        && let Ok(policy) = Policy::parse(&doubles.placed(&text), &vocabulary())
    {
        builder = builder.servers(&policy);
    }
    if let Some(helper) = &lanes.helper {
        builder = builder.helper(helper.clone());
    }
    let host = builder.build().map_err(|why| why.to_string())?;
    let transcript = Transcript { until: case.until.clone(), ..Transcript::default() };
    let mut way = Way { case, fixture: &fixture, doubles: &doubles, host, transcript };
    let toolkit =
        case.guest.as_ref().map_or_else(|| folder.to_owned(), |guest| guest.folder(folder));
    let toolkit =
        fixture.toolkit(&toolkit, &case.repeated).map_err(|why| format!("the toolkit: {why}"))?;
    if let Some((manifest, granted)) = way.granted(&toolkit, folder)?
        && let Some(guest) = &case.guest
        && let Some(mut code) = way.artifact(guest, folder, &toolkit, manifest.as_ref(), lanes)?
    {
        if let Code::Wasm(bytes) = &mut code {
            bytes.truncate(case.cut.unwrap_or(bytes.len()));
        }
        match (&case.check, &code) {
            (Some(world), Code::Wasm(bytes)) => way.check(bytes, world)?,
            _ => way.run(&code, manifest.as_ref(), &granted)?,
        }
    }
    for name in &case.shown {
        let text = fs::read(fixture.files().join(name)).map_err(|why| format!("{name}: {why}"))?;
        way.transcript.output(&format!("file {name}"), &text);
    }
    let place = fixture.root().display().to_string();
    if way.transcript.guest.contains(&place) {
        return Err(format!("the guest was told {place}"));
    }
    way.transcript.text = doubles.named(&way.transcript.text);
    Ok(way.transcript)
}

fn vocabulary() -> Vocabulary {
    Vocabulary::new(world::CAPABILITIES.iter().map(|row| row.name))
}

struct Way<'a> {
    case: &'a Case,
    fixture: &'a Fixture,
    doubles: &'a Doubles,
    host: Host,
    transcript: Transcript,
}

impl Way<'_> {
    /// The grant, and the manifest if there is one; nothing if the case ends here.
    fn granted(
        &mut self,
        toolkit: &Path,
        folder: &Path,
    ) -> Result<Option<(Option<Manifest>, Grant)>, String> {
        let case = self.case;
        let manifest = match self.manifest(toolkit) {
            Ok(manifest) => manifest,
            Err(Ended) => return Ok(None),
        };
        let mut policy = match self.policy(folder) {
            Ok(policy) => policy,
            Err(Ended) => return Ok(None),
        };
        let id = manifest.as_ref().map_or(BARE, |manifest| manifest.id.as_str());
        if !case.grants.is_empty() {
            policy.grant(id, case.grants.iter().map(String::as_str));
        }
        let operator = policy.toolkit_mut(id);
        operator.env.extend(case.env.clone());
        for mount in &case.mounts {
            let mount: Mount =
                self.fixture.mount(mount).parse().map_err(|why| format!("{mount}: {why}"))?;
            operator.mounts.push(mount);
        }
        let name = case.profile.as_deref().unwrap_or("posix");
        let profile = Profile::find(name).ok_or_else(|| format!("there is no profile {name}"))?;
        let granted = match &manifest {
            None => Grant::bare(BARE, &profile, policy.toolkit_mut(BARE)),
            Some(manifest) => match grant(manifest, Provenance::Local, &profile, &policy) {
                Ok(granted) => granted,
                Err(refused) => {
                    self.transcript.refusal("refused", &refused);
                    return Ok(None);
                }
            },
        };
        let mut limits = granted.limits().clone();
        case.limits.apply(&mut limits);
        Ok(Some((manifest, granted.with_limits(limits))))
    }

    fn manifest(&mut self, folder: &Path) -> Result<Option<Manifest>, Ended> {
        let Ok(mut text) = fs::read(folder.join("manifest.org")) else { return Ok(None) };
        while text.len() < self.case.padding {
            text.extend(b"# a remark\n");
        }
        match Manifest::parse(&text, self.case.folder.as_deref(), &self.host.vocabulary()) {
            Ok(manifest) => {
                self.transcript
                    .line(&format!("manifest of `{}`, a {}", manifest.id, manifest.exec));
                manifest
                    .warnings
                    .iter()
                    .for_each(|warning| self.transcript.refusal("  warning", warning));
                Ok(Some(manifest))
            }
            Err(refused) => {
                self.transcript.refusal("refused", &refused);
                Err(Ended)
            }
        }
    }

    fn policy(&mut self, folder: &Path) -> Result<Policy, Ended> {
        let Ok(text) = fs::read_to_string(folder.join("policy.toml")) else {
            return Ok(Policy::default());
        };
        let text = self.doubles.placed(&self.fixture.placed(&text));
        Policy::parse(&text, &self.host.vocabulary()).map_err(|refused| {
            self.transcript.refusal("refused", &refused);
            Ended
        })
    }

    /// The artifact; nothing if the case ends with its source.
    fn artifact(
        &mut self,
        guest: &Origin,
        folder: &Path,
        toolkit: &Path,
        manifest: Option<&Manifest>,
        lanes: &Lanes,
    ) -> Result<Option<Code>, String> {
        let (Origin::Toolkit(_), Some(manifest)) = (guest, manifest) else {
            return guest.bytes(folder, lanes).map(Code::Wasm).map(Some);
        };
        match lanes.artifact(manifest, toolkit) {
            Ok(code) => Ok(Some(code)),
            Err(refused) => {
                self.transcript.refusal("refused", &refused);
                Ok(None)
            }
        }
    }

    fn check(&mut self, bytes: &[u8], world: &str) -> Result<(), String> {
        let (resolve, world) = Contract::ours()?.beside(world)?;
        let compared = adapt::adapt(bytes, &adapt::Options::default())
            .map_err(CheckError::from)
            .and_then(|adapted| workbooks_host::check(&adapted.component, &resolve, world));
        match compared {
            Err(refused) => self.transcript.refusal("refused", &refused),
            Ok(mismatches) if mismatches.is_empty() => self.transcript.line("fits"),
            Ok(mismatches) => {
                for found in &mismatches {
                    self.transcript.refusal("mismatch", found);
                }
            }
        }
        Ok(())
    }

    fn run(
        &mut self,
        code: &Code,
        manifest: Option<&Manifest>,
        granted: &Grant,
    ) -> Result<(), String> {
        let artifact = of_code(code, manifest);
        let prepared = match self.host.prepare(&artifact, granted) {
            Ok(prepared) => prepared,
            Err(refused) => {
                self.transcript.refusal("refused", &refused);
                return Ok(());
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| why.to_string())?;
        if prepared.shape() == Shape::Kernel && self.case.calls.is_empty() {
            self.kernel(&prepared);
            return Ok(());
        }
        let patient = runtime.block_on(async {
            let run = async {
                if !self.case.asks.is_empty() {
                    return self.asks(&prepared, granted).await;
                }
                if prepared.shape() == Shape::Command && self.case.calls.is_empty() {
                    self.command(&prepared).await;
                } else {
                    self.calls(&prepared, granted.toolkit()).await;
                }
                Ok(())
            };
            tokio::time::timeout(PATIENCE, run).await
        });
        patient.unwrap_or_else(|_| {
            Err(format!("it runs longer than {PATIENCE:?}:\n{}", self.transcript.text))
        })
    }

    async fn command(&mut self, prepared: &Prepared) {
        let args = std::iter::once(BARE.to_owned())
            .chain(self.case.args.iter().map(|arg| self.doubles.placed(arg)));
        let mut run = Run::args(args).stdin(self.case.stdin.clone().into_bytes());
        run.deadline = self.case.deadline_ms.map(Duration::from_millis);
        let (held, theirs) = tokio::io::duplex(1);
        if self.case.endless_stdin {
            run.stdin = Input::Stream(Box::new(theirs));
        }
        let outcome = prepared.run(run).await;
        drop(held);
        self.outcome(&outcome);
    }

    fn outcome(&mut self, outcome: &Outcome) {
        match &outcome.ended {
            Ok(status) => self.transcript.line(&format!("status {status}")),
            Err(stopped) => self.transcript.refusal("stopped", stopped),
        }
        self.transcript.output("stdout", &outcome.stdout);
        self.transcript.output("stderr", &outcome.stderr);
        if outcome.truncated {
            self.transcript.line("output was cut");
        }
        self.log(&outcome.log);
    }

    async fn calls(&mut self, prepared: &Prepared, toolkit: &str) {
        let deadline = self.case.deadline_ms.map(Duration::from_millis);
        let mut instance = match prepared.start(Run { deadline, ..Run::default() }).await {
            Ok(instance) => instance,
            Err(stopped) => return self.transcript.refusal("stopped", &stopped),
        };
        for call in &self.case.calls {
            self.transcript.line(&format!("> {call}"));
            if call == "@revoke" {
                self.host.revoke(toolkit);
                continue;
            }
            let call = with_zeros(call, |count| format!("[{}]", "0,".repeat(count)));
            match instance.invoke(&self.doubles.placed(&call)).await {
                Ok(said) => self.transcript.value(&said.text),
                Err(stopped) => self.transcript.refusal("stopped", &stopped),
            }
        }
        if let Some(outcome) = instance.finish().await {
            self.log(&outcome.log);
        }
    }

    async fn asks(&mut self, prepared: &Prepared, granted: &Grant) -> Result<(), String> {
        let mut served = Served::default();
        for ask in &self.case.asks {
            self.transcript.line(&format!("> {ask}"));
            if ask == "@revoke" {
                self.host.revoke(granted.toolkit());
                served.ended().await;
                continue;
            }
            let (endpoint, question) = ask.split_once(' ').ok_or("an endpoint, then what")?;
            match served.at(prepared, endpoint) {
                Ok(server) => self.transcript.value(&asked(server, question).await),
                Err(refused) => self.transcript.refusal("refused", &refused),
            }
        }
        Ok(())
    }

    fn log(&mut self, log: &Log) {
        let lines = log.lines.iter().map(|line| {
            let level =
                format!("{:?}", line.level).rsplit("::").next().unwrap_or_default().to_lowercase();
            format!("{level} {}: {}\n", line.target.escape_debug(), line.message.escape_debug())
        });
        self.transcript.output("log", lines.collect::<String>().as_bytes());
        if log.dropped > 0 {
            self.transcript.line(&format!("{} lines of the log were dropped", log.dropped));
        }
    }

    fn kernel(&mut self, prepared: &Prepared) {
        let mut kernel = match prepared.kernel() {
            Ok(kernel) => kernel,
            Err(stopped) => return self.transcript.refusal("stopped", &stopped),
        };
        for input in &self.case.inputs {
            self.transcript.line(&format!("> {input}"));
            match kernel.process(with_zeros(input, |count| "\0".repeat(count)).as_bytes()) {
                Ok(Ok(answer)) => {
                    self.transcript.value(&format!("{:?}", String::from_utf8_lossy(&answer)));
                }
                Ok(Err(status)) => self.transcript.line(&format!("error {status}")),
                Err(stopped) => self.transcript.refusal("stopped", &stopped),
            }
        }
    }
}

/// The case is over: what it shows is in the transcript.
struct Ended;

/// `text` with each `{zeros:n}` replaced.
fn with_zeros(text: &str, zeros: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{zeros:") {
        let (count, tail) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(&zeros(count.parse().unwrap_or(0)));
        rest = tail;
    }
    out + rest
}
