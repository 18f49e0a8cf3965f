//! The workspace around the current folder, as whoever uses this installation sees it.

use miette::{Diagnostic, Report};
use thiserror::Error;
use workbooks_host::library::Library;

use super::identity;
use crate::project::{self, WORKSPACE};
use crate::session::Session;

/// There is none.
#[derive(Debug, Error, Diagnostic)]
#[error("there is no `{WORKSPACE}` here or above")]
#[diagnostic(
    code(workbooks::cli::not_found::workspace),
    help(
        "a workspace is a folder with that file: `#+OWNER:` and your DID, and a headline for each \
         member with its `:PATH:`"
    )
)]
struct NoWorkspace;

/// Opens it.
pub(crate) fn open(session: &Session) -> Result<Library, Report> {
    let root = project::workspace(session)?.ok_or(NoWorkspace)?;
    Ok(Library::open(&root, identity::own(session)?)?)
}
