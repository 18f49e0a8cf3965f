//! `wbx wit [TARGET] [--caps …]`: the WIT world of a toolkit, or of a guest with these capabilities;
//! with `--into`, what an editor wants to know of it.

use std::path::{Path, PathBuf};

use miette::Report;
use serde_json::json;
use workbooks_host::Shape;

use crate::args::{Lang, UsageError};
use crate::engine::{catalog, embedded, operator};
use crate::output::{Answer, Style, Text};
use crate::session::Session;

/// Prints the world.
pub(crate) fn print(
    session: &Session,
    target: Option<&str>,
    caps: &[String],
) -> Result<Answer, Report> {
    let (caps, text) = if let Some(target) = target {
        let loaded = catalog::find_toolkit(session, target)?.load(session)?;
        let caps = loaded.manifest.caps.iter().map(|cap| cap.value.clone()).collect();
        (caps, embedded::world_of(&loaded.manifest, &loaded.origin)?)
    } else {
        let caps = operator::capabilities(caps)?;
        let text = embedded::world(&caps)?;
        (caps, text)
    };
    Ok(Answer::new(json!({ "caps": caps, "wit": text }), Text::default().block(text)))
}

/// Writes what an editor wants to know of a toolkit, or of a component with tools, over what is
/// there.
pub(crate) fn write(
    session: &Session,
    target: Option<&str>,
    caps: &[String],
    lang: Option<Lang>,
    into: &Path,
) -> Result<Answer, Report> {
    let lang = lang.map(Lang::word);
    let (caps, files) = if let Some(target) = target {
        let loaded = catalog::find_toolkit(session, target)?.load(session)?;
        let manifest = &loaded.manifest;
        let caps: Vec<_> = manifest.caps.iter().map(|cap| cap.value.clone()).collect();
        let own = manifest.build_lang.map(workbooks_host::toolkit::Word::word);
        let (lang, wit) = (lang.or(own).ok_or_else(no_language)?, manifest.wit.as_deref());
        let files = embedded::typings(lang, &caps, manifest.exec, wit, &loaded.origin)?;
        (caps, files)
    } else {
        let (caps, lang) = (operator::capabilities(caps)?, lang.ok_or_else(no_language)?);
        let files = embedded::typings(lang, &caps, Shape::Component, None, &PathBuf::new().into())?;
        (caps, files)
    };
    let folder = session.surroundings.folder.join(into);
    let mut written = Vec::new();
    for (name, bytes) in files {
        session.io.write(&folder.join(&name), &bytes)?;
        written.push(into.join(name).display().to_string());
    }
    let text = written
        .iter()
        .fold(Text::default(), |text, path| text.words(Style::Good, "wrote ").line(path));
    Ok(Answer::new(json!({ "caps": caps, "written": written }), text))
}

fn no_language() -> UsageError {
    UsageError::Value {
        value: "--into".to_owned(),
        what: "enough: in which language?",
        help: "name a toolkit that has `#+BUILD_LANG`, or a language: `--lang c`".to_owned(),
    }
}
