//! `wbx lane remove LANE`: removes a compiler, and the code that was generated for it.

use miette::Report;
use serde_json::json;

use crate::engine::lanes;
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Removes a lane that no other needs, or any with `force`.
pub(crate) fn remove(session: &Session, lane: &str, force: bool) -> Result<Answer, Report> {
    let removed = lanes::remove(session, lane, force)?;
    let text = if removed {
        Text::default().words(Style::Good, "removed").line(format!(": the lane `{lane}`"))
    } else {
        Text::default().line(format!("the lane `{lane}` was not installed"))
    };
    Ok(Answer::new(json!({ "lane": lane, "removed": removed }), text))
}
