//! `wbx revoke ID [CAP…]`: takes capabilities from a toolkit, or its leave to run.

use miette::Report;
use serde_json::json;

use super::grant::{Unused, checked};
use crate::engine::{catalog, operator};
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Revokes.
pub(crate) fn revoke(session: &Session, id: &str, caps: &[String]) -> Result<Answer, Report> {
    let id = checked(id)?;
    let caps = operator::capabilities(caps)?;
    let words: Vec<_> = caps.iter().map(String::as_str).collect();
    operator::change(session, |policy| policy.revoke(id, (!words.is_empty()).then_some(&words)))?;
    if let Err(unknown) = catalog::find_toolkit(session, id) {
        session.output.warn(&Unused { what: "revocation", unknown });
    }
    let says = match &words[..] {
        [] => " may not run".to_owned(),
        words => format!(" may not have: {}", words.join(" ")),
    };
    let data = json!({ "toolkit": id, "withheld": caps, "revoked": words.is_empty() });
    Ok(Answer::new(data, Text::default().words(Style::Strong, id).line(says)))
}
