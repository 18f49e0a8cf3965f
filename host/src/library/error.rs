//! Why something could not be done with a member of a workspace.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use super::WorkspaceError;
use crate::provenance::FilesError;
use crate::toolkit::quoted;

/// Why a workspace or a member was refused.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum LibraryError {
    /// `workspace.org` is not what it should be.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Workspace(#[from] WorkspaceError),
    /// No member has this id.
    #[error("there is no member {id}")]
    #[diagnostic(code(workbooks::library::not_found::member), help("{help}"))]
    Unknown {
        /// What was asked for, quoted.
        id: String,
        /// The members that there are.
        help: String,
    },
    /// Only its DID is known.
    #[error("the member `{id}` is kept elsewhere: it has no `:PATH:`")]
    #[diagnostic(
        code(workbooks::library::not_found::path),
        help("ask whoever has its `:DID:` for a bundle of it")
    )]
    Elsewhere {
        /// The member.
        id: String,
    },
    /// There is nothing at its path.
    #[error("there is nothing at {path}, where the member `{id}` should be")]
    #[diagnostic(
        code(workbooks::library::not_found::files),
        help("correct its `:PATH:`, or make the folder")
    )]
    Missing {
        /// The member.
        id: String,
        /// Its path, quoted.
        path: String,
    },
    /// It may not be used, or not changed.
    #[error("you may not {action} the member `{id}`")]
    #[diagnostic(code(workbooks::library::refused), help("{help}"))]
    Refused {
        /// What was to be done: `read`, `write`.
        action: &'static str,
        /// The member.
        id: String,
        /// Whose it is, and what would allow it.
        help: String,
    },
    /// A link, a device, a socket: nothing that could be copied without following it.
    #[error("{path} is {what}")]
    #[diagnostic(
        code(workbooks::library::special),
        help("a member has files and folders alone; put a copy in its place, or take it out")
    )]
    Special {
        /// The path, quoted.
        path: String,
        /// What it is, with its article.
        what: &'static str,
    },
    /// A file that cannot be a member's.
    #[error("a file of the member cannot be used")]
    #[diagnostic(code(workbooks::library::files))]
    Files(
        #[from]
        #[diagnostic_source]
        FilesError,
    ),
    /// Too much to go through.
    #[error("it has more than {limit} {unit}")]
    #[diagnostic(code(workbooks::library::limit), help("take out what does not belong to it"))]
    TooLarge {
        /// The cap.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// Something is where a checkout was to go.
    #[error("{path} is there already and is not empty")]
    #[diagnostic(
        code(workbooks::library::conflict::taken),
        help("name another folder with `--into`, or check it in and remove it")
    )]
    Taken {
        /// The path, quoted.
        path: String,
    },
    /// A checkout would become a part of what is checked out.
    #[error("{path} lies within the member `{id}`")]
    #[diagnostic(
        code(workbooks::library::within),
        help("name a folder outside of every member with `--into`")
    )]
    Within {
        /// The path, quoted.
        path: String,
        /// The member.
        id: String,
    },
    /// The member is not what it was at the checkout.
    #[error("the member `{id}` was changed by somebody else since you checked it out")]
    #[diagnostic(
        code(workbooks::library::conflict::changed),
        help(
            "nothing was written: check it out into another folder, bring your changes there, \
             and check that in"
        )
    )]
    Changed {
        /// The member.
        id: String,
    },
    /// A folder that is no checkout of this member.
    #[error("{path} is no checkout of the member `{id}`: {why}")]
    #[diagnostic(
        code(workbooks::library::no_checkout),
        help("`wbx library checkout` makes one; put the changed files there")
    )]
    NoCheckout {
        /// The folder, quoted.
        path: String,
        /// The member.
        id: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A member that is one file, and a folder that has other files.
    #[error("the member `{id}` is the one file {name}, and the folder has {found}")]
    #[diagnostic(
        code(workbooks::library::one_file),
        help("leave that file alone in the folder: nothing else would be kept")
    )]
    OneFile {
        /// The member.
        id: String,
        /// The file's name, quoted.
        name: String,
        /// What is there instead.
        found: String,
    },
    /// A page could not be signed.
    #[error("the page {path} could not be signed: {why}")]
    #[diagnostic(code(workbooks::library::sign), help("nothing was written"))]
    Sign {
        /// The page, quoted.
        path: String,
        /// Why.
        why: String,
    },
    /// A statement that is wrong, or wants too much.
    #[error("the query was refused: {why}")]
    #[diagnostic(
        code(workbooks::library::query),
        help("it is one SELECT over files(member, path, size, content)")
    )]
    Query {
        /// In SQLite's words, or ours.
        why: String,
    },
    /// The disk refuses.
    #[error("{path} cannot be used: {why}")]
    #[diagnostic(
        code(workbooks::library::io),
        help("check its permissions, and that the disk is not full")
    )]
    Io {
        /// The path, quoted.
        path: String,
        /// What the system says.
        why: String,
    },
}

impl LibraryError {
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Io { path: shown(path), why: error.to_string() }
    }

    pub(super) fn special(path: &str, what: &'static str) -> Self {
        Self::Special { path: quoted(path), what }
    }
}

/// A path for a message.
pub(super) fn shown(path: impl Into<PathBuf>) -> String {
    quoted(&path.into().display().to_string())
}
