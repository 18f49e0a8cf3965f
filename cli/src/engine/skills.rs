//! The skills of toolkits and the project's own word to their authors: found, read, checked.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use miette::{Diagnostic, Report};
use serde_json::{Value, json};
use thiserror::Error;
use workbooks_compilers::Origin;
use workbooks_host::library;
use workbooks_host::provenance::Files;
use workbooks_host::toolkit::skill::{self, Skill, SkillError, Skills, Tier};

use super::loaded::Loaded;
use crate::output::Style;
use crate::project::{self, AUTHORING};
use crate::session::Session;

/// Skills that are not as they should be.
#[derive(Debug, Error, Diagnostic)]
#[error("the skills of `{toolkit}` are not as they should be")]
#[diagnostic(
    code(workbooks::skill::unsound),
    help("`wbx toolkit show {AUTHORING}` says how skills are written here, if the project does")
)]
struct Unsound {
    toolkit: String,
    #[related]
    errors: Vec<SkillError>,
}

/// No word to authors.
#[derive(Debug, Error, Diagnostic)]
#[error("this project has no `{AUTHORING}` beside its toolkits")]
#[diagnostic(
    code(workbooks::cli::not_found::authoring),
    help("write one: it says how a toolkit is made here")
)]
struct NoAuthoring;

/// A toolkit's skills, and its files, or of a folder's the names with the texts among them.
pub(crate) fn read(loaded: &Loaded) -> Result<(Skills, Arc<Files>), Report> {
    let files = match &loaded.origin {
        Origin::Folder(folder) => Arc::new(library::texts(folder)?),
        Origin::Files(files) => Arc::clone(files),
    };
    Ok((Skills::read(&loaded.manifest, &files), files))
}

/// Refuses skills that are not as they should be, and counts those that are.
pub(crate) fn check(loaded: &Loaded) -> Result<usize, Report> {
    let (Skills { skills, errors, .. }, _) = read(loaded)?;
    if errors.is_empty() {
        return Ok(skills.len());
    }
    Err(Unsound { toolkit: loaded.manifest.id.clone(), errors }.into())
}

/// A skill for programs.
pub(crate) fn about(skill: &Skill) -> Value {
    let flags = skill.flags.iter().map(|(name, value)| (name.clone(), json!(value)));
    json!({
        "id": skill.id,
        "tier": skill.tier.word(),
        "title": skill.title,
        "version": skill.version.as_ref().map(ToString::to_string),
        "status": skill.status,
        "description": skill.description,
        "tags": skill.tags,
        "flags": flags.collect::<serde_json::Map<_, _>>(),
        "steps": skill.steps,
        "leaves": skill.leaves,
        "path": skill.path,
    })
}

/// A skill as a line of the index.
pub(crate) fn row(skill: &Skill) -> Vec<(Style, String)> {
    let tier = if skill.tier == Tier::Task { Style::Good } else { Style::Dim };
    let says = skill.description.clone().or_else(|| skill.title.clone()).unwrap_or_default();
    vec![
        (Style::Strong, skill.id.clone()),
        (tier, skill.tier.word().to_owned()),
        (Style::Plain, says),
    ]
}

/// Whether a TARGET means the project's word to authors: no id has capitals.
pub(crate) fn is_authoring(target: &str) -> bool {
    target == AUTHORING || Some(target) == AUTHORING.strip_suffix(".org")
}

/// Its path and text.
pub(crate) fn authoring(session: &Session) -> Result<(PathBuf, String), Report> {
    let path = project::root(session).ok_or(NoAuthoring)?.join(AUTHORING);
    if !crate::io::files::exists(&path) {
        return Err(NoAuthoring.into());
    }
    let bytes = crate::io::files::read_text(&path)?;
    Ok((path, String::from_utf8_lossy(&bytes).into_owned()))
}

/// Refuses it if it is not as it should be.
pub(crate) fn check_authoring(session: &Session, text: &str) -> Result<(), Report> {
    let root = project::root(session).ok_or(NoAuthoring)?;
    let files = library::texts(&root)?;
    let paths: BTreeSet<&str> = files.iter().map(|(path, _)| path).collect();
    match skill::check_document(AUTHORING, text.as_bytes(), &paths) {
        None => Ok(()),
        Some(error) => Err(error.into()),
    }
}
