//! Why the world that a toolkit's author declares is not taken.

use miette::Diagnostic;
use thiserror::Error;

use crate::{diagnostics::SourceDiagnostic, source::SourceError};

/// Why the world that a toolkit's author declares is not taken.
#[derive(Debug, Error, Diagnostic)]
pub enum DeclaredError {
    /// There is no WIT.
    #[error("`#+WIT: {world}` names a world, and the toolkit has no `.wit` file in `wit/`")]
    #[diagnostic(
        code(workbooks::wit::missing),
        help(
            "write `wit/world.wit`: `package my:toolkit; world {world} {{ export greet: func(name: string) -> string; }}`; \
             without a file there are `handler-http` and `handler-tcp`"
        )
    )]
    Missing {
        /// What `#+WIT` says.
        world: String,
    },

    /// The WIT has other worlds.
    #[error("the toolkit's WIT has no world `{world}`")]
    #[diagnostic(code(workbooks::wit::unknown_world), help("{}", worlds(known)))]
    UnknownWorld {
        /// What `#+WIT` says.
        world: String,
        /// The worlds of its package.
        known: Vec<String>,
    },

    /// More text than is read.
    #[error("the files in `wit/` have more than {limit} KiB together")]
    #[diagnostic(
        code(workbooks::wit::too_large),
        help("leave out what the world does not use; the contract and WASI are there already")
    )]
    TooLarge {
        /// The cap in KiB.
        limit: usize,
    },

    /// It cannot be parsed or resolved.
    #[error("the toolkit's WIT does not resolve")]
    #[diagnostic(code(workbooks::wit::invalid))]
    Invalid {
        /// Where, and what is wrong.
        #[related]
        diagnostics: Vec<SourceDiagnostic>,
    },

    /// It defines a package that the contract has.
    #[error("the toolkit's WIT defines packages that the contract has")]
    #[diagnostic(code(workbooks::wit::clash))]
    Clash {
        /// Each of them.
        #[related]
        diagnostics: Vec<SourceDiagnostic>,
    },

    /// Its world imports what the toolkit's capabilities do not open.
    #[error("the toolkit's world imports what its capabilities do not open")]
    #[diagnostic(code(workbooks::wit::not_opened))]
    NotOpened {
        /// Each import.
        #[related]
        diagnostics: Vec<SourceDiagnostic>,
    },

    /// It uses what the engine or the lanes do not have.
    #[error("the toolkit's WIT has types or functions that cannot be called")]
    #[diagnostic(code(workbooks::wit::unsupported))]
    Unsupported {
        /// Each of them.
        #[related]
        diagnostics: Vec<SourceDiagnostic>,
    },

    /// A folder or file that cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Source(#[from] SourceError),
}

fn worlds(known: &[String]) -> String {
    match known {
        [] => "it has none: write `world NAME { … }` into a file of `wit/`".to_owned(),
        known => format!("it has: {}", known.join(" ")),
    }
}
