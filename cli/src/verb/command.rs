//! `wbx command list|add|remove`: the commands that toolkits may run by name.

use miette::{Diagnostic, Report};
use serde_json::json;
use thiserror::Error;
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::toolkit::ArgMode;
use workbooks_host::{Grant, Host};

use crate::engine::catalog::{self, Target};
use crate::engine::operator::{self, Flags};
use crate::engine::{commands, embedded};
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// A command is one file.
#[derive(Debug, Error, Diagnostic)]
#[error(
    "`{toolkit}` shows its guest files of its own (`#+PREOPEN`), which a command does not keep"
)]
#[diagnostic(
    code(workbooks::command::files),
    help("the project's own toolkits run it by its id, without its being made a command")
)]
struct NotKept {
    toolkit: String,
}

/// Lists what was added, and the project's own toolkits that are commands.
pub(crate) fn list(session: &Session) -> Result<Answer, Report> {
    let added = commands::added(session).list(Host::TENANT)?;
    let known = |id: &String| added.iter().any(|(name, _)| name == id);
    let mut own = commands::toolkits(session);
    own.retain(|id| !known(id));
    let mut rows = Vec::new();
    let mut data = Vec::new();
    for (name, entry) in &added {
        let words: Vec<_> = entry.policy.grants.iter().map(String::as_str).collect();
        rows.push(vec![
            (Style::Strong, name.clone()),
            (Style::Plain, "added".to_owned()),
            (Style::Dim, entry.sha256.chars().take(12).collect()),
            (Style::Plain, words.join(" ")),
        ]);
        data.push(json!({
            "name": name, "source": "added", "sha256": entry.sha256,
            "profile": entry.profile, "grants": words,
        }));
    }
    for id in own {
        data.push(json!({ "name": id, "source": "toolkit" }));
        rows.push(vec![(Style::Strong, id), (Style::Plain, "toolkit".to_owned())]);
    }
    Ok(Answer::new(json!({ "commands": data }), Text::default().table(rows)))
}

/// Adds a command, or puts another program behind its name.
pub(crate) fn add(
    session: &Session,
    name: &str,
    target: &str,
    profile: Option<&str>,
    grants: &[String],
) -> Result<Answer, Report> {
    let flags = Flags::read(profile, grants, &[])?;
    let (wasm, mode, grant, publisher) = match catalog::find(session, target)? {
        Target::Toolkit(toolkit) => {
            let loaded = toolkit.load(session)?;
            let id = &loaded.manifest.id;
            if loaded.verified.is_some() && loaded.manifest.preopen.is_some() {
                return Err(NotKept { toolkit: id.clone() }.into());
            }
            let grant = operator::grant_toolkit(session, &loaded, &flags)?;
            let program = embedded::program(session, &loaded)?;
            let publisher = loaded.publisher().cloned();
            (program.file()?.into_owned(), loaded.manifest.arg_mode, grant, publisher)
        }
        Target::File(path) => {
            let wasm = embedded::binary(session.io.read(&path)?)?;
            (wasm, ArgMode::Argv, operator::grant_file(name, &flags)?, None)
        }
    };
    session.home.make()?;
    let bounds = (grant.profile(), ToolkitPolicy { publisher, ..stored(&grant) });
    let entry = commands::added(session).add(Host::TENANT, name, &wasm, mode, bounds)?;
    let words: Vec<_> = entry.policy.grants.iter().map(String::as_str).collect();
    let may = if words.is_empty() { "nothing".to_owned() } else { words.join(" ") };
    let text = Text::default()
        .words(Style::Strong, name)
        .line(format!(" is a command now; by itself it may have: {may}"));
    let data =
        json!({ "name": name, "sha256": entry.sha256, "profile": entry.profile, "grants": words });
    Ok(Answer::new(data, text))
}

/// What a grant allows, as it is stored.
fn stored(grant: &Grant) -> ToolkitPolicy {
    ToolkitPolicy {
        grants: grant.capabilities().clone(),
        net: grant.net().list().map(<[_]>::to_vec),
        private: grant.private().to_vec(),
        sign: grant.sign().clone(),
        posix: grant.programs().clone(),
        llm_tokens: grant.llm_tokens(),
        mounts: grant.mounts().to_vec(),
        env: grant.env().clone(),
        secrets: grant.secrets().clone(),
        ..ToolkitPolicy::default()
    }
}

/// Forgets a command.
pub(crate) fn remove(session: &Session, name: &str) -> Result<Answer, Report> {
    commands::added(session).remove(Host::TENANT, name)?;
    let text = Text::default().words(Style::Strong, name).line(" is no command any more");
    Ok(Answer::new(json!({ "name": name }), text))
}
