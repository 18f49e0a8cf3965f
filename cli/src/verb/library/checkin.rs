//! `wbx library checkin MEMBER DIR`: all files of a checkout in the place of the member's.

use std::path::Path;

use miette::Report;
use serde_json::json;
use workbooks_host::library::Library;

use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Puts them there at once, and says what changed.
pub(super) fn checkin(
    session: &Session,
    library: &Library,
    id: &str,
    dir: &Path,
) -> Result<Answer, Report> {
    let done = library.checkin(id, &session.surroundings.folder.join(dir), |_, _| Ok(None))?;
    let lists = [
        (Style::Good, "+", &done.added),
        (Style::Plain, "~", &done.changed),
        (Style::Bad, "-", &done.removed),
        (Style::Dim, "left out:", &done.left_out),
    ];
    let same = lists[..3].iter().all(|(.., paths)| paths.is_empty());
    let says = if same { " is as it was" } else { " is checked in" };
    let mut text = Text::default().words(Style::Strong, id).line(says);
    for (style, sign, paths) in lists {
        for path in paths {
            text = text.words(style, format!("{sign} {path}")).end();
        }
    }
    if let Some(page) = &done.signed {
        text = text.line(format!("signed: {page}"));
    }
    let data = json!({
        "member": id,
        "added": done.added,
        "changed": done.changed,
        "removed": done.removed,
        "left_out": done.left_out,
        "signed": done.signed,
    });
    Ok(Answer::new(data, text))
}
