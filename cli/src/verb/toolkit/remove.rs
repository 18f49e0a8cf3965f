//! `wbx toolkit remove ID`: gives up a toolkit that was added, and what it was granted.

use miette::Report;
use serde_json::json;

use super::add::{AddError, turn, write};
use crate::engine::workbook::Workbook;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Takes the grants first: a toolkit that is here still and may do nothing harms nobody. Its
/// content stays, as other workbooks may name it too.
pub(crate) fn remove(session: &Session, id: &str) -> Result<Answer, Report> {
    let workbook = Workbook::of(session);
    session.home.make()?;
    let _turn = turn(session)?;
    let mut added = workbook.lock(session)?;
    let gone = added.remove(id).ok_or_else(|| AddError::NotAdded { id: id.to_owned() })?;
    workbook.change(session, |policy| policy.forget(id))?;
    write(session, &workbook, &added)?;
    let text = Text::default()
        .words(Style::Strong, id)
        .line(format!(" {} is removed, and what it was granted", gone.version))
        .words(
            Style::Dim,
            "its files stay in the store of this installation, where other workbooks may name them",
        )
        .end();
    Ok(Answer::new(
        json!({ "removed": id, "version": gone.version.to_string(), "tree": gone.tree.to_string() }),
        text,
    ))
}
