//! `kv`: durable pairs of the tenant; they outlive the instance.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use wasmtime::component::Linker;
use workbooks_bindings::engine::kv;

use super::blocking::{self, Work};
use crate::capability::{Admitted, Call, Capability, Provides, Refusal};
use crate::instance::Guest;
use crate::storage::{Pairs, PairsQuota, Stop, StorageError};

/// Pairs of every tenant, in one database that the first call opens, or in memory.
///
/// Value ≤ 1 MiB, key ≤ 512 bytes, ≤ 10,000 keys a tenant.
#[derive(Debug)]
pub struct Kv {
    file: Option<PathBuf>,
    pairs: Arc<OnceLock<Pairs>>,
}

impl Kv {
    pub(crate) fn new(state: Option<PathBuf>) -> Self {
        Self { file: state.map(|folder| folder.join("pairs.sqlite")), pairs: Arc::default() }
    }

    /// Pairs in memory that answer on the guest's thread: what the gate costs, and nothing else.
    pub fn in_memory() -> Self {
        Self::new(None)
    }

    async fn perform<T: Send + 'static>(
        call: &Admitted<'_, Self>,
        work: impl FnOnce(&Pairs, &str, &Stop) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let this = call.capability();
        let done = match &this.file {
            None => {
                let pairs = this.pairs.get_or_init(|| Pairs::memory(PairsQuota::default()));
                work(pairs, call.tenant(), &Stop::at(call.deadline())).map_err(Refusal::from)
            }
            Some(file) => {
                let (file, cell, tenant) =
                    (file.clone(), this.pairs.clone(), call.tenant().to_owned());
                let work: Work<T> = Box::new(move |stop| {
                    let open = || Pairs::open(&file, PairsQuota::default());
                    work(blocking::opened(&cell, &file, open)?, &tenant, stop)
                });
                blocking::run(call.deadline(), work).await
            }
        };
        done.map_err(|refusal| call.refuse(refusal))
    }
}

impl Capability for Kv {
    fn name(&self) -> &'static str {
        "kv"
    }

    fn link(&self, interface: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        if interface.starts_with("wasi:") {
            return Ok(());
        }
        kv::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
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
