//! Why an artifact cannot become a component: one enum, nothing else.

use std::borrow::Cow;

use miette::{Diagnostic, SourceSpan};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Names of a guest that a message may show, and the longest of them in characters.
const SHOWN: (usize, usize) = (8, 80);

/// Why an artifact cannot become a component of this engine.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic, Serialize, Deserialize)]
pub enum AdaptError {
    /// No bytes at all.
    #[error("the artifact is empty")]
    #[diagnostic(
        code(workbooks::adapt::empty),
        help("build it again: a WebAssembly file has at least 8 bytes")
    )]
    Empty,
    /// Neither the binary nor the text format.
    #[error("the artifact is not WebAssembly: it begins with {begins}")]
    #[diagnostic(
        code(workbooks::adapt::not_wasm),
        help(
            "give a `.wasm` file, which begins with `\\0asm`, or a `.wat` file, which begins with `(`"
        )
    )]
    NotWasm {
        /// The first bytes, in hexadecimal.
        begins: String,
    },
    /// The text format where the binary one is needed.
    #[error("the artifact is WebAssembly text, not a binary")]
    #[diagnostic(
        code(workbooks::adapt::text),
        help("name the file `.wat`, or convert it with `wasm-tools parse`")
    )]
    Text,
    /// The text format, with a mistake in it.
    #[serde(skip)]
    #[error("line {line}, column {column}: {message}")]
    #[diagnostic(
        code(workbooks::adapt::bad_text),
        help("see https://webassembly.github.io/spec/core/text")
    )]
    BadText {
        /// What the parser says.
        message: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// The whole text.
        #[source_code]
        source_code: String,
        /// Where in it.
        #[label("here")]
        span: SourceSpan,
    },
    /// More bytes than the limit.
    #[error("the artifact has {bytes} bytes, more than the {limit} it may have")]
    #[diagnostic(
        code(workbooks::adapt::too_large),
        help(
            "strip debug information (`-s`), move data out of the program, or raise the operator's artifact limit"
        )
    )]
    TooLarge {
        /// Size, bytes.
        bytes: usize,
        /// Limit, bytes.
        limit: usize,
    },
    /// More items of a kind than the limit, over all nested modules and components.
    #[error("the artifact has {count} {what}, more than the {limit} it may have")]
    #[diagnostic(
        code(workbooks::adapt::too_many),
        help(
            "link with `--gc-sections`, split the program, or raise the operator's artifact limit"
        )
    )]
    TooMany {
        /// What was counted, plural.
        what: Cow<'static, str>,
        /// How many there are, at least.
        count: u64,
        /// How many there may be.
        limit: u64,
    },
    /// A proposal of WebAssembly that the engine does not have.
    #[error(
        "the artifact needs {proposal}, which this engine does not have (at offset {offset:#x})"
    )]
    #[diagnostic(
        code(workbooks::adapt::proposal),
        help(
            "build for 32-bit memory without threads, garbage collection or legacy exceptions (with clang: \
              `--target=wasm32-wasip1`, `-mllvm -wasm-use-legacy-eh=false`)"
        )
    )]
    Proposal {
        /// Name of the proposal.
        proposal: String,
        /// Offset in the artifact, bytes.
        offset: usize,
    },
    /// Cut off, damaged or not valid WebAssembly.
    #[error("the artifact is not valid WebAssembly: {message} (at offset {offset:#x})")]
    #[diagnostic(
        code(workbooks::adapt::invalid),
        help("build it again; if it was copied or fetched, compare its digest")
    )]
    Invalid {
        /// What the validator says.
        message: String,
        /// Offset in the artifact, bytes.
        offset: usize,
    },
    /// A core module of no known shape.
    #[error(
        "the artifact is a core module that is neither command, kernel nor component: it exports {exports} and imports {imports}"
    )]
    #[diagnostic(
        code(workbooks::adapt::no_shape),
        help(
            "a command exports `_start` and imports only `wasi_snapshot_preview1`; a kernel exports `memory` and \
              `process: (i32) -> i32` and imports nothing; a reactor exports `_initialize` and functions of numbers; \
              a component is encoded, or carries a `component-type` section"
        )
    )]
    NoShape {
        /// What it exports, for people.
        exports: String,
        /// What it imports, for people.
        imports: String,
    },
    /// The artifact has a shape, but not the declared one.
    #[error("the artifact is a {found}, not the {declared} that its manifest declares")]
    #[diagnostic(
        code(workbooks::adapt::other_shape),
        help("write `#+EXEC: {found}`, or build a {declared}")
    )]
    OtherShape {
        /// What was declared.
        declared: Cow<'static, str>,
        /// What it is.
        found: Cow<'static, str>,
    },
    /// A component without the export by which its declared shape is called.
    #[error(
        "the component cannot be called as the {declared} that its manifest declares: it exports {exports}"
    )]
    #[diagnostic(
        code(workbooks::adapt::other_shape),
        help(
            "a command exports `wasi:cli/run`, a kernel `workbooks:engine/kernel`; write the `#+EXEC:` that fits"
        )
    )]
    NoDoor {
        /// What was declared.
        declared: Cow<'static, str>,
        /// What it exports, for people.
        exports: String,
    },
    /// Imports that are neither WASI preview 1 nor typed by WIT.
    #[error(
        "nothing can provide {imports}: it is neither a function of `wasi_snapshot_preview1` nor typed by WIT"
    )]
    #[diagnostic(
        code(workbooks::adapt::unknown_import),
        help(
            "link what defines it, or import an interface of `workbooks:engine` through bindings (`wbx wit` prints the world)"
        )
    )]
    UnknownImport {
        /// The imports, for people.
        imports: String,
    },
    /// A kernel that imports something.
    #[error("a kernel imports nothing, this one imports {imports}")]
    #[diagnostic(
        code(workbooks::adapt::kernel_imports),
        help(
            "build with `-nostdlib` or drop what needs the system (stdio, files, clocks), or make it a command"
        )
    )]
    KernelImports {
        /// The imports, for people.
        imports: String,
    },
    /// A kernel that lacks an export, or has it with another type.
    #[error("a kernel exports {needed}, this one exports {exports}")]
    #[diagnostic(
        code(workbooks::adapt::kernel_export),
        help(
            "with clang: `__attribute__((export_name(\"process\"))) int process(int len)` and `-mexec-model=reactor`"
        )
    )]
    KernelExport {
        /// What is needed, with its type.
        needed: String,
        /// What it exports, for people.
        exports: String,
    },
    /// A program of Go whose runtime would lose its memory to the adapter.
    #[error("the artifact is a Go program whose data ends where this engine cannot find it")]
    #[diagnostic(
        code(workbooks::adapt::go),
        help(
            "build it with Go 1.21 to 1.27 for `GOOS=wasip1 GOARCH=wasm` and do not rewrite it, or give its source to `#+BUILD_LANG: go`"
        )
    )]
    Go,
    /// The encoder refused the module for another reason.
    #[error("the artifact cannot be encoded as a component: {message}")]
    #[diagnostic(
        code(workbooks::adapt::encode),
        help(
            "build its bindings again for the current `workbooks:engine` (`wbx wit` prints the world)"
        )
    )]
    Encode {
        /// What the encoder says.
        message: String,
    },
}

impl AdaptError {
    pub(crate) fn parse(error: &wasmparser::Error, bytes: &[u8]) -> Self {
        let offset = error.offset().min(bytes.len());
        match error.missing_wasm_feature() {
            Some(feature) => Self::Proposal {
                proposal: feature
                    .iter_names()
                    .map(|(name, _)| name.to_lowercase().replace('_', "-"))
                    .collect::<Vec<_>>()
                    .join(", "),
                offset,
            },
            None => Self::Invalid { message: one_line(error.message()), offset },
        }
    }
}

/// Text that may hold names from a guest, on one line and without control characters.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .flat_map(char::escape_debug)
        .collect::<String>()
        .replace("\\'", "'")
        .replace("\\\"", "\"")
}

/// A list of names from a guest: quoted, escaped, cut.
pub(crate) fn listed<I: IntoIterator<Item = String>>(names: I) -> String {
    let mut names = names.into_iter();
    let mut shown: Vec<String> = names.by_ref().take(SHOWN.0).map(|name| quoted(&name)).collect();
    match (shown.len(), names.count()) {
        (0, _) => return "nothing".to_owned(),
        (_, 0) => {}
        (_, more) => shown.push(format!("and {more} more")),
    }
    shown.join(", ")
}

fn quoted(name: &str) -> String {
    let mut out: String = name.chars().take(SHOWN.1).flat_map(char::escape_debug).collect();
    if name.chars().nth(SHOWN.1).is_some() {
        out.push('…');
    }
    format!("`{out}`")
}
