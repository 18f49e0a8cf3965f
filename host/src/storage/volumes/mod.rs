//! The workbook's files: one SQLite database per instance, three volumes. This file holds the
//! types and the connections; what is done with them stands beside it.

mod at;
mod cache;
mod content;
mod foreign;
mod found;
mod functions;
mod gathered;
mod guard;
mod like;
mod listing;
mod open;
mod path;
mod portable;
mod query;
mod resolve;
mod settle;
#[cfg(test)]
mod tests;
mod tree;

use std::path::Path;

use rusqlite::Connection;

pub(crate) use at::{Folder, Opened, Opening, Stat};
pub(crate) use cache::{At, OpenFile, PIECE_MAX};
pub(crate) use found::{FoundLimits, found};
pub use gathered::GATHERED_CONTENT_MAX;
pub(crate) use gathered::{Gathered, GatheredFile};
pub(crate) use path::VfsPath;
pub use portable::Carried;
pub use query::{Rows, Value};

use super::database::{self, Count, Place, Schema};
use super::error::Fault;
use super::slot::{Slot, Taken};
use super::{Stop, StorageError};
use cache::Cache;

const SCHEMA: Schema = Schema {
    application: i32::from_be_bytes(*b"wbvs"),
    version: 1,
    sql: include_str!("schema.sql"),
};

/// One of the three trees of a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Volume {
    Workspace,
    Memory,
    Tmp,
}

impl Volume {
    /// The word in the `volume` column.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Memory => "memory",
            Self::Tmp => "tmp",
        }
    }
}

/// When a commit ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Commit {
    /// The disk has it.
    #[default]
    Synced,
    /// The operating system has it: a kill loses nothing, and a loss of power the last commits,
    /// never one before another.
    Soon,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
}

/// A file or directory. Its size is 0 for a directory; its time is of the last write of
/// content, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    pub(crate) modified_ms: u64,
}

/// What one database may hold, over its three volumes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VolumesQuota {
    /// The sum of the sizes of all files.
    pub(crate) bytes: u64,
    /// Files and directories.
    pub(crate) entries: u64,
}

impl Default for VolumesQuota {
    /// 256 MiB in 100,000 entries.
    fn default() -> Self {
        Self { bytes: 256 << 20, entries: 100_000 }
    }
}

/// The three volumes. In a file, reading, writing and a query go on side by side; in memory
/// they take turns, because SQLite's `memdb` has one lock for the whole database.
#[derive(Debug)]
pub(crate) struct Volumes {
    place: Place,
    quota: VolumesQuota,
    /// Of files that are open. Who takes it and a connection takes it first.
    cache: Slot<Cache>,
    /// None in memory: there the writer reads.
    reader: Option<Slot<Connection>>,
    /// Opened by the first query.
    asker: Slot<Option<Connection>>,
    /// For checkpoints beside the writer; opened by the first.
    sweeper: Slot<Option<Connection>>,
    /// Dropped last: only it can empty the write-ahead log and remove it.
    writer: Slot<Connection>,
}

impl Volumes {
    /// Opens the database at `path`, whose folder must exist (mode 0700 is the caller's
    /// care), and makes it, with mode 0600, if there is none.
    ///
    /// # Errors
    /// `Failed`: no database of ours, of another schema version, a link, or the disk.
    pub(crate) fn open(path: &Path, quota: VolumesQuota) -> Result<Self, StorageError> {
        Self::at(Place::file(path)?, quota)
    }

    /// Volumes that are gone when they are dropped.
    ///
    /// # Errors
    /// `Failed` if SQLite has no memory.
    pub(crate) fn memory(quota: VolumesQuota) -> Result<Self, StorageError> {
        Self::at(Place::memory(), quota)
    }

    fn at(place: Place, quota: VolumesQuota) -> Result<Self, StorageError> {
        let writer = Slot::new(settle::without_checkpoints(place.writer(&SCHEMA)?)?);
        let reader = match &place {
            Place::File(_) => Some(Slot::new(place.reader(|_| Ok(()))?)),
            Place::Memory(_) => None,
        };
        let cache = Slot::new(Cache::default());
        Ok(Self {
            place,
            quota,
            cache,
            reader,
            asker: Slot::new(None),
            sweeper: Slot::new(None),
            writer,
        })
    }

    /// One state of the database, in which everything is that was written.
    fn reading<T>(
        &self,
        stop: &Stop,
        mut step: impl FnMut(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StorageError> {
        self.settled(stop)?;
        self.looking(stop, &mut step)
    }

    /// One state of the database, which may lack what the cache has.
    fn looking<T>(
        &self,
        stop: &Stop,
        mut step: impl FnMut(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StorageError> {
        let mut conn = self.reader.as_ref().unwrap_or(&self.writer).take(stop)?;
        database::run(&mut conn, stop, |conn| {
            // One transaction, so that all statements of a step see one state.
            let tx = conn.transaction()?;
            let value = step(&tx)?;
            tx.commit()?;
            Ok(value)
        })
    }

    /// All of `step`, or nothing of it, after everything that was written before. Over quota,
    /// nothing. Nobody changes a file until the cache that comes with it is dropped.
    fn writing<T>(
        &self,
        commit: Commit,
        stop: &Stop,
        mut step: impl FnMut(&Connection, &Cache) -> Result<T, Fault>,
    ) -> Result<(T, Taken<'_, Cache>), StorageError> {
        let mut cache = self.cache.take(stop)?;
        if cache.is_nearly_settled() {
            // In one transaction: many programs write one small file after the other.
            let mut put = false;
            let done = self.transact(&mut cache, commit, stop, |conn, cache| {
                put = false;
                self.put_all(conn, cache)?;
                put = true;
                step(conn, cache)
            });
            match done {
                Ok(value) => {
                    let room = cache.room;
                    cache.settled(room);
                    return Ok((value, cache));
                }
                Err(error) if put => return Err(error),
                // Who wrote it hears why it cannot be put there.
                Err(_) => {}
            }
        }
        self.settle_first(&mut cache, stop)?;
        let value = self.transact(&mut cache, commit, stop, step)?;
        Ok((value, cache))
    }

    fn transact<T>(
        &self,
        cache: &mut Cache,
        commit: Commit,
        stop: &Stop,
        mut step: impl FnMut(&Connection, &Cache) -> Result<T, Fault>,
    ) -> Result<T, StorageError> {
        let mut conn = self.writer.take(stop)?;
        let (value, room) = database::run(&mut conn, stop, |conn| {
            if cache.commit != commit {
                conn.execute_batch(match commit {
                    Commit::Synced => "PRAGMA synchronous = FULL",
                    Commit::Soon => "PRAGMA synchronous = NORMAL",
                })?;
            }
            let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let value = step(&tx, cache)?;
            let (bytes, _) = Self::totals(&tx)?;
            tx.commit()?;
            Ok((value, self.quota.bytes.saturating_sub(bytes)))
        })?;
        cache.commit = commit;
        cache.room = room;
        cache.unsynced |= commit == Commit::Soon;
        self.limit_log(commit, stop);
        Ok(value)
    }

    fn totals(conn: &Connection) -> Result<(u64, u64), Fault> {
        let (Count(bytes), Count(entries)) = conn
            .prepare_cached("SELECT bytes, entries FROM total")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((bytes, entries))
    }

    /// Whether the totals, as the open transaction has them, are within the quota.
    fn within_quota(&self, conn: &Connection) -> Result<(), Fault> {
        let (bytes, entries) = Self::totals(conn)?;
        if bytes > self.quota.bytes {
            Err(StorageError::Quota(self.quota.bytes).into())
        } else if entries > self.quota.entries {
            Err(StorageError::Quota(self.quota.entries).into())
        } else {
            Ok(())
        }
    }
}
