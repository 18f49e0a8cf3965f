//! Pairs in an SQLite database.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::super::database::{self, Count, Place, Schema};
use super::super::error::Fault;
use super::super::slot::Slot;
use super::super::{Stop, StorageError};
use super::batch::Room;
use super::{Change, PairsQuota, Store};

const SCHEMA: Schema = Schema {
    application: i32::from_be_bytes(*b"wbkv"),
    version: 1,
    sql: include_str!("schema.sql"),
};

/// One connection that writes, and one beside it that reads.
#[derive(Debug)]
pub(super) struct Durable {
    writer: Slot<Connection>,
    reader: Slot<Connection>,
}

impl Durable {
    pub(super) fn open(path: &Path) -> Result<Self, StorageError> {
        let place = Place::file(path)?;
        let writer = Slot::new(place.writer(&SCHEMA)?);
        let reader = Slot::new(place.reader(|_| Ok(()))?);
        Ok(Self { writer, reader })
    }

    fn writing<T>(
        &self,
        stop: &Stop,
        mut step: impl FnMut(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StorageError> {
        let mut conn = self.writer.take(stop)?;
        database::run(&mut conn, stop, |conn| {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = step(&tx)?;
            tx.commit()?;
            Ok(value)
        })
    }
}

impl Store for Durable {
    fn get(&self, tenant: &str, key: &str, stop: &Stop) -> Result<Option<Vec<u8>>, StorageError> {
        let mut conn = self.reader.take(stop)?;
        database::run(&mut conn, stop, |conn| value(conn, tenant, key))
    }

    fn set(
        &self,
        tenant: &str,
        key: &str,
        value: &[u8],
        quota: PairsQuota,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        self.writing(stop, |conn| {
            put(conn, tenant, key, value)?;
            allowed(conn, tenant, quota)
        })
    }

    fn delete(&self, tenant: &str, key: &str, stop: &Stop) -> Result<bool, StorageError> {
        self.writing(stop, |conn| delete(conn, tenant, key))
    }

    fn keys(
        &self,
        tenant: &str,
        prefix: &str,
        after: &str,
        limit: usize,
        stop: &Stop,
    ) -> Result<Vec<String>, StorageError> {
        let mut conn = self.reader.take(stop)?;
        database::run(&mut conn, stop, |conn| {
            let mut select = conn.prepare_cached(
                "SELECT key FROM pair WHERE tenant = ?1 AND key > ?2 AND key >= ?3 ORDER BY key",
            )?;
            let mut rows = select.query((tenant, after, prefix))?;
            let mut keys: Vec<String> = Vec::new();
            while let Some(row) = rows.next()? {
                let key: String = row.get(0)?;
                if keys.len() == limit || !key.starts_with(prefix) {
                    break;
                }
                keys.push(key);
            }
            Ok(keys)
        })
    }

    fn update(
        &self,
        tenant: &str,
        key: &str,
        change: &mut Change<'_>,
        quota: PairsQuota,
        stop: &Stop,
    ) -> Result<bool, StorageError> {
        self.writing(stop, |conn| {
            let new = change(value(conn, tenant, key)?.as_deref())?;
            if let Some(new) = &new {
                put(conn, tenant, key, new)?;
                allowed(conn, tenant, quota)?;
            }
            Ok(new.is_some())
        })
    }

    fn get_many(
        &self,
        tenant: &str,
        keys: &[String],
        stop: &Stop,
    ) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        let mut conn = self.reader.take(stop)?;
        database::run(&mut conn, stop, |conn| {
            let tx = conn.transaction()?;
            let mut room = Room::default();
            let values = keys.iter().map(|key| {
                let value = value(&tx, tenant, key)?;
                room.take(value.as_deref())?;
                Ok(value)
            });
            values.collect()
        })
    }

    fn set_many(
        &self,
        tenant: &str,
        pairs: &[(String, Vec<u8>)],
        quota: PairsQuota,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        self.writing(stop, |conn| {
            for (key, value) in pairs {
                put(conn, tenant, key, value)?;
            }
            allowed(conn, tenant, quota)
        })
    }

    fn delete_many(&self, tenant: &str, keys: &[String], stop: &Stop) -> Result<(), StorageError> {
        self.writing(stop, |conn| {
            for key in keys {
                delete(conn, tenant, key)?;
            }
            Ok(())
        })
    }
}

fn value(conn: &Connection, tenant: &str, key: &str) -> Result<Option<Vec<u8>>, Fault> {
    let mut select =
        conn.prepare_cached("SELECT value FROM pair WHERE tenant = ?1 AND key = ?2")?;
    Ok(select.query_row((tenant, key), |row| row.get(0)).optional()?)
}

fn put(conn: &Connection, tenant: &str, key: &str, value: &[u8]) -> Result<(), Fault> {
    conn.prepare_cached(
        "INSERT INTO pair (tenant, key, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (tenant, key) DO UPDATE SET value = excluded.value",
    )?
    .execute((tenant, key, value))?;
    Ok(())
}

fn delete(conn: &Connection, tenant: &str, key: &str) -> Result<bool, Fault> {
    let mut delete = conn.prepare_cached("DELETE FROM pair WHERE tenant = ?1 AND key = ?2")?;
    Ok(delete.execute((tenant, key))? > 0)
}

/// Whether what the tenant holds by now is within the quota.
fn allowed(conn: &Connection, tenant: &str, quota: PairsQuota) -> Result<(), Fault> {
    let total = conn
        .prepare_cached("SELECT keys, bytes FROM total WHERE tenant = ?1")?
        .query_row([tenant], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (Count(keys), Count(bytes)) = total.unwrap_or((Count(0), Count(0)));
    Ok(quota.allows(keys, bytes)?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Pairs;
    use super::*;

    #[test]
    fn a_full_disk_is_told_and_what_was_acknowledged_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.db");
        let soon = || Stop::after(Duration::from_secs(10));
        let durable = Durable::open(&path).unwrap();
        // What SQLite says of a database that has all its pages is what it says of a full disk.
        let full = "PRAGMA max_page_count = 64";
        durable.writer.take(&soon()).unwrap().execute_batch(full).unwrap();
        let quota = PairsQuota::default();
        let set = |key: &str| durable.set("t", key, &[7; 4096], quota, &soon());
        let kept = (0..100).take_while(|n| set(&n.to_string()).is_ok()).count();
        assert!((1..100).contains(&kept), "{kept}");
        assert_eq!(set("more"), Err(StorageError::NoSpace));
        drop(durable);
        let pairs = Pairs::open(&path, quota).unwrap();
        for n in 0..kept {
            assert_eq!(pairs.get("t", &n.to_string(), &soon()), Ok(Some(vec![7; 4096])));
        }
        assert_eq!(pairs.get("t", "more", &soon()), Ok(None));
        pairs.set("t", "more", b"there is room again", &soon()).unwrap();
    }
}
