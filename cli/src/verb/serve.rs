//! `wbx serve TARGET`: find → grant → build if stale → prepare → listen, until Ctrl-C.

use miette::{Diagnostic, Report};
use serde_json::json;
use thiserror::Error;
use workbooks_host::{Artifact, Drained, Grant, Host, Outcome, Policy, Prepared};

use crate::args::Serve;
use crate::engine::catalog::{self, Target};
use crate::engine::embedded;
use crate::engine::loaded::Loaded;
use crate::engine::operator::{self, Flags};
use crate::engine::serving::{Serving, ServingError};
use crate::output::{Answer, Style, Text};
use crate::session::Session;
use crate::verb::toolkit::run::show_log;

/// A toolkit that would listen nowhere.
#[derive(Debug, Error, Diagnostic)]
#[error("nobody says where `{toolkit}` is to be served")]
#[diagnostic(
    code(workbooks::cli::usage),
    help(
        "`wbx serve --listen web=127.0.0.1:8080 {toolkit}`, or in the policy, under \
         `[toolkit.{toolkit}.serve]`: `web = \"http://127.0.0.1:8080\"`"
    )
)]
struct Nowhere {
    toolkit: String,
}

/// Serves a toolkit or a bare file.
pub(crate) fn serve(session: &Session, args: &Serve) -> Result<Answer, Report> {
    let flags = Flags::read(args.profile.as_deref(), &args.grant, &args.mount)?;
    let flags = flags.serve(&args.listen)?;
    // What it shows its guests stays until they have ended.
    let mut loaded = None;
    let (host, prepared) = match catalog::find(session, &args.target)? {
        Target::Toolkit(toolkit) => {
            prepare_toolkit(session, loaded.insert(toolkit.load(session)?), &flags)?
        }
        Target::File(path) => {
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            let wasm = embedded::binary(session.io.read(&path)?)?;
            let grant = operator::grant_file(&stem.unwrap_or_default(), &flags)?;
            prepare(session, &Artifact::bare(&wasm), &grant)?
        }
    };
    let serving = Serving::open(&prepared)?;
    let answer = session.output.announce(listening(&serving));
    let toolkit = prepared.grant().toolkit();
    let withheld = |policy: Policy| {
        let said = policy.toolkit(toolkit).cloned().unwrap_or_default();
        (said.revoked, said.withheld)
    };
    let policy = || match &loaded {
        Some(loaded) => operator::policy_for(session, loaded),
        None => operator::policy(session),
    };
    let before = withheld(policy()?);
    let believed = || loaded.as_ref().is_none_or(|loaded| loaded.is_believed(session));
    // A policy that cannot be read takes nothing back: somebody is writing it.
    let stands = || {
        let stored = policy()
            .map(withheld)
            .map_or(true, |(revoked, words)| revoked <= before.0 && words.is_subset(&before.1));
        stored && believed()
    };
    match serving.wait(|outcome| tell(session, outcome), stands) {
        Some(Drained::Whole) => Ok(answer),
        Some(Drained::Cut) => {
            let text = Text::default().line("what had not ended was cut off");
            session.output.note(&text);
            Ok(answer)
        }
        None => {
            host.revoke(toolkit);
            let toolkit = toolkit.to_owned();
            if !believed() {
                return Err(ServingError::Distrusted { toolkit }.into());
            }
            Err(ServingError::Revoked { toolkit }.into())
        }
    }
}

fn prepare_toolkit(
    session: &Session,
    loaded: &Loaded,
    flags: &Flags,
) -> Result<(Host, Prepared), Report> {
    let manifest = &loaded.manifest;
    manifest.warnings.iter().for_each(|warning| session.output.warn(warning));
    let grant = operator::grant_toolkit(session, loaded, flags)?;
    let program = embedded::program(session, loaded)?;
    prepare(session, &program.artifact(manifest), &grant)
}

fn prepare(
    session: &Session,
    artifact: &Artifact<'_>,
    grant: &Grant,
) -> Result<(Host, Prepared), Report> {
    if grant.endpoints().is_empty() {
        return Err(Nowhere { toolkit: grant.toolkit().to_owned() }.into());
    }
    let host = embedded::host(session)?;
    let prepared = host.prepare(artifact, grant)?;
    Ok((host, prepared))
}

/// One line for each endpoint.
fn listening(serving: &Serving) -> Answer {
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for (name, server) in serving.servers() {
        let (scheme, address) = (server.scheme(), server.local_addr());
        let url = format!("{scheme}://{address}");
        data.push(json!({ "name": name, "url": url, "address": address.to_string() }));
        rows.push(vec![(Style::Strong, name.to_owned()), (Style::Plain, url)]);
    }
    Answer::new(json!({ "endpoints": data }), Text::default().table(rows))
}

/// What a guest left behind that a person should see; peers see nothing of it.
fn tell(session: &Session, outcome: Outcome) {
    drop(show_log(session, &outcome));
    if !outcome.stderr.is_empty() {
        let text = String::from_utf8_lossy(&outcome.stderr);
        session.output.note(&Text::default().line(text.trim_end()));
    }
    if let Err(error) = outcome.ended {
        session.output.warn(&error);
    }
}
