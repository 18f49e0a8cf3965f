//! The names: look up, make, remove, rename, list. A directory is an entry of its own.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Row};

use super::super::database::Count;
use super::super::error::Fault;
use super::super::{Stop, StorageError};
use super::cache::Cache;
use super::path::PATH_MAX;
use super::{Commit, Entry, Kind, VfsPath, Volume, Volumes};

/// The most entries that one listing gives.
pub(crate) const ENTRIES_MAX: u32 = 1000;

/// A page of a listing, and the cursor that goes on after it.
pub(crate) type EntriesPage = (Vec<Entry>, Option<String>);

/// A row of `entry`.
pub(super) struct Node {
    pub(super) id: i64,
    pub(super) kind: Kind,
    pub(super) size: u64,
    pub(super) modified_ms: u64,
}

impl Volumes {
    /// What is at `path`.
    ///
    /// # Errors
    /// `NotFound`, `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn stat(
        &self,
        volume: Volume,
        path: &VfsPath,
        stop: &Stop,
    ) -> Result<Entry, StorageError> {
        self.reading(stop, |conn| {
            let node = find(conn, volume, path.as_str())?.ok_or(StorageError::NotFound)?;
            Ok(node.named(path.as_str().to_owned()))
        })
    }

    /// Removes a file or an empty directory.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a directory that is not empty; `Timeout`, `Cancelled`,
    /// `Failed`.
    pub(crate) fn remove(
        &self,
        volume: Volume,
        path: &VfsPath,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        let (id, mut cache) = self.writing(Commit::Synced, stop, |conn, cache| {
            let node = find(conn, volume, path.as_str())?.ok_or(StorageError::NotFound)?;
            if node.kind == Kind::Directory && has_entries(conn, volume, path)? {
                return Err(StorageError::Conflict.into());
            }
            unname(conn, cache, node.id)?;
            Ok(node.id)
        })?;
        cache.unlinked(id);
        Ok(())
    }

    /// Gives a file, or a directory with all below it, another name, in one step. A file
    /// takes the place of a file at `new`. The directories above `new` are made.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if a directory is at `new`, or a file is where a directory
    /// would go; `Invalid` for a directory into itself, or a path that gets too long; `Quota`,
    /// `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn rename(
        &self,
        volume: Volume,
        old: &VfsPath,
        new: &VfsPath,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        let (replaced, mut cache) = self.writing(Commit::Synced, stop, |conn, cache| {
            let node = find(conn, volume, old.as_str())?.ok_or(StorageError::NotFound)?;
            if old == new {
                return Ok(None);
            }
            let mut replaced = None;
            match find(conn, volume, new.as_str())? {
                None if node.kind == Kind::Directory && new.is_below(old) => {}
                None => make_parents(conn, volume, new)?,
                Some(there) if (there.kind, node.kind) == (Kind::File, Kind::File) => {
                    unname(conn, cache, there.id)?;
                    replaced = Some(there.id);
                }
                Some(_) => return Err(StorageError::Conflict.into()),
            }
            move_to(conn, volume, &node, old, new)?;
            self.within_quota(conn)?;
            Ok(replaced)
        })?;
        if let Some(id) = replaced {
            cache.unlinked(id);
        }
        Ok(())
    }

    /// Entries whose path starts with `prefix` (any text; empty for all), in byte order of
    /// their paths, from after `cursor` on, which a page before gave. At most `limit`, and
    /// at most 1000. No cursor comes back with the last page.
    ///
    /// # Errors
    /// `Invalid` for a limit of 0 or a prefix that no path can have; `Timeout`, `Cancelled`,
    /// `Failed`.
    pub(crate) fn entries(
        &self,
        volume: Volume,
        prefix: &str,
        cursor: Option<&str>,
        limit: u32,
        stop: &Stop,
    ) -> Result<EntriesPage, StorageError> {
        if limit == 0 {
            return Err(StorageError::invalid("a limit of 0 lists nothing"));
        }
        if !prefix.is_empty() {
            VfsPath::parse(prefix.strip_suffix('/').unwrap_or(prefix))?;
        }
        let cursor = cursor.map(VfsPath::parse).transpose()?;
        let after = cursor.as_ref().map_or("", VfsPath::as_str);
        let limit = limit.min(ENTRIES_MAX) as usize;
        self.reading(stop, |conn| {
            let mut select = conn.prepare_cached(
                "SELECT id, kind, size, modified_ms, path FROM entry
                 WHERE volume = ?1 AND path > ?2 AND path >= ?3
                 AND (path < '/' OR path >= '0') ORDER BY path",
            )?;
            let mut rows = select.query((volume.name(), after, prefix))?;
            let mut page: Vec<Entry> = Vec::new();
            while let Some(row) = rows.next()? {
                let path: String = row.get(4)?;
                // In byte order, what shares a prefix stands together.
                if !path.starts_with(prefix) {
                    break;
                }
                if page.len() == limit {
                    let next = page.last().map(|entry| entry.path.clone());
                    return Ok((page, next));
                }
                page.push(Node::of(row)?.named(path));
            }
            Ok((page, None))
        })
    }
}

impl Node {
    /// From the columns id, kind, size and time.
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let kind = match row.get_ref(1)?.as_str()? {
            "directory" => Kind::Directory,
            _ => Kind::File,
        };
        let (Count(size), Count(modified_ms)) = (row.get(2)?, row.get(3)?);
        Ok(Self { id: row.get(0)?, kind, size, modified_ms })
    }

    fn named(self, path: String) -> Entry {
        Entry { path, kind: self.kind, size: self.size, modified_ms: self.modified_ms }
    }
}

pub(super) fn find(conn: &Connection, volume: Volume, path: &str) -> Result<Option<Node>, Fault> {
    let mut select = conn.prepare_cached(
        "SELECT id, kind, size, modified_ms FROM entry WHERE volume = ?1 AND path = ?2",
    )?;
    Ok(select.query_row((volume.name(), path), Node::of).optional()?)
}

/// The file at `path`, made if there is none, with the directories above it.
pub(super) fn make_file(conn: &Connection, volume: Volume, path: &VfsPath) -> Result<Node, Fault> {
    match find(conn, volume, path.as_str())? {
        Some(node) if node.kind == Kind::File => Ok(node),
        Some(_) => Err(StorageError::Conflict.into()),
        None => {
            make_parents(conn, volume, path)?;
            insert(conn, volume, path.as_str(), Kind::File)
        }
    }
}

/// The directory at `path`, made if there is none, with those above it.
pub(super) fn make_folder(
    conn: &Connection,
    volume: Volume,
    path: &VfsPath,
) -> Result<Node, Fault> {
    make_parents(conn, volume, path)?;
    match find(conn, volume, path.as_str())? {
        Some(node) if node.kind == Kind::Directory => Ok(node),
        Some(_) => Err(StorageError::Conflict.into()),
        None => insert(conn, volume, path.as_str(), Kind::Directory),
    }
}

fn make_parents(conn: &Connection, volume: Volume, path: &VfsPath) -> Result<(), Fault> {
    for parent in path.parents() {
        match find(conn, volume, parent)?.map(|node| node.kind) {
            Some(Kind::Directory) => {}
            None => {
                insert(conn, volume, parent, Kind::Directory)?;
            }
            Some(Kind::File) => return Err(StorageError::Conflict.into()),
        }
    }
    Ok(())
}

pub(super) fn insert(
    conn: &Connection,
    volume: Volume,
    path: &str,
    kind: Kind,
) -> Result<Node, Fault> {
    let (word, modified_ms) = match kind {
        Kind::File => ("file", now_ms()),
        Kind::Directory => ("directory", now_ms()),
    };
    conn.prepare_cached("INSERT INTO entry (volume, path, kind, modified_ms) VALUES (?, ?, ?, ?)")?
        .execute((volume.name(), path, word, Count(modified_ms)))?;
    Ok(Node { id: conn.last_insert_rowid(), kind, size: 0, modified_ms })
}

/// Whether there is such an entry.
pub(super) fn set_size(
    conn: &Connection,
    id: i64,
    size: u64,
    modified_ms: u64,
) -> Result<bool, Fault> {
    let updated = conn
        .prepare_cached("UPDATE entry SET size = ?2, modified_ms = ?3 WHERE id = ?1")?
        .execute((id, Count(size), Count(modified_ms)))?;
    Ok(updated > 0)
}

pub(super) fn delete(conn: &Connection, id: i64) -> Result<(), Fault> {
    conn.prepare_cached("DELETE FROM entry WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Takes away the name of a file or an empty directory. A file that somebody has open stays
/// below a name that no path can have, in the volume that is cleared when the instance resumes.
pub(super) fn unname(conn: &Connection, cache: &Cache, id: i64) -> Result<(), Fault> {
    if cache.is_open(id) {
        conn.prepare_cached("UPDATE entry SET volume = 'tmp', path = '/' || id WHERE id = ?1")?
            .execute([id])?;
        return Ok(());
    }
    delete(conn, id)
}

/// Gives an entry, and all below it, another name, which is free.
pub(super) fn move_to(
    conn: &Connection,
    volume: Volume,
    node: &Node,
    old: &VfsPath,
    new: &VfsPath,
) -> Result<(), Fault> {
    if node.kind == Kind::Directory {
        if new.is_below(old) {
            return Err(StorageError::invalid("a directory cannot move into itself").into());
        }
        move_below(conn, volume, old, new)?;
    }
    conn.prepare_cached("UPDATE entry SET path = ?2 WHERE id = ?1")?
        .execute((node.id, new.as_str()))?;
    Ok(())
}

pub(super) fn has_entries(
    conn: &Connection,
    volume: Volume,
    path: &VfsPath,
) -> Result<bool, Fault> {
    let (from, to) = path.below();
    let mut any =
        conn.prepare_cached("SELECT 1 FROM entry WHERE volume = ?1 AND path >= ?2 AND path < ?3")?;
    Ok(any.exists((volume.name(), from, to))?)
}

fn move_below(
    conn: &Connection,
    volume: Volume,
    old: &VfsPath,
    new: &VfsPath,
) -> Result<(), Fault> {
    let (from, to) = old.below();
    let longest: Option<Count> = conn
        .prepare_cached(
            "SELECT max(octet_length(path)) FROM entry
             WHERE volume = ?1 AND path >= ?2 AND path < ?3",
        )?
        .query_row((volume.name(), &from, &to), |row| row.get(0))?;
    let grown = longest.map(|Count(bytes)| bytes - old.len() + new.len());
    if grown.is_some_and(|bytes| bytes > PATH_MAX as u64) {
        return Err(StorageError::invalid("path: one below would be longer than 1024 bytes").into());
    }
    conn.prepare_cached(
        "UPDATE entry SET path = ?4 || substr(path, length(?5) + 1)
         WHERE volume = ?1 AND path >= ?2 AND path < ?3",
    )?
    .execute((volume.name(), &from, &to, new.as_str(), old.as_str()))?;
    Ok(())
}

pub(super) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
