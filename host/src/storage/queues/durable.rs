//! Queues in an SQLite database.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::super::database::{self, Count, Place, Schema};
use super::super::error::Fault;
use super::super::slot::Slot;
use super::super::{Stop, StorageError};
use super::{LEASE_MAX, Lease, Message, Name, QueuesQuota, RECEIVE_BYTES, Store, receipt};

const SCHEMA: Schema = Schema {
    application: i32::from_be_bytes(*b"wbqu"),
    version: 1,
    sql: include_str!("schema.sql"),
};

/// One connection: but for the depth, every operation writes.
#[derive(Debug)]
pub(super) struct Durable(Slot<Connection>);

impl Durable {
    pub(super) fn open(path: &Path) -> Result<Self, StorageError> {
        Ok(Self(Slot::new(Place::file(path)?.writer(&SCHEMA)?)))
    }

    fn writing<T>(
        &self,
        stop: &Stop,
        mut step: impl FnMut(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StorageError> {
        let mut conn = self.0.take(stop)?;
        database::run(&mut conn, stop, |conn| {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = step(&tx)?;
            tx.commit()?;
            Ok(value)
        })
    }
}

impl Store for Durable {
    fn publish(
        &self,
        name: Name<'_>,
        body: &[u8],
        quota: QueuesQuota,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        self.writing(stop, |conn| {
            conn.prepare_cached("INSERT INTO message (tenant, queue, body) VALUES (?1, ?2, ?3)")?
                .execute((name.tenant, name.queue, body))?;
            let (Count(queues), Count(bytes)) = conn
                .prepare_cached("SELECT count(*), sum(bytes) FROM queue WHERE tenant = ?1")?
                .query_row([name.tenant], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(quota.allows(depth(conn, name)?, queues, bytes)?)
        })
    }

    fn receive(
        &self,
        name: Name<'_>,
        lease: Lease,
        stop: &Stop,
    ) -> Result<Vec<Message>, StorageError> {
        self.writing(stop, |conn| {
            let mut select = conn.prepare_cached(
                "SELECT id, attempts, body FROM message
                 WHERE tenant = ?1 AND queue = ?2
                   AND (leased_until <= ?3 OR leased_until > ?4) ORDER BY id",
            )?;
            let mut update = conn.prepare_cached(
                "UPDATE message SET attempts = ?2, leased_until = ?3, receipt = ?4 WHERE id = ?1",
            )?;
            let (now, beyond) = (Count(lease.now), Count(lease.now + LEASE_MAX));
            let mut rows = select.query((name.tenant, name.queue, now, beyond))?;
            let (mut found, mut bytes) = (Vec::new(), 0);
            while found.len() < lease.max {
                let Some(row) = rows.next()? else { break };
                let (id, attempts): (i64, u32) = (row.get(0)?, row.get(1)?);
                let body: Vec<u8> = row.get(2)?;
                bytes += body.len();
                if bytes > RECEIVE_BYTES {
                    break;
                }
                let message =
                    Message { receipt: receipt()?, attempts: attempts.saturating_add(1), body };
                found.push((id, message));
            }
            drop(rows);
            for (id, message) in &found {
                update.execute((id, message.attempts, Count(lease.until), &message.receipt))?;
            }
            Ok(found.into_iter().map(|(_, message)| message).collect())
        })
    }

    fn acknowledge(
        &self,
        name: Name<'_>,
        receipt: &str,
        now: u64,
        stop: &Stop,
    ) -> Result<bool, StorageError> {
        self.writing(stop, |conn| {
            let mut delete = conn.prepare_cached(
                "DELETE FROM message WHERE receipt = ?1 AND tenant = ?2 AND queue = ?3
                   AND leased_until > ?4 AND leased_until <= ?5",
            )?;
            let (now, beyond) = (Count(now), Count(now + LEASE_MAX));
            Ok(delete.execute((receipt, name.tenant, name.queue, now, beyond))? > 0)
        })
    }

    fn depth(&self, name: Name<'_>, stop: &Stop) -> Result<u64, StorageError> {
        let mut conn = self.0.take(stop)?;
        database::run(&mut conn, stop, |conn| depth(conn, name))
    }
}

fn depth(conn: &Connection, name: Name<'_>) -> Result<u64, Fault> {
    let mut select =
        conn.prepare_cached("SELECT messages FROM queue WHERE tenant = ?1 AND name = ?2")?;
    let depth = select.query_row((name.tenant, name.queue), |row| row.get(0)).optional()?;
    Ok(depth.map_or(0, |Count(messages)| messages))
}
