//! `wbx lane verify [LANE]`: reads every file of compilers again.

use miette::Report;
use serde_json::json;

use crate::engine::lanes;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Reads a lane, or all that are here; the first difference is the failure.
pub(crate) fn verify(session: &Session, lane: Option<&str>) -> Result<Answer, Report> {
    let words = match lane {
        Some(lane) => vec![lane],
        None => lanes::here(session)?,
    };
    let mut text = Text::default();
    for word in &words {
        lanes::verify(session, word)?;
        text = text.words(Style::Good, "verified").line(format!(": the lane `{word}`"));
    }
    if words.is_empty() {
        text = text.line("no lane is installed");
    }
    Ok(Answer::new(json!({ "verified": words }), text))
}
