//! The cadence that every call passes: revocation → rate → audit; and the sums and counts that a
//! principal's runs share. Nothing here knows wasmtime.

mod account;
mod audit;
mod caller;
mod rate;
mod revocable;
mod slots;

pub use account::Tab;
pub(crate) use account::{Account, Spent};
pub use audit::{Audit, Count, Decision, JsonLines, MemoryAudit, Record, Stats};
pub use caller::{Caller, Principal};
pub use rate::Rate;
pub(crate) use revocable::Revocable;
pub(crate) use slots::{Kind, Slot};
