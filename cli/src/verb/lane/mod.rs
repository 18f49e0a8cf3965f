//! The verbs about lanes.

pub(super) mod install;
pub(super) mod list;
