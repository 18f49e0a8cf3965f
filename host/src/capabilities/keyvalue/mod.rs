//! `wasi:keyvalue` (`0.2.0-draft`) over the pairs of `kv`, so that stock components run unchanged.
//! Its gate is that of `kv`.
//!
//! A tenant has one store: it is opened as `""` or `"default"`, the names that hosts in the field
//! give to theirs, and holds the pairs that `kv` sees. Any other name is `no-such-store`. Of
//! refusals, `access-denied` means that the grant was withdrawn or policy forbids it; every other
//! is `other("CODE: text")`, with the code that `workbooks:engine/types.error` has for it.
//!
//! `increment` counts in decimal digits and is atomic. Batches are atomic too, which the interface
//! does not ask for: at most 1000 keys, and 4 MiB of values that are read.

#[cfg(test)]
mod tests;

use wasmtime::component::Resource;
use workbooks_bindings::engine::keyvalue::{atomics, batch, store};

use super::Kv;
use crate::capability::{Call, Refusal};

/// The names of the one store.
const NAMES: [&str; 2] = ["", "default"];

/// What stands behind a guest's handle: nothing, since a tenant has one store.
#[derive(Debug)]
struct Bucket;

type Handle = Resource<store::Bucket>;

impl store::Host for Call<'_, Kv> {
    async fn open(&mut self, identifier: String) -> Result<Handle, Refusal> {
        let call = self.admit("store.open")?;
        if !NAMES.contains(&identifier.as_str()) {
            return Err(Refusal::NotFound);
        }
        self.keep(Bucket).map_err(|refusal| call.refuse(refusal))
    }

    fn convert_error(&mut self, refusal: Refusal) -> wasmtime::Result<store::Error> {
        Ok(match refusal {
            Refusal::NotFound => store::Error::NoSuchStore,
            Refusal::Revoked | Refusal::Denied(_) => store::Error::AccessDenied,
            other => {
                let (code, text) = (other.code(), other.to_string());
                let named = text.starts_with(code);
                store::Error::Other(if named { text } else { format!("{code}: {text}") })
            }
        })
    }
}

impl store::HostBucket for Call<'_, Kv> {
    async fn get(&mut self, _: Handle, key: String) -> Result<Option<Vec<u8>>, Refusal> {
        let call = self.admit("bucket.get")?;
        Kv::perform(&call, move |pairs, tenant, stop| pairs.get(tenant, &key, stop)).await
    }

    async fn set(&mut self, _: Handle, key: String, value: Vec<u8>) -> Result<(), Refusal> {
        let call = self.admit("bucket.set")?;
        Kv::perform(&call, move |pairs, tenant, stop| pairs.set(tenant, &key, &value, stop)).await
    }

    async fn delete(&mut self, _: Handle, key: String) -> Result<(), Refusal> {
        let call = self.admit("bucket.delete")?;
        Kv::perform(&call, move |pairs, tenant, stop| pairs.delete(tenant, &key, stop).map(drop))
            .await
    }

    async fn exists(&mut self, _: Handle, key: String) -> Result<bool, Refusal> {
        let call = self.admit("bucket.exists")?;
        Kv::perform(&call, move |pairs, tenant, stop| {
            pairs.get(tenant, &key, stop).map(|value| value.is_some())
        })
        .await
    }

    async fn list_keys(
        &mut self,
        _: Handle,
        cursor: Option<u64>,
    ) -> Result<store::KeyResponse, Refusal> {
        let call = self.admit("bucket.list-keys")?;
        Kv::perform(&call, move |pairs, tenant, stop| {
            let (keys, cursor) = pairs.page(tenant, cursor, stop)?;
            Ok(store::KeyResponse { keys, cursor })
        })
        .await
    }

    async fn drop(&mut self, bucket: Handle) -> wasmtime::Result<()> {
        self.take::<Bucket, _>(&bucket).map(drop)
    }
}

impl atomics::Host for Call<'_, Kv> {
    async fn increment(&mut self, _: Handle, key: String, delta: u64) -> Result<u64, Refusal> {
        let call = self.admit("atomics.increment")?;
        Kv::perform(&call, move |pairs, tenant, stop| pairs.increment(tenant, &key, delta, stop))
            .await
    }
}

impl batch::Host for Call<'_, Kv> {
    async fn get_many(
        &mut self,
        _: Handle,
        keys: Vec<String>,
    ) -> Result<Vec<Option<(String, Vec<u8>)>>, Refusal> {
        let call = self.admit("batch.get-many")?;
        Kv::perform(&call, move |pairs, tenant, stop| {
            let values = pairs.get_many(tenant, &keys, stop)?;
            Ok(keys.into_iter().zip(values).map(|(key, value)| Some((key, value?))).collect())
        })
        .await
    }

    async fn set_many(&mut self, _: Handle, pairs: Vec<(String, Vec<u8>)>) -> Result<(), Refusal> {
        let call = self.admit("batch.set-many")?;
        Kv::perform(&call, move |store, tenant, stop| store.set_many(tenant, &pairs, stop)).await
    }

    async fn delete_many(&mut self, _: Handle, keys: Vec<String>) -> Result<(), Refusal> {
        let call = self.admit("batch.delete-many")?;
        Kv::perform(&call, move |pairs, tenant, stop| pairs.delete_many(tenant, &keys, stop)).await
    }
}
