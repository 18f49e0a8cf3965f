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
/// What a toolkit is written in, how it is called, and its text.
type Template = (Lang, Exec, &'static str);
/// The source for each language and shape.
const SOURCES: &[Template] = &[
    (Lang::C, Exec::Command, include_str!("new/command.c")),
    (Lang::C, Exec::Component, include_str!("new/component.c")),
    (Lang::C, Exec::Kernel, include_str!("new/kernel.c")),
    (Lang::C, Exec::Http, include_str!("new/http.c")),
    (Lang::Cpp, Exec::Command, include_str!("new/command.cpp")),
    (Lang::Cpp, Exec::Component, include_str!("new/component.cpp")),
    (Lang::Cpp, Exec::Kernel, include_str!("new/kernel.cpp")),
    (Lang::Ts, Exec::Command, include_str!("new/command.ts")),
    (Lang::Ts, Exec::Component, include_str!("new/component.ts")),
];

/// A language without a lane.
#[derive(Debug, Error, Diagnostic)]
#[error("compiling {language} is not available yet")]
#[diagnostic(
    code(workbooks::cli::not_available),
    help(
        "build a wasip1 command or a component with your own toolchain, and bring it in a manifest of your own: `#+BUILD_SRC: wasm:FILE` with `#+SHA256: DIGEST`, as `sha256sum FILE` prints it"
    )
)]
struct NotYet {
    language: &'static str,
}

/// The word of `#+BUILD_LANG`, what the file's name ends with, and its text.
fn template(new: &New) -> Result<(&'static str, &'static str, &'static str), Report> {
    let (language, extension) = match new.lang {
        Lang::C => ("c", "c"),
        Lang::Cpp => ("c++", "cpp"),
        Lang::Ts => ("ts", "ts"),
        Lang::Rust => return Err(NotYet { language: "rust" }.into()),
        Lang::Zig => return Err(NotYet { language: "zig" }.into()),
    };
    let found = SOURCES.iter().find(|(lang, exec, _)| (*lang, *exec) == (new.lang, new.exec));
    let (.., source) = found.ok_or_else(|| {
        let help =
            format!("`wbx toolkit new --exec {:?}` writes one in C", new.exec).to_lowercase();
        UsageError::Value {
            value: language.into(),
            what: "a language with a template of this shape",
            help,
        }
    })?;
    Ok((language, extension, source))
}

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
    let (language, extension, source) = template(new)?;
    let (shape, example) = match new.exec {
        Exec::Command => ("command", format!("wbx toolkit run {id} you")),
        Exec::Component => {
            ("component", format!("wbx toolkit run --invoke 'call(\"echo\", \"[1, 2]\")' {id}"))
        }
        Exec::Kernel => ("kernel", format!("echo hello | wbx toolkit run {id}")),
        Exec::Http => (HTTP, format!("wbx serve --listen web=127.0.0.1:8080 {id}")),
    };
    let caps = if new.exec == Exec::Http { "#+CAPS: serve" } else { "#+CAPS:" };
    let manifest = MANIFEST_TEXT
        .replace("#+CAPS:", caps)
        .replace("{language}", language)
        .replace("{id}", id)
        .replace("{shape}", shape)
        .replace("{example}", &example);
    // Where modules import each other, the first is called so.
    let stem = if new.lang == Lang::Ts { "main" } else { id };
    let written = [folder.join(MANIFEST), folder.join("src").join(format!("{stem}.{extension}"))];
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
