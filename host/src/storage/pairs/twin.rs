//! The memory twin: the same answers from a map.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::{Stop, StorageError};
use super::{PairsQuota, Store};

#[derive(Debug, Default)]
pub(super) struct Twin {
    tenants: Mutex<HashMap<String, Tenant>>,
}

#[derive(Debug, Default)]
struct Tenant {
    pairs: BTreeMap<String, Vec<u8>>,
    /// Of keys and values.
    bytes: usize,
}

impl Twin {
    fn tenants(&self) -> MutexGuard<'_, HashMap<String, Tenant>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Twin {
    fn get(&self, tenant: &str, key: &str, _: &Stop) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.tenants().get(tenant).and_then(|tenant| tenant.pairs.get(key).cloned()))
    }

    fn set(
        &self,
        tenant: &str,
        key: &str,
        value: &[u8],
        quota: PairsQuota,
        _: &Stop,
    ) -> Result<(), StorageError> {
        let mut tenants = self.tenants();
        if let Some(tenant) = tenants.get_mut(tenant) {
            return tenant.put(key, value, quota);
        }
        tenants.entry(tenant.to_owned()).or_default().put(key, value, quota)
    }

    fn delete(&self, tenant: &str, key: &str, _: &Stop) -> Result<bool, StorageError> {
        let mut tenants = self.tenants();
        let Some(tenant) = tenants.get_mut(tenant) else { return Ok(false) };
        let Some(value) = tenant.pairs.remove(key) else { return Ok(false) };
        tenant.bytes -= key.len() + value.len();
        Ok(true)
    }

    fn keys(
        &self,
        tenant: &str,
        prefix: &str,
        after: &str,
        limit: usize,
        _: &Stop,
    ) -> Result<Vec<String>, StorageError> {
        let from = if after < prefix { Bound::Included(prefix) } else { Bound::Excluded(after) };
        let tenants = self.tenants();
        let Some(tenant) = tenants.get(tenant) else { return Ok(Vec::new()) };
        let keys = tenant.pairs.range::<str, _>((from, Bound::Unbounded)).map(|(key, _)| key);
        Ok(keys.take_while(|key| key.starts_with(prefix)).take(limit).cloned().collect())
    }

    fn compare_and_set(
        &self,
        tenant: &str,
        key: &str,
        expect: Option<&[u8]>,
        new: &[u8],
        quota: PairsQuota,
        _: &Stop,
    ) -> Result<bool, StorageError> {
        let mut tenants = self.tenants();
        let tenant = tenants.entry(tenant.to_owned()).or_default();
        let same = tenant.pairs.get(key).map(Vec::as_slice) == expect;
        if same {
            tenant.put(key, new, quota)?;
        }
        Ok(same)
    }
}

impl Tenant {
    fn put(&mut self, key: &str, value: &[u8], quota: PairsQuota) -> Result<(), StorageError> {
        let keys = self.pairs.len() as u64;
        if let Some(old) = self.pairs.get_mut(key) {
            let bytes = self.bytes - old.len() + value.len();
            quota.allows(keys, bytes as u64)?;
            old.clear();
            old.extend_from_slice(value);
            self.bytes = bytes;
        } else {
            let bytes = self.bytes + key.len() + value.len();
            quota.allows(keys + 1, bytes as u64)?;
            self.pairs.insert(key.to_owned(), value.to_vec());
            self.bytes = bytes;
        }
        Ok(())
    }
}
