//! How what was written to open files gets into the database: all of it in one transaction, so
//! that after a crash the volumes are as they were at one moment.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};

use super::super::database::{self, Place};
use super::super::error::Fault;
use super::super::slot::Taken;
use super::super::{Stop, StorageError};
use super::cache::Cache;
use super::portable::RESTORED;
use super::{Commit, Volume, Volumes, content, tree};

/// Bytes of the write-ahead log from which it is brought into the database.
const LOG: u64 = 4 << 20;
/// Bytes of it from which who writes to open files waits for that. Bringing it in waits for the
/// disk twice, which is better done beside the guest, and for much at once.
const LOG_MAX: u64 = 64 << 20;
/// Which host cleared `tmp` last. Not of the schema: older programs do without it.
pub(super) const RESUMED: &str = "CREATE TABLE IF NOT EXISTS resumed (
    only INTEGER PRIMARY KEY CHECK (only = 1), host TEXT NOT NULL) STRICT";
/// How long closing a database may wait for what is in its way.
const CLOSING: Duration = Duration::from_secs(10);

/// The writer, which leaves the write-ahead log to `sweep` and `limit_log`.
pub(super) fn without_checkpoints(writer: Connection) -> Result<Connection, StorageError> {
    let failed = |_| StorageError::Failed("the database cannot be set up".to_owned());
    writer.pragma_update(None, "wal_autocheckpoint", 0).map_err(failed)?;
    Ok(writer)
}

impl Volumes {
    /// Brings everything that was written into the database.
    ///
    /// # Errors
    /// Why something is lost that was written before: `Quota`, `NoSpace`, `Failed`. `Timeout` and
    /// `Cancelled` lose nothing.
    pub(crate) fn settle(&self, stop: &Stop) -> Result<(), StorageError> {
        let mut cache = self.cache.take(stop)?;
        let settled = self.settle_to(&mut cache, Commit::Soon, stop);
        cache.unheard().and(settled)
    }

    /// Brings everything into the file of the database, and leaves an empty write-ahead log.
    ///
    /// # Errors
    /// Those of `settle`, and `Failed` while somebody else reads the database.
    pub(crate) fn freeze(&self, stop: &Stop) -> Result<(), StorageError> {
        let mut cache = self.cache.take(stop)?;
        let settled = self.settle_to(&mut cache, Commit::Synced, stop);
        cache.unheard().and(settled)?;
        let mut conn = self.writer.take(stop)?;
        database::run(&mut conn, stop, |conn| {
            let busy: bool =
                conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            if busy { Err(Fault::Busy) } else { Ok(()) }
        })
    }

    /// Brings the write-ahead log into the database, if it is long, beside whoever reads or writes.
    pub(crate) fn sweep(&self, stop: &Stop) {
        if self.log_size() > LOG
            && let Some(sweeper) = self.sweeper.try_take()
        {
            // What could not be done now is done by the next.
            drop(self.checkpoint(sweeper, stop));
        }
    }

    /// The same, for who has the writer: nobody writes meanwhile, so the log begins anew.
    pub(super) fn limit_log(&self, commit: Commit, stop: &Stop) {
        let max = match commit {
            Commit::Synced => LOG,
            Commit::Soon => LOG_MAX,
        };
        if self.log_size() > max
            && let Ok(sweeper) = self.sweeper.take(stop)
        {
            drop(self.checkpoint(sweeper, stop));
        }
    }

    /// Its file is never longer than what it holds and, once it began anew, 4 MiB.
    fn log_size(&self) -> u64 {
        let Place::File(path) = &self.place else { return 0 };
        let mut log = path.clone().into_os_string();
        log.push("-wal");
        std::fs::metadata(log).map_or(0, |file| file.len())
    }

    /// Passive: it waits for no reader, and for no other writer.
    fn checkpoint(
        &self,
        mut sweeper: Taken<'_, Option<Connection>>,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        if sweeper.is_none() {
            *sweeper = Some(self.place.beside()?);
        }
        let Some(conn) = sweeper.as_mut() else { return Ok(()) };
        database::run(conn, stop, |conn| {
            Ok(conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)
        })
    }

    /// Clears `tmp`, unless `host`, a name for this process, did so before, or it was restored since.
    ///
    /// # Errors
    /// `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn resume(&self, host: &str, stop: &Stop) -> Result<(), StorageError> {
        self.writing(Commit::Soon, stop, |conn, _| {
            conn.execute_batch(RESUMED)?;
            let mut select = conn.prepare_cached("SELECT host FROM resumed")?;
            let last: Option<String> = select.query_row([], |row| row.get(0)).optional()?;
            match last.as_deref() {
                Some(last) if last == host => return Ok(()),
                Some(RESTORED) => {}
                _ => {
                    conn.execute("DELETE FROM entry WHERE volume = ?1", [Volume::Tmp.name()])?;
                }
            }
            conn.execute("INSERT OR REPLACE INTO resumed VALUES (1, ?1)", [host])?;
            Ok(())
        })?;
        Ok(())
    }

    /// Whether the database has everything that was written.
    pub(crate) fn is_settled(&self) -> bool {
        self.cache.try_take().is_some_and(|cache| cache.is_settled())
    }

    /// The same as `settle`, for who wrote nothing: what is lost is kept for those to hear who did.
    ///
    /// # Errors
    /// `Timeout` and `Cancelled`.
    pub(crate) fn settled(&self, stop: &Stop) -> Result<(), StorageError> {
        let mut cache = self.cache.take(stop)?;
        self.settle_first(&mut cache, stop)
    }

    pub(super) fn settle_first(&self, cache: &mut Cache, stop: &Stop) -> Result<(), StorageError> {
        match self.settle_to(cache, Commit::Soon, stop) {
            Err(error @ (StorageError::Timeout | StorageError::Cancelled)) => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) fn settle_to(
        &self,
        cache: &mut Cache,
        commit: Commit,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        cache.let_go();
        let unsynced = commit == Commit::Synced && cache.unsynced;
        if cache.is_settled() && !unsynced {
            return Ok(());
        }
        let done = self.transact(cache, commit, stop, |conn, cache| {
            if unsynced {
                // Only a commit of something makes SQLite sync the log, and all before it.
                conn.execute("UPDATE total SET entries = entries", [])?;
            }
            self.put_all(conn, cache)
        });
        match &done {
            Ok(()) => {
                cache.settled(cache.room);
                cache.unsynced &= commit == Commit::Soon;
            }
            Err(StorageError::Timeout | StorageError::Cancelled) => {}
            Err(error) => cache.lost(error),
        }
        done
    }

    pub(super) fn put_all(&self, conn: &Connection, cache: &Cache) -> Result<(), Fault> {
        let mut grew = false;
        for (id, file) in cache.files() {
            if file.is_over() {
                tree::delete(conn, id)?;
            } else if file.is_changed() {
                // Another process may have removed it; then nobody can tell that it was written.
                if !tree::set_size(conn, id, file.size, file.modified_ms)? {
                    continue;
                }
                for (seq, chunk) in file.chunks.iter().filter(|(_, chunk)| chunk.dirty) {
                    content::put_chunk(conn, id, *seq, &chunk.data)?;
                }
                grew |= file.grew();
            }
        }
        if grew { self.within_quota(conn) } else { Ok(()) }
    }
}

impl Drop for Volumes {
    /// What is lost here nobody can be told.
    fn drop(&mut self) {
        drop(self.settle(&Stop::after(CLOSING)));
    }
}
