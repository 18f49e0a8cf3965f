//! The members of a workspace: which there are, who may use them, and how their files are given
//! out, taken back and asked about.
//!
//! `workspace.org` names them. Whoever may write that file decides, so that no member can be it or
//! hold it, and no member lies within another.

mod access;
mod error;
mod exchange;
mod member;
mod query;
mod store;
mod tree;
mod workspace;

#[cfg(test)]
mod tests;

pub use access::Access;
pub use error::LibraryError;
pub use member::{Kind, Taken};
pub use query::{Answer, QUERY_CONTENT_MAX, Skipped};
pub use store::{CHECKOUT, Checkin, Checkout, Library};
pub use tree::texts;
pub use workspace::{
    MAX_MEMBERS, MAX_WORKSPACE_BYTES, Member, Scope, WORKSPACE, Workspace, WorkspaceError,
    WorkspaceProblem,
};

pub use crate::storage::{Rows, Value};
