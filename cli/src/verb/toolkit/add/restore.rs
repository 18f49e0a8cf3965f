//! `wbx toolkit add` without a source: everything that the lock names, exactly as it names it.

use miette::Report;
use serde_json::json;
use workbooks_host::registry::{Entry, Store};

use super::{AddError, Belief, Candidate, Consent, Place, belief, consented, install, keep_to};
use crate::args::Add;
use crate::engine::registries;
use crate::engine::workbook::Workbook;
use crate::io::files;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Fetches what is not here, and asks about what was never granted anything here.
pub(super) fn restore(session: &Session, args: &Add) -> Result<Answer, Report> {
    let workbook = Workbook::of(session);
    if !files::exists(&workbook.lock_file()) {
        return Err(AddError::NoLock.into());
    }
    let added = workbook.lock(session)?;
    let (mut data, mut rows) = (Vec::new(), Vec::new());
    for entry in added.entries() {
        let was_here = one(session, &workbook, entry, args)?;
        let state = if was_here { "was here" } else { "is added" };
        data.push(json!({ "id": entry.id, "version": entry.version.to_string(),
                          "fetched": !was_here }));
        rows.push(vec![
            (Style::Strong, entry.id.clone()),
            (Style::Plain, entry.version.to_string()),
            (Style::Good, state.to_owned()),
        ]);
    }
    let text = match rows.len() {
        0 => Text::default().line("`wbx.lock` names no toolkit"),
        _ => Text::default().table(rows),
    };
    Ok(Answer::new(json!({ "toolkits": data }), text))
}

/// Whether it was here already.
fn one(session: &Session, workbook: &Workbook, entry: &Entry, args: &Add) -> Result<bool, Report> {
    let stored = Store::new(session.home.store()).get(&entry.tree, &entry.envelope);
    // What is damaged is fetched again.
    let stored = stored.ok().flatten();
    let was_here = stored.is_some();
    let came = match stored {
        Some(package) => registries::Came::stored(package, entry),
        None => registries::fetch_locked(session, entry)?,
    };
    let candidate = Candidate::of(session, came, Belief { vouch: false, ..belief(args) })?;
    if candidate.id() != entry.id {
        let why = format!("its source gave `{}`", candidate.id());
        return Err(AddError::Drift { id: entry.id.clone(), why }.into());
    }
    keep_to(entry, &candidate)?;
    let place = Place { locked: true, ..Place::default() };
    let policy = workbook.policy(session)?;
    let known = policy.toolkit(&entry.id).and_then(|toolkit| toolkit.publisher.as_ref());
    let consent = if known == Some(&entry.publisher) {
        if was_here {
            return Ok(true);
        }
        Consent::AsBefore
    } else {
        Consent::To(consented(session, workbook, &candidate, args)?)
    };
    install(session, workbook, &candidate, &consent, place)?;
    Ok(was_here)
}
