//! `wbx toolkit new ID`: writes a toolkit that builds. Never overwrites.

use std::path::{Path, PathBuf};

use miette::{Diagnostic, Report};
use serde_json::json;
use thiserror::Error;

use crate::args::{Exec, Lang, New, UsageError};
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

/// The manifest; `ID`, `SHAPE` and `NOTE` are filled in.
const MANIFEST_TEXT: &str = include_str!("new/manifest.org");
/// The shape of a component that answers requests, and the world by which it does.
const HTTP: &str = "component\n#+WIT: handler-http";
/// The source for each shape.
const SOURCES: [(Exec, &str); 4] = [
    (Exec::Command, include_str!("new/command.c")),
    (Exec::Component, include_str!("new/component.c")),
    (Exec::Kernel, include_str!("new/kernel.c")),
    (Exec::Http, include_str!("new/http.c")),
];

/// Writes the manifest and one source file.
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
    let Lang::C = new.lang;
    let (shape, example) = match new.exec {
        Exec::Command => ("command", format!("wbx toolkit run {id} you")),
        Exec::Component => {
            ("component", format!("wbx toolkit run --invoke 'call(\"echo\", \"[1, 2]\")' {id}"))
        }
        Exec::Kernel => ("kernel", format!("echo hello | wbx toolkit run {id}")),
        Exec::Http => (HTTP, format!("wbx serve --listen web=127.0.0.1:8080 {id}")),
    };
    let source = SOURCES.iter().find(|(exec, _)| *exec == new.exec).map_or("", |(_, text)| text);
    let caps = if new.exec == Exec::Http { "#+CAPS: serve" } else { "#+CAPS:" };
    let manifest = MANIFEST_TEXT
        .replace("#+CAPS:", caps)
        .replace("{id}", id)
        .replace("{shape}", shape)
        .replace("{example}", &example);
    let written = [folder.join(MANIFEST), folder.join("src").join(format!("{id}.c"))];
    for (path, text) in written.iter().zip([manifest.as_str(), source]) {
        files::write_new(path, text)?;
    }
    let text = written
        .iter()
        .fold(Text::default(), |text, path| {
            text.words(Style::Good, "wrote ").line(shown(session, path))
        })
        .words(Style::Plain, "next: ")
        .words(Style::Strong, example.as_str())
        .end();
    let written = written.map(|path| path.display().to_string());
    let data = json!({ "id": id, "folder": folder.display().to_string(), "written": written, "next": example });
    Ok(Answer::new(data, text))
}

/// The path from the current folder, where it lies below.
fn shown(session: &Session, path: &Path) -> String {
    path.strip_prefix(&session.surroundings.folder).unwrap_or(path).display().to_string()
}
