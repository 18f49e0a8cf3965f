//! The cadence that every call passes: revocation → rate → audit. Nothing here knows wasmtime.

mod audit;
mod caller;
mod rate;

pub use audit::{Audit, Count, Decision, JsonLines, MemoryAudit, Record, Stats};
pub use caller::{Caller, Principal};
pub use rate::Rate;
