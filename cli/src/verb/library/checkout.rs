//! `wbx library checkout MEMBER`: the files of a member, to work on.

use std::path::Path;

use miette::Report;
use serde_json::json;
use workbooks_host::library::Library;

use super::count;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Copies them into a folder.
pub(super) fn checkout(
    session: &Session,
    library: &Library,
    id: &str,
    into: Option<&Path>,
) -> Result<Answer, Report> {
    // Before its id becomes the name of a folder.
    let id = &library.find(id)?.id;
    let into = into.unwrap_or_else(|| Path::new(id.as_str()));
    let done = library.checkout(id, &session.surroundings.folder.join(into))?;
    let mut text = Text::default().words(Style::Strong, id).line(format!(
        " is checked out: {} in `{}`",
        count(done.files),
        into.display()
    ));
    for path in &done.left_out {
        text = text.words(Style::Dim, format!("left where it is: {path}")).end();
    }
    let data = json!({
        "member": id,
        "into": into.display().to_string(),
        "files": done.files,
        "left_out": done.left_out,
    });
    Ok(Answer::new(data, text))
}
