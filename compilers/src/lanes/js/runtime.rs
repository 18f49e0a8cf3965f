//! Our own C and JavaScript around QuickJS: what it is, and its objects.

use std::{fs, path::Path};

use crate::{
    compile_error::CompileError, glue, lane::Deriving, lanes::clang::Clang,
    provision::unpack::private_folder,
};

use super::quickjs;

/// The folder of the runtime's objects in the toolchain, and of the header that a world's own
/// file includes.
pub(super) const RUNTIME: &str = "runtime";

const SOURCES: [(&str, &str); 8] = [
    ("runtime.h", include_str!("../../../engines/js/runtime.h")),
    ("runtime.c", include_str!("../../../engines/js/runtime.c")),
    ("native.c", include_str!("../../../engines/js/native.c")),
    ("program.c", include_str!("../../../engines/js/program.c")),
    ("modules.c", include_str!("../../../engines/js/modules.c")),
    ("prepare.c", include_str!("../../../engines/js/prepare.c")),
    ("command.c", include_str!("../../../engines/js/command.c")),
    ("reactor.c", include_str!("../../../engines/js/reactor.c")),
];

/// What programs find in the global object, in the order in which it is evaluated.
const PRELUDE: [&str; 10] = [
    include_str!("../../../engines/js/prelude/core.js"),
    include_str!("../../../engines/js/prelude/inspect.js"),
    include_str!("../../../engines/js/prelude/modules.js"),
    include_str!("../../../engines/js/prelude/console.js"),
    include_str!("../../../engines/js/prelude/timers.js"),
    include_str!("../../../engines/js/prelude/text.js"),
    include_str!("../../../engines/js/prelude/process.js"),
    include_str!("../../../engines/js/prelude/url.js"),
    include_str!("../../../engines/js/prelude/location.js"),
    include_str!("../../../engines/js/prelude/fetch.js"),
];

/// How the runtime's files are compiled; the glue is ours too.
pub(super) const FLAGS: [&str; 5] =
    ["-D_GNU_SOURCE", "-D_WASI_EMULATED_PROCESS_CLOCKS", "-Wno-unused", "-I/quickjs", "-I/js"];

/// Every file, for the digest of what they make.
pub(super) fn parts() -> impl Iterator<Item = &'static str> {
    let texts = SOURCES.into_iter().chain(glue::SOURCES.iter().copied());
    texts.flat_map(|(name, text)| [name, text]).chain(PRELUDE)
}

/// Makes [`RUNTIME`].
pub(super) fn derive(deriving: &Deriving<'_>, clang: &Clang<'_>) -> Result<(), CompileError> {
    let source = deriving.scratch.join("js");
    private_folder(&source)?;
    let prelude = PRELUDE.join("\n");
    fs::write(
        source.join("prelude.js"),
        format!("(function (internal) {{\n'use strict';\n{prelude}\n}})"),
    )?;
    let sources = SOURCES.iter().chain(glue::SOURCES);
    for (name, text) in sources.clone() {
        fs::write(source.join(name), text)?;
    }
    let runtime = deriving.folder.join(RUNTIME);
    private_folder(&runtime)?;
    fs::write(runtime.join("glue.h"), glue_header())?;
    let include = deriving.folder.join(quickjs::INCLUDE);
    let mounts: [(&Path, &str); 2] = [(&source, "/js"), (&include, "/quickjs")];
    for unit in sources.filter_map(|(name, _)| name.strip_suffix(".c")) {
        let object = clang.compile(&format!("/js/{unit}.c"), &FLAGS, &mounts)?;
        fs::write(runtime.join(format!("{unit}.o")), object)?;
    }
    Ok(())
}

fn glue_header() -> &'static str {
    let header = glue::SOURCES.iter().find(|(name, _)| *name == "glue.h");
    header.map(|(_, text)| *text).unwrap_or_default()
}

/// The objects of an engine in [`RUNTIME`]; commands and components begin differently.
pub(super) fn units(command: bool) -> impl Iterator<Item = &'static str> {
    let other = if command { "reactor" } else { "command" };
    let sources = SOURCES.into_iter().chain(glue::SOURCES.iter().copied());
    sources.filter_map(|(name, _)| name.strip_suffix(".c")).filter(move |unit| *unit != other)
}
