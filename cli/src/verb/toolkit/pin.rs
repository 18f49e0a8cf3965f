//! `wbx toolkit pin ID [VERSION]`: keeps a toolkit that was added at a version, which may be an
//! older one: who names it means it.

use miette::Report;
use semver::Version;
use serde_json::json;

use super::add::{AddError, Belief, Candidate, Consent, Place, install, turn, write};
use crate::args::UsageError;
use crate::engine::registries;
use crate::engine::workbook::Workbook;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Pins, or lets it be updated again. Grants stay what they are.
pub(crate) fn pin(
    session: &Session,
    id: &str,
    version: Option<&str>,
    unpin: bool,
) -> Result<Answer, Report> {
    let workbook = Workbook::of(session);
    let version = version.map(parsed).transpose()?;
    let added = workbook.lock(session)?;
    let entry = added.find(id).ok_or_else(|| AddError::NotAdded { id: id.to_owned() })?;
    let version = version.filter(|version| *version != entry.version);
    if let Some(version) = &version {
        let came = registries::fetch_version(session, entry, version)?;
        let candidate = Candidate::of(session, came, Belief::default())?;
        let place = Place { back: true, pinned: Some(true), locked: false };
        install(session, &workbook, &candidate, &Consent::AsBefore, place)?;
    } else {
        session.home.make()?;
        let _turn = turn(session)?;
        let mut added = workbook.lock(session)?;
        let mut entry = added.remove(id).ok_or_else(|| AddError::NotAdded { id: id.to_owned() })?;
        entry.pinned = !unpin;
        added.insert(entry);
        write(session, &workbook, &added)?;
    }
    let at = version.unwrap_or_else(|| entry.version.clone());
    let says = if unpin { "may be updated again" } else { "is pinned" };
    let text = Text::default().words(Style::Strong, id).line(format!(" {at} {says}"));
    Ok(Answer::new(json!({ "id": id, "version": at.to_string(), "pinned": !unpin }), text))
}

fn parsed(text: &str) -> Result<Version, UsageError> {
    Version::parse(text).map_err(|_| UsageError::Value {
        value: text.to_owned(),
        what: "a version",
        help: "write one whole: `1.2.0`; `wbx toolkit outdated` says which are newer".to_owned(),
    })
}
