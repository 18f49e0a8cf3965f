//! Files that are open: read, write, resize, sync. What the cache has is done at once (`try_…`);
//! the rest may wait for the disk.

use super::super::error::Fault;
use super::super::slot::Taken;
use super::super::{Stop, StorageError};
use super::at::Stat;
use super::cache::{Cache, Miss};
use super::content::{self, CHUNK, FILE_MAX};
use super::{At, Commit, Kind, OpenFile, Volumes, tree};

/// Chunks that are read at once, where reading goes on from what was read: 256 KiB.
const AHEAD: u64 = 4;

impl Volumes {
    /// Up to `max` bytes, and at most 256 KiB, from `offset` on, if they are in memory; fewer
    /// only at the end of the file.
    pub(crate) fn try_read(&self, file: &OpenFile, offset: u64, max: usize) -> Option<Vec<u8>> {
        self.cache.try_take()?.read(file.id(), offset, max).ok()?.ok()
    }

    /// The same, from the database where it must be.
    ///
    /// # Errors
    /// `NotFound` if another process removed the file; `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn read_open(
        &self,
        file: &OpenFile,
        offset: u64,
        max: usize,
        stop: &Stop,
    ) -> Result<Vec<u8>, StorageError> {
        let mut cache = self.cache.take(stop)?;
        loop {
            match cache.read(file.id(), offset, max)? {
                Ok(bytes) => return Ok(bytes),
                Err(miss) => self.make_good(&mut cache, file, &miss, stop)?,
            }
        }
    }

    /// Writes all of `data`, if it needs nothing but memory, and gives the place after it.
    pub(crate) fn try_write(
        &self,
        file: &OpenFile,
        at: At,
        data: &[u8],
    ) -> Option<Result<u64, StorageError>> {
        self.cache.try_take()?.write(file.id(), at, data).map(Result::ok).transpose()
    }

    /// Writes all of `data`, or nothing; everybody in this process sees it, and the database has
    /// it after the next `settle`. What lies between the old end and `at` reads as zeros, and
    /// counts against the quota.
    ///
    /// # Errors
    /// `TooLarge` for a file of more than 1 GiB; `Quota`; `Timeout`, `Cancelled`, `Failed`; and
    /// why something is lost that was written before.
    pub(crate) fn write_open(
        &self,
        file: &OpenFile,
        at: At,
        data: &[u8],
        stop: &Stop,
    ) -> Result<u64, StorageError> {
        let mut cache = self.cache.take(stop)?;
        loop {
            match cache.write(file.id(), at, data)? {
                Ok(end) => return Ok(end),
                Err(miss) => self.make_good(&mut cache, file, &miss, stop)?,
            }
        }
    }

    fn make_good(
        &self,
        cache: &mut Taken<'_, Cache>,
        file: &OpenFile,
        miss: &Miss,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        match *miss {
            Miss::Full => self.settle_first(cache, stop),
            Miss::Room(growth) => {
                self.settle_first(cache, stop)?;
                self.transact(cache, Commit::Soon, stop, |_, _| Ok(()))?;
                if growth > cache.room {
                    return Err(StorageError::Quota(self.quota.bytes));
                }
                Ok(())
            }
            Miss::Load(seq) => {
                let id = file.id();
                let held = cache.get(id).ok_or(StorageError::NotFound)?;
                let last = held.size.saturating_sub(1) / CHUNK;
                let goes_on = seq == 0 || held.chunks.contains_key(&(seq - 1));
                let to = if goes_on { last.min(seq + AHEAD - 1) } else { seq };
                let chunks = self.looking(stop, |conn| {
                    if !conn.prepare_cached("SELECT 1 FROM entry WHERE id = ?1")?.exists([id])? {
                        return Err(StorageError::NotFound.into());
                    }
                    content::chunks(conn, id, seq, to)
                })?;
                for (seq, data) in chunks {
                    cache.loaded(id, seq, data);
                }
                cache.shrink();
                Ok(())
            }
        }
    }

    /// Cuts the file, or adds zeros.
    ///
    /// # Errors
    /// Those of `write_open`.
    pub(crate) fn resize(
        &self,
        file: &OpenFile,
        size: u64,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        if size > FILE_MAX {
            return Err(StorageError::TooLarge(FILE_MAX));
        }
        let modified_ms = tree::now_ms();
        let ((), mut cache) = self.writing(Commit::Soon, stop, |conn, cache| {
            let held = cache.get(file.id()).ok_or(StorageError::NotFound)?;
            content::resize(conn, file.id(), size, modified_ms)?;
            if size > held.size { self.within_quota(conn) } else { Ok::<_, Fault>(()) }
        })?;
        cache.resized(file.id(), size, modified_ms);
        cache.failure(file.id())
    }

    /// Sets the time of the last write, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// `Timeout`, `Cancelled`.
    pub(crate) fn touch(
        &self,
        file: &OpenFile,
        modified_ms: u64,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        self.cache.take(stop)?.touch(file.id(), modified_ms)
    }

    /// Returns when the disk has everything that was written, to this file and to others.
    ///
    /// # Errors
    /// Why something is lost that was written to this file: `Quota`, `NoSpace`, `Failed`;
    /// `Timeout` and `Cancelled`.
    pub(crate) fn sync(&self, file: Option<&OpenFile>, stop: &Stop) -> Result<(), StorageError> {
        let mut cache = self.cache.take(stop)?;
        let synced = self.settle_to(&mut cache, Commit::Synced, stop);
        match file {
            Some(file) => cache.failure(file.id()).and(synced),
            None => synced,
        }
    }

    /// What the file is now, if nobody holds the cache.
    pub(crate) fn try_stat(&self, file: &OpenFile) -> Option<Stat> {
        Self::stat_in(&*self.cache.try_take()?, file).ok()
    }

    /// What the file is now.
    ///
    /// # Errors
    /// `Timeout`, `Cancelled`.
    pub(crate) fn stat_open(&self, file: &OpenFile, stop: &Stop) -> Result<Stat, StorageError> {
        Self::stat_in(&*self.cache.take(stop)?, file)
    }

    fn stat_in(cache: &Cache, file: &OpenFile) -> Result<Stat, StorageError> {
        let held = cache.get(file.id()).ok_or(StorageError::NotFound)?;
        let (size, modified_ms) = (held.size, held.modified_ms);
        Ok(Stat { id: file.id(), kind: Kind::File, size, modified_ms, named: held.linked })
    }
}
