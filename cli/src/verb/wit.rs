//! `wbx wit [--caps …]`: the WIT world of a guest with these capabilities, or, with `--lang`, what
//! an editor wants to know of it.

use std::path::Path;

use miette::Report;
use serde_json::json;
use workbooks_host::Shape;

use crate::args::Lang;
use crate::engine::{embedded, operator};
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Prints the world.
pub(crate) fn print(caps: &[String]) -> Result<Answer, Report> {
    let caps = operator::capabilities(caps)?;
    let text = embedded::world(&caps)?;
    Ok(Answer::new(json!({ "caps": caps, "wit": text }), Text::default().block(text)))
}

/// Writes the typings of a component with tools for one language into a folder, over what is there.
pub(crate) fn write(
    session: &Session,
    caps: &[String],
    lang: Lang,
    into: &Path,
) -> Result<Answer, Report> {
    let caps = operator::capabilities(caps)?;
    let folder = session.surroundings.folder.join(into);
    let mut written = Vec::new();
    for (name, bytes) in embedded::typings(lang.word(), &caps, Shape::Component, None)? {
        session.io.write(&folder.join(&name), &bytes)?;
        written.push(into.join(name).display().to_string());
    }
    let text = written
        .iter()
        .fold(Text::default(), |text, path| text.words(Style::Good, "wrote ").line(path));
    Ok(Answer::new(json!({ "caps": caps, "written": written }), text))
}
