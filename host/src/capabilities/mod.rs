//! The Dock: one file for each capability, named as in `#+CAPS`. To add one, add its WIT, its file
//! and its row.

mod backend;
mod blocking;
mod browse;
mod closed;
mod commands;
mod connection;
mod exec;
mod keyvalue;
mod kv;
mod llm;
mod log;
mod net;
mod parallel;
#[cfg(target_os = "linux")]
mod posix;
mod program;
mod queue;
mod secrets;
mod serve;
mod tcp;
#[cfg(test)]
mod testing;
#[cfg(test)]
pub(crate) mod tests;
mod tls;
mod udp;
mod unavailable;
mod vfs;

use std::sync::Arc;

pub(crate) use browse::Browse;
pub(crate) use closed::link_closed;
pub(crate) use commands::Commands;
pub(crate) use exec::Exec;
pub use kv::Kv;
pub(crate) use llm::Llm;
pub use log::{Level, Line, Log};
pub(crate) use log::{LogBook, link_log};
pub use net::Net;
pub(crate) use parallel::Parallel;
#[cfg(target_os = "linux")]
pub use posix::Posix;
pub(crate) use program::link_program;
pub use queue::Queue;
pub use secrets::Secrets;
pub(crate) use serve::Serve;
pub use tcp::Tcp;
pub use tls::Tls;
pub use udp::Udp;
pub use vfs::Vfs;
pub(crate) use vfs::{Busy, Database, Workbook};

use crate::capability::{Call, Capability, Refusal};
use crate::storage::StorageError;
use crate::world;
use workbooks_bindings::engine::types;

/// Every capability of the contract: those that are `live`, and refusals for the others.
pub(crate) fn all(live: Vec<Arc<dyn Capability>>) -> Vec<Arc<dyn Capability>> {
    let mut all = live;
    for row in world::CAPABILITIES {
        if all.iter().all(|capability| capability.name() != row.name) {
            all.push(unavailable::of(row));
        }
    }
    all
}

impl<C: Send> types::Host for Call<'_, C> {
    fn convert_error(&mut self, refusal: Refusal) -> wasmtime::Result<types::Error> {
        Ok(refusal.into())
    }
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::NotFound => Self::NotFound,
            StorageError::Conflict
            | StorageError::Exists
            | StorageError::NotEmpty
            | StorageError::NotDirectory => Self::Conflict,
            StorageError::IsDirectory | StorageError::NameTooLong => {
                Self::Invalid(error.to_string())
            }
            StorageError::Outside => Self::Denied(error.to_string()),
            StorageError::NoSpace => Self::Unavailable(error.to_string()),
            StorageError::TooLarge(cap) => Self::TooLarge(cap),
            StorageError::Quota(quota) => Self::Quota(quota),
            StorageError::Invalid(what) => Self::Invalid(what),
            StorageError::Timeout => Self::Timeout,
            StorageError::Cancelled => Self::Cancelled,
            StorageError::Failed(what) => Self::Unavailable(what),
        }
    }
}
