//! `wbx toolkit new ID`: writes a toolkit that builds, with what its author's editor wants to know
//! of its world. Never overwrites.

mod templates;

use std::path::{Path, PathBuf};

use miette::{Diagnostic, Report};
use serde_json::json;
use thiserror::Error;
use workbooks_host::Shape;

use crate::args::{Exec, New, UsageError};
use crate::engine::embedded;
use crate::engine::workbook::Workbook;
use crate::io::files;
use crate::output::{Answer, Style, Text};
use crate::project::{self, MANIFEST, TOOLKITS, is_id};
use crate::session::Session;

/// Something is there already.
#[derive(Debug, Error, Diagnostic)]
#[error("`{}` exists already", path.display())]
#[diagnostic(
    code(workbooks::cli::conflict),
    help("choose another id, or remove that folder first; nothing was written")
)]
struct Exists {
    path: PathBuf,
}

/// A toolkit of somebody else has the id.
#[derive(Debug, Error, Diagnostic)]
#[error("`{id}` was added to this workbook already, from `{origin}`")]
#[diagnostic(
    code(workbooks::cli::conflict::added),
    help(
        "two toolkits of one id cannot be told apart: choose another id, or give that one up by \
         `wbx toolkit remove {id}`; nothing was written"
    )
)]
struct Added {
    id: String,
    origin: String,
}

/// The manifest; `{id}`, `{shape}`, `{lang}` and `{example}` are filled in.
const MANIFEST_TEXT: &str = include_str!("manifest.org");
/// The world by which a component answers requests.
const HTTP: &str = "handler-http";

/// Writes the manifest, the source, and the typings.
pub(crate) fn write(session: &Session, new: &New) -> Result<Answer, Report> {
    let id = &new.id;
    if !is_id(id) {
        let help =
            "write lower-case letters, digits and `-`, and begin with a letter or digit: `my-tool`"
                .into();
        return Err(UsageError::Value { value: id.clone(), what: "an id", help }.into());
    }
    let root = project::root(session).unwrap_or_else(|| session.surroundings.folder.join(TOOLKITS));
    let folder = root.join(id);
    if files::exists(&folder) {
        return Err(Exists { path: folder }.into());
    }
    if let Some(entry) = Workbook::of(session).lock(session)?.find(id) {
        return Err(Added { id: id.clone(), origin: entry.source.clone() }.into());
    }
    let template = templates::find(new)?;
    let (shape, wit, caps, example) = match new.exec {
        Exec::Command => (Shape::Command, None, None, format!("wbx toolkit run {id} you")),
        Exec::Component => {
            let call = format!("wbx toolkit run --invoke 'call(\"echo\", \"[1, 2]\")' {id}");
            (Shape::Component, None, None, call)
        }
        Exec::Kernel => (Shape::Kernel, None, None, format!("echo hello | wbx toolkit run {id}")),
        Exec::Http => {
            let serve = format!("wbx serve --listen web=127.0.0.1:8080 {id}");
            (Shape::Component, Some(HTTP), Some("serve"), serve)
        }
    };
    let written_shape =
        wit.map_or_else(|| shape.to_string(), |world| format!("{shape}\n#+WIT: {world}"));
    let manifest = MANIFEST_TEXT
        .replace("#+CAPS:", &caps.map_or("#+CAPS:".to_owned(), |caps| format!("#+CAPS: {caps}")))
        .replace("{id}", id)
        .replace("{shape}", &written_shape)
        .replace("{lang}", template.word)
        .replace("{example}", &example);
    let caps: Vec<_> = caps.into_iter().map(str::to_owned).collect();
    let mut written = vec![folder.join(MANIFEST)];
    files::write_new(&written[0], manifest.as_bytes())?;
    for (name, text) in template.files {
        let path = folder.join("src").join(name.replace("{id}", id));
        files::write_new(&path, text.replace("{id}", id).as_bytes())?;
        written.push(path);
    }
    for (name, bytes) in
        embedded::typings(template.word, &caps, shape, wit, &folder.as_path().into())?
    {
        let path = folder.join(name);
        files::write_new(&path, &bytes)?;
        written.push(path);
    }
    let text = written
        .iter()
        .fold(Text::default(), |text, path| {
            text.words(Style::Good, "wrote ").line(shown(session, path))
        })
        .words(Style::Plain, "next: ")
        .words(Style::Strong, example.as_str())
        .end();
    let written: Vec<_> = written.iter().map(|path| path.display().to_string()).collect();
    let data = json!({ "id": id, "folder": folder.display().to_string(), "written": written, "next": example });
    Ok(Answer::new(data, text))
}

/// The path from the current folder, where it lies below.
fn shown(session: &Session, path: &Path) -> String {
    path.strip_prefix(&session.surroundings.folder).unwrap_or(path).display().to_string()
}
