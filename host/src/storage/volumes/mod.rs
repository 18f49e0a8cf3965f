//! The workbook's files: one SQLite database per instance, three volumes. This file holds the
//! types and the connections; what is done with them stands beside it.

mod content;
mod functions;
mod guard;
mod like;
mod path;
mod query;
#[cfg(test)]
mod tests;
mod tree;

use std::path::Path;

use rusqlite::Connection;

pub(crate) use path::VfsPath;
pub(crate) use query::{Rows, Value};

use super::database::{self, Count, Place, Schema};
use super::error::Fault;
use super::slot::Slot;
use super::{Stop, StorageError};

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
    writer: Slot<Connection>,
    /// None in memory: there the writer reads.
    reader: Option<Slot<Connection>>,
    /// Opened by the first query.
    asker: Slot<Option<Connection>>,
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
        let writer = Slot::new(place.writer(&SCHEMA)?);
        let reader = match &place {
            Place::File(_) => Some(Slot::new(place.reader(|_| Ok(()))?)),
            Place::Memory(_) => None,
        };
        Ok(Self { place, quota, writer, reader, asker: Slot::new(None) })
    }

    fn reading<T>(
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

    /// All of `step`, or nothing of it. Over quota, nothing.
    fn writing<T>(
        &self,
        stop: &Stop,
        mut step: impl FnMut(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StorageError> {
        let mut conn = self.writer.take(stop)?;
        database::run(&mut conn, stop, |conn| {
            let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let value = step(&tx)?;
            tx.commit()?;
            Ok(value)
        })
    }

    /// Whether the totals, as the open transaction has them, are within the quota.
    fn within_quota(&self, conn: &Connection) -> Result<(), Fault> {
        let (Count(bytes), Count(entries)) = conn
            .prepare_cached("SELECT bytes, entries FROM total")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if bytes > self.quota.bytes {
            Err(StorageError::Quota(self.quota.bytes).into())
        } else if entries > self.quota.entries {
            Err(StorageError::Quota(self.quota.entries).into())
        } else {
            Ok(())
        }
    }
}
