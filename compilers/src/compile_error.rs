//! Why there is no program.

use miette::Diagnostic;
use thiserror::Error;
use workbooks_host::{Shape, toolkit::Language};

use crate::{
    diagnostics::SourceDiagnostic,
    glue::GlueError,
    provision::{ClientError, ProvisionError},
    sandbox::StepError,
    source::SourceError,
    world::WorldError,
};

/// Why a toolkit was not built.
#[derive(Debug, Error, Diagnostic)]
pub enum CompileError {
    /// The compiler or the linker refused the source.
    #[error("{id} does not compile{}", more(*omitted))]
    #[diagnostic(code(workbooks::compile::rejected))]
    Rejected {
        /// The toolkit.
        id: String,
        /// What was said, in order.
        #[related]
        diagnostics: Vec<SourceDiagnostic>,
        /// How many more there were.
        omitted: usize,
    },

    /// A step was ended.
    #[error("the compiler was stopped at {at}")]
    #[diagnostic(code(workbooks::compile::stopped))]
    Stopped {
        /// The file, or the link.
        at: String,
        /// Why.
        #[source]
        #[diagnostic_source]
        source: StepError,
    },

    /// No lane has the language's word.
    #[error("there is no lane {lang:?}")]
    #[diagnostic(code(workbooks::compile::no_lane), help("the lanes are: {known}"))]
    NoLane {
        /// What was asked for.
        lang: String,
        /// All that there are.
        known: String,
    },

    /// A language that a manifest may name and no lane compiles yet.
    #[error("compiling {language} is not available yet")]
    #[diagnostic(
        code(workbooks::compile::no_lane::not_yet),
        help(
            "build a wasip1 command or a component with your own toolchain, and bring it: `#+BUILD_SRC: wasm:FILE` with `#+SHA256: DIGEST`, as `sha256sum FILE` prints it, and without `#+BUILD_LANG`"
        )
    )]
    NotYet {
        /// The language.
        language: Language,
    },

    /// Nothing to compile.
    #[error("{id} has no file to compile")]
    #[diagnostic(
        code(workbooks::compile::no_files),
        help(
            "name the files in `#+BUILD_FILES`, for example `#+BUILD_FILES: lib/*.c`; a package's files must be named"
        )
    )]
    NoFiles {
        /// The toolkit.
        id: String,
    },

    /// Several files, of which any could be the program.
    #[error("{id} has several files, and none of them is `{example}`")]
    #[diagnostic(
        code(workbooks::compile::no_main),
        help("call the program `{example}`, or name its one file in `#+BUILD_FILES`")
    )]
    NoMain {
        /// The toolkit.
        id: String,
        /// What the program could be called.
        example: String,
    },

    /// A pattern that names nothing.
    #[error("`#+BUILD_FILES: {pattern}` names no file of the source")]
    #[diagnostic(
        code(workbooks::compile::no_match),
        help("patterns start from the source's folder, and `*` stays within one part of a path")
    )]
    NoMatch {
        /// The pattern.
        pattern: String,
    },

    /// An include folder that is not there.
    #[error("`#+BUILD_INCLUDE: {path}` is no folder of the source")]
    #[diagnostic(
        code(workbooks::compile::no_include),
        help("name a folder of the source or of the toolkit")
    )]
    NoInclude {
        /// The path.
        path: String,
    },

    /// A manifest that says nothing to build from.
    #[error("{id} has no `{keyword}`")]
    #[diagnostic(code(workbooks::compile::incomplete), help("add a line `{keyword}: {example}`"))]
    Incomplete {
        /// The toolkit.
        id: String,
        /// What it lacks.
        keyword: &'static str,
        /// What could stand there.
        example: &'static str,
    },

    /// A shape that the lane cannot make.
    #[error("the {lane} lane makes no {shape}")]
    #[diagnostic(code(workbooks::compile::shape))]
    NoShape {
        /// The lane.
        lane: &'static str,
        /// The shape.
        shape: Shape,
    },

    /// The source could not be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Source(#[from] SourceError),

    /// The compiler could not be installed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Provision(#[from] ProvisionError),

    /// What was fetched is not what the lane expects in it, a bug of ours: both are pinned.
    #[error("{what}")]
    #[diagnostic(code(workbooks::compile::derive))]
    Derive {
        /// What is wrong.
        what: String,
    },

    /// There is no such world.
    #[error(transparent)]
    #[diagnostic(transparent)]
    World(#[from] WorldError),

    /// The world has a type that the language has no form for.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Glue(#[from] GlueError),

    /// The disk refused.
    #[error("the build's own folder cannot be used")]
    #[diagnostic(code(workbooks::compile::io), help("is the disk full?"))]
    Io(#[from] std::io::Error),
}

impl From<ClientError> for CompileError {
    fn from(error: ClientError) -> Self {
        Self::Provision(error.into())
    }
}

fn more(omitted: usize) -> String {
    if omitted == 0 { String::new() } else { format!(" ({omitted} more messages)") }
}
