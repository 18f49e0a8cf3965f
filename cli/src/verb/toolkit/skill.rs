//! `wbx toolkit show ID SKILL`: one skill of a toolkit, or a text beside it, as it is written.

use miette::{Diagnostic, Report};
use serde_json::json;
use thiserror::Error;

use crate::engine::{catalog, skills};
use crate::output::{Answer, Text};
use crate::session::Session;
use crate::verb::nearest::nearest;

/// No such skill.
#[derive(Debug, Error, Diagnostic)]
#[error("the toolkit `{toolkit}` has no skill `{skill}`")]
#[diagnostic(code(workbooks::cli::not_found::skill), help("{help}"))]
struct Unknown {
    toolkit: String,
    skill: String,
    help: String,
}

/// Prints it, and names the texts beside it.
pub(crate) fn show(session: &Session, target: &str, name: &str) -> Result<Answer, Report> {
    let toolkit = catalog::find_toolkit(session, target)?;
    let loaded = toolkit.load(session)?;
    let manifest = &loaded.manifest;
    let (skills, files) = skills::read(&loaded)?;
    let Some(path) = skills.find(name) else {
        let ids = skills.skills.iter().map(|skill| skill.id.as_str());
        let help = match (nearest(name, ids), skills.skills.len()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, 0) => "it has none".to_owned(),
            (None, _) => format!("`wbx toolkit show {}` lists them", manifest.id),
        };
        let (toolkit, skill) = (manifest.id.clone(), name.to_owned());
        return Err(Unknown { toolkit, skill, help }.into());
    };
    let content = String::from_utf8_lossy(files.get(&path).unwrap_or_default()).into_owned();
    let whole = skills.skills.iter().find(|skill| skill.path == path);
    let mut data = whole.map_or_else(|| json!({ "path": path }), skills::about);
    data["toolkit"] = manifest.id.clone().into();
    data["text"] = content.clone().into();
    let mut text = Text::default().block(content);
    for leaf in whole.iter().flat_map(|skill| &skill.leaves) {
        text = text.line(format!("more: `wbx toolkit show {} {name}/{leaf}`", manifest.id));
    }
    Ok(Answer::new(data, text))
}
