//! `kv`: durable pairs of the tenant; they outlive the instance.

use std::path::PathBuf;

use wasmtime::component::Linker;
use workbooks_bindings::engine::{keyvalue, kv};

use super::backend::Backend;
use crate::capability::{Admitted, Call, Capability, Provides, Refusal};
use crate::instance::Guest;
use crate::storage::{Pairs, PairsQuota, Stop, StorageError};
use crate::world::base_name;

/// Pairs of every tenant, in one database that the first call opens, or in memory. Guests reach
/// them by `kv` and, with the same limits, by `wasi:keyvalue`.
///
/// Value ≤ 1 MiB, key ≤ 512 bytes, ≤ 10,000 keys and 256 MiB a tenant. Eight operations of one
/// principal on a file run at once; the others wait, under their deadlines.
#[derive(Debug)]
pub struct Kv(Backend<Pairs>);

impl Kv {
    pub(crate) fn new(state: Option<PathBuf>) -> Self {
        Self(Backend::new(
            state.map(|folder| folder.join("pairs.sqlite")),
            |file| Pairs::open(file, PairsQuota::default()),
            || Pairs::memory(PairsQuota::default()),
        ))
    }

    /// Pairs in memory that answer on the guest's thread: what the gate costs, and nothing else.
    pub fn in_memory() -> Self {
        Self::new(None)
    }

    pub(super) async fn perform<T: Send + 'static>(
        call: &Admitted<'_, Self>,
        work: impl FnOnce(&Pairs, &str, &Stop) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Refusal> {
        call.capability().0.perform(call, work).await
    }
}

impl Capability for Kv {
    fn name(&self) -> &'static str {
        "kv"
    }

    fn link(&self, interface: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        type Gate = Provides<Kv>;
        match base_name(interface) {
            "wasi:keyvalue/store" => keyvalue::store::add_to_linker::<_, Gate>(linker, Guest::call),
            "wasi:keyvalue/atomics" => {
                keyvalue::atomics::add_to_linker::<_, Gate>(linker, Guest::call)
            }
            "wasi:keyvalue/batch" => keyvalue::batch::add_to_linker::<_, Gate>(linker, Guest::call),
            _ => kv::add_to_linker::<_, Gate>(linker, Guest::call),
        }
    }
}

impl kv::Host for Call<'_, Kv> {
    async fn get(&mut self, key: String) -> Result<Option<Vec<u8>>, Refusal> {
        let call = self.admit("get")?;
        Kv::perform(&call, move |pairs, tenant, stop| pairs.get(tenant, &key, stop)).await
    }

    async fn set(&mut self, key: String, value: Vec<u8>) -> Result<(), Refusal> {
        let call = self.admit("set")?;
        Kv::perform(&call, move |pairs, tenant, stop| pairs.set(tenant, &key, &value, stop)).await
    }

    async fn delete(&mut self, key: String) -> Result<bool, Refusal> {
        let call = self.admit("delete")?;
        Kv::perform(&call, move |pairs, tenant, stop| pairs.delete(tenant, &key, stop)).await
    }

    async fn keys(
        &mut self,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<(Vec<String>, Option<String>), Refusal> {
        let call = self.admit("keys")?;
        Kv::perform(&call, move |pairs, tenant, stop| {
            pairs.keys(tenant, &prefix, cursor.as_deref(), limit, stop)
        })
        .await
    }

    async fn compare_and_set(
        &mut self,
        key: String,
        expect: Option<Vec<u8>>,
        value: Vec<u8>,
    ) -> Result<bool, Refusal> {
        let call = self.admit("compare-and-set")?;
        Kv::perform(&call, move |pairs, tenant, stop| {
            pairs.compare_and_set(tenant, &key, expect.as_deref(), &value, stop)
        })
        .await
    }
}
