//! `wbx wit [--caps …]`: the WIT world of a guest with these capabilities.

use miette::Report;
use serde_json::json;

use crate::engine::{embedded, operator};
use crate::output::{Answer, Text};

/// Prints the world.
pub(crate) fn print(caps: &[String]) -> Result<Answer, Report> {
    let caps = operator::capabilities(caps)?;
    let text = embedded::world(&caps)?;
    Ok(Answer::new(json!({ "caps": caps, "wit": text }), Text::default().block(text)))
}
