//! Pairs of a tenant: the store in front, its caps, and what is checked before any backend.

mod batch;
mod durable;
#[cfg(test)]
mod tests;
mod twin;

use std::path::Path;

use super::{Stop, StorageError};
use durable::Durable;
use twin::Twin;

/// The longest key, in bytes of UTF-8.
pub(crate) const KEY_MAX: usize = 512;
/// The largest value, in bytes.
pub(crate) const PAIR_VALUE_MAX: usize = 1 << 20;
/// The most keys that one listing gives.
pub(crate) const KEYS_MAX: u32 = 1000;

/// A page of keys, and the cursor that goes on after it.
pub(crate) type KeysPage = (Vec<String>, Option<String>);

/// What becomes of a value; none if it stays as it is.
type Change<'a> = dyn FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, StorageError> + 'a;

/// What one tenant may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PairsQuota {
    pub(crate) keys: u64,
    /// Keys and values together.
    pub(crate) bytes: u64,
}

impl Default for PairsQuota {
    /// 10,000 keys, 256 MiB.
    fn default() -> Self {
        Self { keys: 10_000, bytes: 256 << 20 }
    }
}

/// The pairs of all tenants. One file holds them all: a tenant costs no descriptor, no log
/// and no cache of its own, and one copy is a consistent backup. That no tenant sees
/// another's is the work of the key, whose first part is the tenant.
#[derive(Debug)]
pub(crate) struct Pairs {
    quota: PairsQuota,
    store: Box<dyn Store>,
}

/// Where pairs are kept. Keys and values have been checked.
trait Store: std::fmt::Debug + Send + Sync {
    fn get(&self, tenant: &str, key: &str, stop: &Stop) -> Result<Option<Vec<u8>>, StorageError>;

    fn set(
        &self,
        tenant: &str,
        key: &str,
        value: &[u8],
        quota: PairsQuota,
        stop: &Stop,
    ) -> Result<(), StorageError>;

    fn delete(&self, tenant: &str, key: &str, stop: &Stop) -> Result<bool, StorageError>;

    /// At most `limit` keys with `prefix`, after `after`.
    fn keys(
        &self,
        tenant: &str,
        prefix: &str,
        after: &str,
        limit: usize,
        stop: &Stop,
    ) -> Result<Vec<String>, StorageError>;

    /// Sets `key` to what `change` makes of its value, and says whether it did. A `change` may
    /// be asked again, with what has come in between.
    fn update(
        &self,
        tenant: &str,
        key: &str,
        change: &mut Change<'_>,
        quota: PairsQuota,
        stop: &Stop,
    ) -> Result<bool, StorageError>;

    /// The value of each key, all at one time; `TooLarge` when together they are over
    /// `BATCH_BYTES`.
    fn get_many(
        &self,
        tenant: &str,
        keys: &[String],
        stop: &Stop,
    ) -> Result<Vec<Option<Vec<u8>>>, StorageError>;

    /// Sets all or none.
    fn set_many(
        &self,
        tenant: &str,
        pairs: &[(String, Vec<u8>)],
        quota: PairsQuota,
        stop: &Stop,
    ) -> Result<(), StorageError>;

    /// Removes all that there are, or none.
    fn delete_many(&self, tenant: &str, keys: &[String], stop: &Stop) -> Result<(), StorageError>;
}

impl Pairs {
    /// Opens the database at `path`, whose folder must exist, and makes it, with mode 0600,
    /// if there is none.
    ///
    /// # Errors
    /// `Failed`: no database of ours, of another schema version, a link, or the disk.
    pub(crate) fn open(path: &Path, quota: PairsQuota) -> Result<Self, StorageError> {
        Ok(Self { quota, store: Box::new(Durable::open(path)?) })
    }

    /// Pairs in a map, without SQLite, gone when they are dropped: for tests and for
    /// measuring what stands in front. It never waits, so that it looks at no `Stop`.
    pub(crate) fn memory(quota: PairsQuota) -> Self {
        Self { quota, store: Box::new(Twin::default()) }
    }

    /// The value of `key`.
    ///
    /// # Errors
    /// `Invalid` key; `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn get(
        &self,
        tenant: &str,
        key: &str,
        stop: &Stop,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        check_key(key)?;
        self.store.get(tenant, key, stop)
    }

    /// Sets `key`; the value is durable when this returns.
    ///
    /// # Errors
    /// `Invalid` key; `TooLarge` for a value of more than 1 MiB; `Quota`; `Timeout`,
    /// `Cancelled`, `Failed`.
    pub(crate) fn set(
        &self,
        tenant: &str,
        key: &str,
        value: &[u8],
        stop: &Stop,
    ) -> Result<(), StorageError> {
        check_key(key)?;
        check_value(value)?;
        self.store.set(tenant, key, value, self.quota, stop)
    }

    /// Removes `key`, and says whether it was there.
    ///
    /// # Errors
    /// `Invalid` key; `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn delete(
        &self,
        tenant: &str,
        key: &str,
        stop: &Stop,
    ) -> Result<bool, StorageError> {
        check_key(key)?;
        self.store.delete(tenant, key, stop)
    }

    /// Keys that start with `prefix` (empty for all), in byte order, from after `cursor` on,
    /// which a page before gave. At most `limit`, and at most 1000. No cursor comes back with
    /// the last page.
    ///
    /// # Errors
    /// `Invalid` for a limit of 0, or a prefix or cursor that no key can have; `Timeout`,
    /// `Cancelled`, `Failed`.
    pub(crate) fn keys(
        &self,
        tenant: &str,
        prefix: &str,
        cursor: Option<&str>,
        limit: u32,
        stop: &Stop,
    ) -> Result<KeysPage, StorageError> {
        if limit == 0 {
            return Err(StorageError::invalid("a limit of 0 lists nothing"));
        }
        for text in [Some(prefix).filter(|prefix| !prefix.is_empty()), cursor].into_iter().flatten()
        {
            check_key(text)?;
        }
        let limit = limit.min(KEYS_MAX) as usize;
        let after = cursor.unwrap_or("");
        // One more than asked for tells whether there is another page.
        let mut keys = self.store.keys(tenant, prefix, after, limit + 1, stop)?;
        let more = keys.len() > limit;
        keys.truncate(limit);
        let next = keys.last().filter(|_| more).cloned();
        Ok((keys, next))
    }

    /// Sets `key` if its value is `expect`, or, with none, if it does not exist; says whether
    /// it did.
    ///
    /// # Errors
    /// As `set`.
    pub(crate) fn compare_and_set(
        &self,
        tenant: &str,
        key: &str,
        expect: Option<&[u8]>,
        value: &[u8],
        stop: &Stop,
    ) -> Result<bool, StorageError> {
        check_key(key)?;
        check_value(value)?;
        let mut change = |old: Option<&[u8]>| Ok((old == expect).then(|| value.to_vec()));
        self.store.update(tenant, key, &mut change, self.quota, stop)
    }
}

impl PairsQuota {
    /// Whether a tenant may come to hold this.
    fn allows(self, keys: u64, bytes: u64) -> Result<(), StorageError> {
        if keys > self.keys {
            Err(StorageError::Quota(self.keys))
        } else if bytes > self.bytes {
            Err(StorageError::Quota(self.bytes))
        } else {
            Ok(())
        }
    }
}

fn check_key(key: &str) -> Result<(), StorageError> {
    if key.is_empty() || key.len() > KEY_MAX {
        Err(StorageError::invalid("key: it must have 1 to 512 bytes"))
    } else if key.chars().any(char::is_control) {
        Err(StorageError::invalid("key: it holds a control character"))
    } else {
        Ok(())
    }
}

fn check_value(value: &[u8]) -> Result<(), StorageError> {
    if value.len() > PAIR_VALUE_MAX {
        Err(StorageError::TooLarge(PAIR_VALUE_MAX as u64))
    } else {
        Ok(())
    }
}
