//! One verb, one file; here the one dispatch.

mod completions;
mod doctor;
mod help;
mod landing;
pub(crate) mod nearest;
mod toolkit;

#[cfg(not(target_family = "wasm"))]
mod audit;
#[cfg(not(target_family = "wasm"))]
mod bundle;
#[cfg(not(target_family = "wasm"))]
mod command;
#[cfg(not(target_family = "wasm"))]
mod grant;
#[cfg(not(target_family = "wasm"))]
mod key;
#[cfg(not(target_family = "wasm"))]
mod lane;
#[cfg(not(target_family = "wasm"))]
mod library;
#[cfg(not(target_family = "wasm"))]
mod revoke;
#[cfg(not(target_family = "wasm"))]
mod page;
#[cfg(not(target_family = "wasm"))]
mod secret;
#[cfg(not(target_family = "wasm"))]
mod serve;
#[cfg(not(target_family = "wasm"))]
mod trust;
#[cfg(not(target_family = "wasm"))]
mod wit;

use miette::Report;
use serde_json::json;

use crate::args::{Asked, Toolkit, Verb};
use crate::output::{Answer, Text};
use crate::session::Session;

/// Does what was asked.
pub(crate) fn dispatch(session: &Session, asked: Asked) -> Result<Answer, Report> {
    let verb = match asked {
        Asked::Text(text) => {
            return Ok(Answer::new(json!({ "text": text }), Text::default().block(text)));
        }
        Asked::Verb(None) => return Ok(landing::show(session)),
        Asked::Verb(Some(verb)) => verb,
    };
    match verb {
        Verb::Help { verbs } => help::show(session, &verbs),
        Verb::Completions { shell } => Ok(completions::print(shell)),
        Verb::Doctor => Ok(doctor::look(session)),
        Verb::Toolkit(Toolkit::New(new)) => toolkit::new::write(session, &new),
        of_engine => engine(session, of_engine),
    }
}

/// The verbs that need the engine in this process.
#[cfg(not(target_family = "wasm"))]
fn engine(session: &Session, verb: Verb) -> Result<Answer, Report> {
    use crate::args::{Command, Lane};
    match verb {
        Verb::Toolkit(Toolkit::List) => toolkit::list::list(session),
        Verb::Toolkit(Toolkit::Show { target, skill }) => match skill {
            None => toolkit::show::show(session, &target),
            Some(skill) => toolkit::skill::show(session, &target, &skill),
        },
        Verb::Toolkit(Toolkit::Check { target }) => toolkit::check::check(session, &target),
        Verb::Toolkit(Toolkit::Build { target, out }) => {
            toolkit::build::build(session, &target, out.as_deref())
        }
        Verb::Toolkit(Toolkit::Run(run)) => toolkit::run::run(session, run),
        Verb::Toolkit(Toolkit::Sign { target, tenant }) => {
            toolkit::sign::sign(session, target.as_deref(), &tenant)
        }
        Verb::Toolkit(Toolkit::Verify { target }) => {
            toolkit::verify::verify(session, target.as_deref())
        }
        Verb::Toolkit(Toolkit::Travel(travel)) => toolkit::travel(session, travel),
        Verb::Lane(Lane::List { lane }) => lane::list::list(session, lane.as_deref()),
        Verb::Lane(Lane::Install { lanes, all, from, prune, yes }) => {
            lane::install::install(session, lanes, all, from.as_deref(), prune, yes)
        }
        Verb::Lane(Lane::Verify { lane }) => lane::verify::verify(session, lane.as_deref()),
        Verb::Lane(Lane::Remove { lane, force }) => lane::remove::remove(session, &lane, force),
        Verb::Command(Command::List) => command::list(session),
        Verb::Command(Command::Add { name, target, profile, grant }) => {
            command::add(session, &name, &target, profile.as_deref(), &grant)
        }
        Verb::Command(Command::Remove { name }) => command::remove(session, &name),
        Verb::Wit { target, caps, lang, into: Some(into) } => {
            wit::write(session, target.as_deref(), &caps, lang, &into)
        }
        Verb::Wit { target, caps, .. } => wit::print(session, target.as_deref(), &caps),
        Verb::Grant { id, caps } => grant::grant(session, &id, &caps),
        Verb::Revoke { id, caps } => revoke::revoke(session, &id, &caps),
        Verb::Audit { toolkit, stats } => audit::show(session, toolkit.as_deref(), stats),
        Verb::Key(asked) => key::keep(session, &asked),
        Verb::Trust(asked) => trust::keep(session, asked),
        Verb::Secret(asked) => secret::keep(session, &asked),
        Verb::Library(asked) => library::serve(session, &asked),
        Verb::Serve(args) => serve::serve(session, &args),
        Verb::Sign { file, out } => page::sign(session, &file, out.as_deref()),
        Verb::Verify { file } => page::verify(session, &file),
        Verb::Bundle(args) => bundle::bundle(session, &args),
        Verb::Unbundle(args) => bundle::unbundle(session, &args),
        Verb::Toolkit(Toolkit::New(_))
        | Verb::Doctor
        | Verb::Completions { .. }
        | Verb::Help { .. } => {
            unreachable!("dispatch does these itself")
        }
    }
}

#[cfg(target_family = "wasm")]
fn engine(_: &Session, _: Verb) -> Result<Answer, Report> {
    #[derive(Debug, thiserror::Error, miette::Diagnostic)]
    #[error("this verb is not available in this build of wbx, which runs inside a sandbox")]
    #[diagnostic(code(workbooks::cli::not_available), help("use the native `wbx`"))]
    struct NotAvailable;
    Err(NotAvailable.into())
}
