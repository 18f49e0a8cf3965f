//! The Dock: one file for each capability, named as in `#+CAPS`. To add one, add its WIT, its file
//! and its row.

mod blocking;
mod browse;
mod kv;
mod llm;
mod log;
mod net;
mod unavailable;
mod vfs;

use std::sync::Arc;

pub(crate) use browse::Browse;
pub use kv::Kv;
pub(crate) use llm::Llm;
pub use log::{Level, Line, Log};
pub(crate) use log::{LogBook, link_log};
pub use net::Net;
pub use vfs::Vfs;

use crate::capability::{Call, Capability, Refusal};
use crate::egress::Egress;
use crate::secret::SecretProvider;
use crate::storage::StorageError;
use crate::world;
use workbooks_bindings::engine::types;

/// Every capability of the contract: the live ones over storage and egress, the others refusing.
pub(crate) fn all(
    vfs: Vfs,
    kv: Kv,
    egress: &Arc<Egress>,
    secrets: &Arc<dyn SecretProvider>,
    llm: Llm,
    browse: Browse,
) -> Vec<Arc<dyn Capability>> {
    let live: [Arc<dyn Capability>; 5] = [
        Arc::new(kv),
        Arc::new(vfs),
        Arc::new(Net::new(egress.clone(), secrets.clone())),
        Arc::new(llm),
        Arc::new(browse),
    ];
    let mut all: Vec<_> = live.into();
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
            StorageError::Conflict => Self::Conflict,
            StorageError::TooLarge(cap) => Self::TooLarge(cap),
            StorageError::Quota(quota) => Self::Quota(quota),
            StorageError::Invalid(what) => Self::Invalid(what),
            StorageError::Timeout => Self::Timeout,
            StorageError::Cancelled => Self::Cancelled,
            StorageError::Failed(what) => Self::Unavailable(what),
        }
    }
}
