//! What a new toolkit begins with: one row for each language and shape.

use clap::ValueEnum as _;
use miette::{Diagnostic, Report};
use thiserror::Error;

use crate::args::{Exec, Lang, New, UsageError};

/// Names below `src/`, and texts.
type Files = &'static [(&'static str, &'static str)];

/// The source files of a new toolkit; `{id}` is filled in, in names and texts.
pub(super) struct Template {
    lang: Lang,
    exec: Exec,
    /// The word of `#+BUILD_LANG`.
    pub(super) word: &'static str,
    pub(super) files: Files,
}

const fn c(exec: Exec, files: Files) -> Template {
    Template { lang: Lang::C, exec, word: "c", files }
}

const fn cpp(exec: Exec, files: Files) -> Template {
    Template { lang: Lang::Cpp, exec, word: "c++", files }
}

const fn python(exec: Exec, files: Files) -> Template {
    Template { lang: Lang::Python, exec, word: "py", files }
}

const fn go(exec: Exec, files: Files) -> Template {
    Template { lang: Lang::Go, exec, word: "go", files }
}

const fn js(exec: Exec, files: Files) -> Template {
    Template { lang: Lang::Js, exec, word: "js", files }
}

const fn ts(exec: Exec, files: Files) -> Template {
    Template { lang: Lang::Ts, exec, word: "ts", files }
}

/// Of the guest SDK, for JavaScript and TypeScript.
const TOOLS: (&str, &str) = ("tools.js", include_str!("../../../../../guest-sdk/js/tools.js"));
/// Likewise.
const HANDLER: (&str, &str) = ("http.js", include_str!("../../../../../guest-sdk/js/http.js"));

/// All that there are.
static TEMPLATES: &[Template] = &[
    c(Exec::Command, &[("{id}.c", include_str!("c/command.c"))]),
    c(Exec::Component, &[("{id}.c", include_str!("c/component.c"))]),
    c(Exec::Kernel, &[("{id}.c", include_str!("c/kernel.c"))]),
    c(Exec::Http, &[("{id}.c", include_str!("c/http.c"))]),
    cpp(Exec::Command, &[("{id}.cpp", include_str!("cpp/command.cpp"))]),
    cpp(Exec::Component, &[("{id}.cpp", include_str!("cpp/component.cpp"))]),
    cpp(Exec::Kernel, &[("{id}.cpp", include_str!("cpp/kernel.cpp"))]),
    go(Exec::Command, &[("main.go", include_str!("go/command.go"))]),
    go(Exec::Component, &[("main.go", include_str!("go/component.go"))]),
    go(Exec::Http, &[("main.go", include_str!("go/http.go"))]),
    js(Exec::Command, &[("main.js", include_str!("js/command.js"))]),
    js(Exec::Component, &[("main.js", include_str!("js/component.js")), TOOLS]),
    js(Exec::Http, &[("main.js", include_str!("js/http.js")), HANDLER]),
    ts(Exec::Command, &[("main.ts", include_str!("ts/command.ts"))]),
    ts(Exec::Component, &[("main.ts", include_str!("ts/component.ts")), TOOLS]),
    ts(Exec::Http, &[("main.ts", include_str!("ts/http.ts")), HANDLER]),
    python(Exec::Command, &[("{id}.py", include_str!("python/command.py"))]),
    python(Exec::Component, &[("{id}.py", include_str!("python/component.py"))]),
    python(Exec::Http, &[("{id}.py", include_str!("python/http.py"))]),
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

/// What was asked for.
pub(super) fn find(new: &New) -> Result<&'static Template, Report> {
    if let Lang::Rust | Lang::Zig = new.lang {
        return Err(NotYet { language: new.lang.word() }.into());
    }
    let found = TEMPLATES.iter().find(|known| (known.lang, known.exec) == (new.lang, new.exec));
    Ok(found.ok_or_else(|| no_template(new))?)
}

fn no_template(new: &New) -> UsageError {
    let name =
        |exec: Exec| exec.to_possible_value().map_or(String::new(), |it| it.get_name().into());
    let there = TEMPLATES.iter().filter(|known| known.lang == new.lang);
    let there: Vec<_> = there.map(|known| format!("`--exec {}`", name(known.exec))).collect();
    UsageError::Value {
        value: name(new.exec),
        what: "a shape that can be begun in this language",
        help: format!("there is: {}", there.join(", ")),
    }
}
