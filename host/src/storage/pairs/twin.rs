//! The memory twin: the same answers from a map.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::{Stop, StorageError};
use super::batch::Room;
use super::{Change, PairsQuota, Store};

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

    fn update(
        &self,
        tenant: &str,
        key: &str,
        change: &mut Change<'_>,
        quota: PairsQuota,
        _: &Stop,
    ) -> Result<bool, StorageError> {
        let mut tenants = self.tenants();
        let tenant = tenants.entry(tenant.to_owned()).or_default();
        let new = change(tenant.pairs.get(key).map(Vec::as_slice))?;
        if let Some(new) = &new {
            tenant.put(key, new, quota)?;
        }
        Ok(new.is_some())
    }

    fn get_many(
        &self,
        tenant: &str,
        keys: &[String],
        _: &Stop,
    ) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        let tenants = self.tenants();
        let tenant = tenants.get(tenant);
        let mut room = Room::default();
        let values = keys.iter().map(|key| {
            let value = tenant.and_then(|tenant| tenant.pairs.get(key));
            room.take(value.map(Vec::as_slice))?;
            Ok(value.cloned())
        });
        values.collect()
    }

    fn set_many(
        &self,
        tenant: &str,
        pairs: &[(String, Vec<u8>)],
        quota: PairsQuota,
        _: &Stop,
    ) -> Result<(), StorageError> {
        let mut tenants = self.tenants();
        let tenant = tenants.entry(tenant.to_owned()).or_default();
        let (mut keys, mut bytes) = (tenant.pairs.len(), tenant.bytes);
        let last: BTreeMap<&str, &[u8]> =
            pairs.iter().map(|(key, value)| (key.as_str(), value.as_slice())).collect();
        for (key, value) in &last {
            if let Some(old) = tenant.pairs.get(*key) {
                bytes -= old.len();
            } else {
                (keys, bytes) = (keys + 1, bytes + key.len());
            }
            bytes += value.len();
        }
        quota.allows(keys as u64, bytes as u64)?;
        for (key, value) in last {
            tenant.pairs.insert(key.to_owned(), value.to_vec());
        }
        tenant.bytes = bytes;
        Ok(())
    }

    fn delete_many(&self, tenant: &str, keys: &[String], stop: &Stop) -> Result<(), StorageError> {
        keys.iter().try_for_each(|key| self.delete(tenant, key, stop).map(drop))
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
