//! The bytes of a file: read and write, chunk by chunk, never a whole file in memory.

use rusqlite::{Connection, OptionalExtension};

use super::super::database::Count;
use super::super::error::Fault;
use super::super::{Stop, StorageError};
use super::tree::{self, Node};
use super::{Commit, Kind, VfsPath, Volume, Volumes};

/// Bytes in a chunk row; `schema.sql` has it too. An append rewrites at most this much.
pub(super) const CHUNK: u64 = 64 << 10;
/// The largest file, in bytes.
pub(crate) const FILE_MAX: u64 = 1 << 30;
/// The most that one write takes, in bytes.
pub(crate) const WRITE_MAX: u64 = 4 << 20;
/// The most that one read gives, in bytes.
pub(crate) const READ_MAX: u64 = 4 << 20;

impl Volumes {
    /// Up to `max` bytes from `offset` on, and at most 4 MiB; fewer only at the end of that,
    /// none at or after the file's end.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a directory; `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn read(
        &self,
        volume: Volume,
        path: &VfsPath,
        offset: u64,
        max: u32,
        stop: &Stop,
    ) -> Result<Vec<u8>, StorageError> {
        self.reading(stop, |conn| {
            let node = file(tree::find(conn, volume, path.as_str())?)?;
            let end = node.size.min(offset.saturating_add(READ_MAX.min(max.into())));
            if offset >= end {
                return Ok(Vec::new());
            }
            // Chunks hold no zeros that were never written.
            let mut bytes = vec![0; length(end - offset)];
            let mut chunks = conn.prepare_cached(
                "SELECT seq, data FROM chunk WHERE entry = ?1 AND seq BETWEEN ?2 AND ?3",
            )?;
            let mut rows =
                chunks.query((node.id, Count(offset / CHUNK), Count((end - 1) / CHUNK)))?;
            while let Some(row) = rows.next()? {
                let start = row.get::<_, Count>(0)?.0 * CHUNK;
                let data = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                let (skip, at) = (offset.saturating_sub(start), start.saturating_sub(offset));
                if let Some(data) = data.get(length(skip)..) {
                    let room = &mut bytes[length(at)..];
                    let count = data.len().min(room.len());
                    room[..count].copy_from_slice(&data[..count]);
                }
            }
            Ok(bytes)
        })
    }

    /// Writes `data` at `offset`, or, with none, instead of the whole file, in one
    /// transaction. Makes the file and the directories above. What lies between the old end
    /// and `offset` reads as zeros, and counts against the quota.
    ///
    /// # Errors
    /// `TooLarge` for more than 4 MiB at once, or a file of more than 1 GiB; `Quota`;
    /// `Conflict` if the path, or one above it, is of the other kind; `Timeout`, `Cancelled`,
    /// `Failed`. After an error nothing is changed.
    pub(crate) fn write(
        &self,
        volume: Volume,
        path: &VfsPath,
        offset: Option<u64>,
        data: &[u8],
        stop: &Stop,
    ) -> Result<(), StorageError> {
        let count = data.len() as u64;
        if count > WRITE_MAX {
            return Err(StorageError::TooLarge(WRITE_MAX));
        }
        let end = offset.unwrap_or(0).checked_add(count).filter(|end| *end <= FILE_MAX);
        let end = end.ok_or(StorageError::TooLarge(FILE_MAX))?;
        let (changed, mut cache) = self.writing(Commit::Synced, stop, |conn, _| {
            let node = tree::make_file(conn, volume, path)?;
            let size = match offset {
                None => end,
                Some(_) if data.is_empty() => node.size,
                Some(_) => node.size.max(end),
            };
            let modified_ms = tree::now_ms();
            tree::set_size(conn, node.id, size, modified_ms)?;
            self.within_quota(conn)?;
            if offset.is_none() {
                conn.prepare_cached("DELETE FROM chunk WHERE entry = ?1")?.execute([node.id])?;
            }
            put(conn, node.id, offset.unwrap_or(0), data)?;
            Ok((node.id, size, modified_ms))
        })?;
        let (id, size, modified_ms) = changed;
        cache.forget(id, (size, modified_ms));
        Ok(())
    }
}

fn file(node: Option<Node>) -> Result<Node, StorageError> {
    match node {
        None => Err(StorageError::NotFound),
        Some(node) if node.kind == Kind::Directory => {
            Err(StorageError::invalid("it is a directory"))
        }
        Some(node) => Ok(node),
    }
}

/// A length that a cap of a few MiB has bounded already.
fn length(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Gives a file another size and time: what is cut off is gone, and what is added reads as zeros.
pub(super) fn resize(
    conn: &Connection,
    entry: i64,
    size: u64,
    modified_ms: u64,
) -> Result<(), Fault> {
    tree::set_size(conn, entry, size, modified_ms)?;
    conn.prepare_cached("DELETE FROM chunk WHERE entry = ?1 AND seq >= ?2")?
        .execute((entry, Count(size.div_ceil(CHUNK))))?;
    conn.prepare_cached(
        "UPDATE chunk SET data = substr(data, 1, ?3)
         WHERE entry = ?1 AND seq = ?2 AND length(data) > ?3",
    )?
    .execute((entry, Count(size / CHUNK), Count(size % CHUNK)))?;
    Ok(())
}

/// Puts a whole chunk where it belongs.
pub(super) fn put_chunk(
    conn: &Connection,
    entry: i64,
    seq: u64,
    data: &[u8],
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO chunk (entry, seq, data) VALUES (?1, ?2, ?3)
         ON CONFLICT (entry, seq) DO UPDATE SET data = excluded.data",
    )?
    .execute((entry, Count(seq), data))?;
    Ok(())
}

/// The chunks `from..=to` of a file; what was never written is empty.
pub(super) fn chunks(
    conn: &Connection,
    entry: i64,
    from: u64,
    to: u64,
) -> Result<Vec<(u64, Vec<u8>)>, Fault> {
    let mut select = conn.prepare_cached(
        "SELECT seq, data FROM chunk WHERE entry = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq",
    )?;
    let rows = select.query_map((entry, Count(from), Count(to)), |row| {
        Ok((row.get::<_, Count>(0)?.0, row.get(1)?))
    })?;
    let mut all: Vec<(u64, Vec<u8>)> = (from..=to).map(|seq| (seq, Vec::new())).collect();
    for row in rows {
        let (seq, data) = row?;
        all[length(seq - from)].1 = data;
    }
    Ok(all)
}

/// Lays `data` over what is at `offset`.
fn put(conn: &Connection, entry: i64, offset: u64, mut data: &[u8]) -> Result<(), Fault> {
    let mut old = conn.prepare_cached("SELECT data FROM chunk WHERE entry = ?1 AND seq = ?2")?;
    let mut at = offset;
    while !data.is_empty() {
        let (seq, skip) = (at / CHUNK, length(at % CHUNK));
        let (part, rest) = data.split_at(data.len().min(length(CHUNK) - skip));
        if part.len() == length(CHUNK) {
            put_chunk(conn, entry, seq, part)?;
        } else {
            let mut chunk: Vec<u8> = old
                .query_row((entry, Count(seq)), |row| row.get(0))
                .optional()?
                .unwrap_or_default();
            chunk.resize(chunk.len().max(skip + part.len()), 0);
            chunk[skip..skip + part.len()].copy_from_slice(part);
            put_chunk(conn, entry, seq, &chunk)?;
        }
        at += part.len() as u64;
        data = rest;
    }
    Ok(())
}
