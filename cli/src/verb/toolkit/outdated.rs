//! `wbx toolkit outdated`: which toolkits that were added have newer versions. Changes nothing.

use miette::Report;
use serde_json::json;

use super::update::newer;
use crate::engine::workbook::Workbook;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Asks where each came from. A registry that does not answer is said, and the others are asked.
pub(crate) fn outdated(session: &Session) -> Result<Answer, Report> {
    let added = Workbook::of(session).lock(session)?;
    let (mut data, mut rows) = (Vec::new(), Vec::new());
    for entry in added.entries() {
        let newest = newer(session, entry);
        let (newest, error) = match newest {
            Ok(newest) => (newest.map(|version| version.to_string()), None),
            Err(error) => (None, Some(error.to_string())),
        };
        if newest.is_some() || error.is_some() {
            rows.push(vec![
                (Style::Strong, entry.id.clone()),
                (Style::Plain, entry.version.to_string()),
                match (&newest, &error) {
                    (Some(newest), _) => (Style::Good, newest.clone()),
                    _ => (Style::Bad, "?".to_owned()),
                },
                (Style::Dim, if entry.pinned { "pinned" } else { "" }.to_owned()),
                (Style::Plain, error.clone().unwrap_or_default()),
            ]);
        }
        data.push(json!({
            "id": entry.id, "version": entry.version.to_string(), "newest": newest,
            "pinned": entry.pinned, "error": error,
        }));
    }
    let text = match (rows.len(), data.len()) {
        (_, 0) => Text::default().line("no toolkit was added here"),
        (0, _) => Text::default().line("all that was added is the newest"),
        _ => Text::default().table(rows),
    };
    Ok(Answer::new(json!({ "toolkits": data }), text))
}
