//! `wbx grant ID CAP…`: lets a toolkit have capabilities, from now on.

use miette::Report;
use serde_json::json;

use crate::args::UsageError;
use crate::engine::{catalog, operator};
use crate::io::files;
use crate::output::{Answer, Style, Text};
use crate::project::is_id;
use crate::session::Session;

/// Grants, and lifts a revocation.
pub(crate) fn grant(session: &Session, id: &str, caps: &[String]) -> Result<Answer, Report> {
    let id = checked(id)?;
    let caps = operator::capabilities(caps)?;
    let meant = catalog::find_toolkit(session, id).ok().map(|found| files::real(&found.folder));
    let policy = operator::change(session, |policy| {
        policy.grant(id, caps.iter().map(String::as_str));
        if let Some(folder) = meant.as_deref().and_then(std::path::Path::to_str) {
            policy.toolkit_mut(id).folder = Some(folder.to_owned());
        }
    })?;
    remark(session, id, &caps);
    let all: Vec<_> =
        policy.toolkit(id).into_iter().flat_map(|toolkit| toolkit.grants.iter().cloned()).collect();
    let says = if all.is_empty() {
        " may run".to_owned()
    } else {
        format!(" may have: {}", all.join(" "))
    };
    let text = Text::default().words(Style::Strong, id).line(says);
    Ok(Answer::new(json!({ "toolkit": id, "granted": all }), text))
}

/// The id, if it can be one: another would spoil the policy.
pub(super) fn checked(id: &str) -> Result<&str, UsageError> {
    let help = || {
        "an id has lower-case letters, digits and `-`: `wbx toolkit list` shows those that there are".into()
    };
    is_id(id).then_some(id).ok_or_else(|| UsageError::Value {
        value: id.to_owned(),
        what: "a toolkit's id",
        help: help(),
    })
}

/// A grant may come before its toolkit, so that neither of these is an error.
fn remark(session: &Session, id: &str, caps: &[String]) {
    let manifest = match catalog::find_toolkit(session, id) {
        Ok(toolkit) => toolkit.manifest(session),
        Err(unknown) => return session.output.warn(&Unused { what: "grant", unknown }),
    };
    let Ok(manifest) = manifest else { return };
    let idle: Vec<_> = caps
        .iter()
        .filter(|cap| manifest.caps.iter().all(|declared| declared.value != **cap))
        .collect();
    for cap in idle {
        let line =
            format!("note: `{id}` does not ask for `{cap}`; it gets it once its `#+CAPS:` does");
        session.output.note(&Text::default().words(Style::Dim, line).end());
    }
}

#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("the {what} is stored, but {unknown}")]
#[diagnostic(
    code(workbooks::cli::unused_grant),
    severity(Warning),
    help("is the id right? a {what} may come before its toolkit")
)]
pub(super) struct Unused {
    pub(super) what: &'static str,
    pub(super) unknown: catalog::FindError,
}
