//! `wbx wit [TARGET] [--caps …]`: the WIT world of a toolkit, or of a guest with these capabilities.

use miette::Report;
use serde_json::json;

use crate::engine::{catalog, embedded, operator};
use crate::output::{Answer, Text};
use crate::session::Session;

/// Prints the world.
pub(crate) fn print(
    session: &Session,
    target: Option<&str>,
    caps: &[String],
) -> Result<Answer, Report> {
    let (caps, text) = match target {
        Some(target) => {
            let toolkit = catalog::find_toolkit(session, target)?;
            let manifest = toolkit.manifest(session)?;
            let caps = manifest.caps.iter().map(|cap| cap.value.clone()).collect();
            (caps, embedded::world_of(&manifest, &toolkit.folder)?)
        }
        None => {
            let caps = operator::capabilities(caps)?;
            let text = embedded::world(&caps)?;
            (caps, text)
        }
    };
    Ok(Answer::new(json!({ "caps": caps, "wit": text }), Text::default().block(text)))
}
