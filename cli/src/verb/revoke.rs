//! `wbx revoke ID [CAP…]`: takes capabilities from a toolkit, or its leave to run. Of what was added
//! they are taken in this workbook, of all else wherever it is run.

use miette::Report;
use serde_json::json;

use super::grant::{checked, known};
use crate::engine::operator;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Revokes.
pub(crate) fn revoke(session: &Session, id: &str, caps: &[String]) -> Result<Answer, Report> {
    let id = checked(id)?;
    let caps = operator::capabilities(caps)?;
    let words: Vec<_> = caps.iter().map(String::as_str).collect();
    // Nothing has to be in order for something to be taken: what is unclear is taken everywhere.
    let found = known(session, id, "revocation").unwrap_or_default();
    operator::change_for(session, found.as_ref(), |policy| {
        policy.revoke(id, (!words.is_empty()).then_some(&words));
    })?;
    let says = match &words[..] {
        [] => " may not run".to_owned(),
        words => format!(" may not have: {}", words.join(" ")),
    };
    let data = json!({ "toolkit": id, "withheld": caps, "revoked": words.is_empty() });
    Ok(Answer::new(data, Text::default().words(Style::Strong, id).line(says)))
}
