//! The verbs about members of a workspace.

mod checkin;
mod checkout;
mod list;
mod query;

use miette::Report;

use crate::args::Library;
use crate::engine::members;
use crate::output::Answer;
use crate::session::Session;

/// Does what is asked about members.
pub(super) fn serve(session: &Session, asked: &Library) -> Result<Answer, Report> {
    let library = members::open(session)?;
    match asked {
        Library::List => list::list(session, &library),
        Library::Checkout { member, into } => {
            checkout::checkout(session, &library, member, into.as_deref())
        }
        Library::Checkin { member, dir } => checkin::checkin(session, &library, member, dir),
        Library::Query { sql } => query::query(session, &library, sql),
    }
}

/// A number of files in words.
fn count(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}
