//! The verbs about lanes.

pub(super) mod install;
pub(super) mod list;
pub(super) mod remove;
pub(super) mod verify;
