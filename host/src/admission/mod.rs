//! The cadence that every call passes: revocation → rate → audit. Nothing here knows wasmtime.

mod audit;
mod caller;
mod rate;
mod revocable;

pub use audit::{Audit, Decision, JsonLines, MemoryAudit, Record};
pub use caller::{Caller, Principal};
pub use rate::Rate;
pub(crate) use revocable::Revocable;
