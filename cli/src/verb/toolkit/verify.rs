//! `wbx toolkit verify [TARGET]`: whether each file of a toolkit is what somebody signed who is
//! trusted. Nobody is asked, and nothing of it is run.

use std::path::Path;

use miette::Report;
use serde_json::json;
use workbooks_host::provenance::{self, Timestamp};
use workbooks_host::registry::archive;

use super::sign::manifest_of;
use crate::engine::{catalog, identity};
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Verifies a toolkit of the project, a folder or an archive.
pub(crate) fn verify(session: &Session, target: Option<&str>) -> Result<Answer, Report> {
    let target = target.unwrap_or(".");
    let (package, folder) = if archive::ENDINGS.iter().any(|ending| target.ends_with(ending)) {
        (archive::read_archive(&session.surroundings.folder.join(target))?, None)
    } else {
        let found = catalog::find_toolkit(session, target)?;
        (found.package(session)?, found.folder().map(Path::to_owned))
    };
    let trust = identity::trust(session)?;
    let verified = provenance::verify(&package, &trust, Timestamp::now())?;
    verified.check(&manifest_of(&package, folder.as_deref())?)?;
    let statement = verified.statement();
    let (id, version, publisher) = (&statement.toolkit, &statement.version, verified.publisher());
    let own = trust.is_own(publisher);
    let who = match verified.name() {
        Some(name) => format!("{name}, {publisher}"),
        None if own => format!("you, {publisher}"),
        None => publisher.to_string(),
    };
    let text = Text::default()
        .words(Style::Strong, id)
        .words(Style::Good, " is")
        .line(format!(" what {who} signed as version {version}: files: {}", statement.files.len()));
    let data = json!({
        "id": id, "version": version.to_string(), "publisher": publisher.to_string(),
        "name": verified.name(), "own": own, "issued": statement.issued.to_string(),
        "files": statement.files.len(), "tree": verified.tree().to_string(),
    });
    Ok(Answer::new(data, text))
}
