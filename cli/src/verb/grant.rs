//! `wbx grant ID CAP…`: lets a toolkit have capabilities, from now on. What was added gets them in
//! this workbook alone.

use miette::Report;
use serde_json::json;
use workbooks_host::toolkit::TrustClaim;

use crate::args::UsageError;
use crate::engine::catalog::{FindError, Provenance, Toolkit};
use crate::engine::loaded::{Loaded, claimed};
use crate::engine::{catalog, operator};
use crate::io::files;
use crate::output::{Answer, Style, Text};
use crate::project::is_id;
use crate::session::Session;

/// Grants, and lifts a revocation.
pub(crate) fn grant(session: &Session, id: &str, caps: &[String]) -> Result<Answer, Report> {
    let id = checked(id)?;
    let caps = operator::capabilities(caps)?;
    let found = known(session, id, "grant")?;
    let loaded = found.as_ref().map(|found| usable(session, found)).transpose()?.flatten();
    let publisher = loaded.as_ref().and_then(Loaded::publisher);
    let folder = found.as_ref().and_then(Toolkit::folder).map(files::real);
    let policy = operator::change_for(session, found.as_ref(), |policy| {
        let said = policy.toolkit_mut(id);
        if found.is_some() && said.publisher.as_ref() != publisher {
            // What was meant for another is not for this one.
            *said = said.of_anyone();
            said.publisher = publisher.cloned();
        }
        if let Some(folder) = folder.as_deref().and_then(std::path::Path::to_str) {
            said.folder = Some(folder.to_owned());
        }
        policy.grant(id, caps.iter().map(String::as_str));
    })?;
    if let Some(loaded) = &loaded {
        remark(session, loaded, &caps)?;
    }
    let all: Vec<_> =
        policy.toolkit(id).into_iter().flat_map(|toolkit| toolkit.grants.iter().cloned()).collect();
    let says = if all.is_empty() {
        " may run".to_owned()
    } else {
        format!(" may have: {}", all.join(" "))
    };
    let text = Text::default().words(Style::Strong, id).line(says);
    let publisher = publisher.map(ToString::to_string);
    Ok(Answer::new(json!({ "toolkit": id, "granted": all, "publisher": publisher }), text))
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

/// The toolkit of this id. There may be none yet: a grant or revocation may come before it.
pub(super) fn known(
    session: &Session,
    id: &str,
    what: &'static str,
) -> Result<Option<Toolkit>, Report> {
    match catalog::find_toolkit(session, id).map_err(Report::downcast::<FindError>) {
        Ok(toolkit) => Ok(Some(toolkit)),
        Err(Ok(unknown @ FindError::Unknown { .. })) => {
            session.output.warn(&Unused { what, unknown });
            Ok(None)
        }
        Err(Ok(other)) => Err(other.into()),
        Err(Err(other)) => Err(other),
    }
}

/// What is granted to. A manifest of the user's own may still have a mistake; a third party has to
/// be verified, as the grant is its publisher's.
fn usable(session: &Session, found: &Toolkit) -> Result<Option<Loaded>, Report> {
    let own = match &found.provenance {
        Provenance::Own(folder) | Provenance::Named(folder) => {
            claimed(folder).map_or(true, |manifest| manifest.trust == TrustClaim::FirstParty)
        }
        Provenance::Added(_) => false,
    };
    match found.load(session) {
        Ok(loaded) => Ok(Some(loaded)),
        Err(_) if own => Ok(None),
        Err(refused) => Err(refused),
    }
}

/// What is granted in vain.
fn remark(session: &Session, loaded: &Loaded, caps: &[String]) -> Result<(), Report> {
    let manifest = &loaded.manifest;
    let note = |line| session.output.note(&Text::default().words(Style::Dim, line).end());
    for cap in caps {
        if manifest.caps.iter().all(|declared| declared.value != *cap) {
            let id = &manifest.id;
            note(format!(
                "note: `{id}` does not ask for `{cap}`; it gets it once its `#+CAPS:` does"
            ));
        }
    }
    let policy = operator::policy_for(session, loaded)?;
    if let Some(said) = policy.toolkit(&manifest.id)
        && (said.revoked || caps.iter().any(|cap| said.withheld.contains(cap)))
    {
        let file = session.home.policy();
        note(format!(
            "note: the policy of this installation, `{}`, still takes it",
            file.display()
        ));
    }
    Ok(())
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
    pub(super) unknown: FindError,
}
