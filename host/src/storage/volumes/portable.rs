//! The volumes of an instance as one file that travels: an SQLite database with the one table that
//! the original system has, `vfs(volume, path, content, mtime)`. Times are in milliseconds; a
//! directory with nothing in it is a row without content whose path ends in `/`.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::super::database::Count;
use super::super::error::Fault;
use super::super::{Stop, StorageError};
use super::content::{CHUNK, put_chunk};
use super::foreign::Foreign;
use super::{Commit, Kind, VfsPath, Volume, Volumes, tree};

/// What is said of a file in which times are milliseconds: `PRAGMA application_id`.
pub(super) const OURS: i32 = i32::from_be_bytes(*b"wbnd");
/// In the place of the host that cleared `tmp`: the next that resumes leaves it as it is.
pub(super) const RESTORED: &str = "restored";
/// How long the file may be locked, which nobody else knows of.
const BUSY: Duration = Duration::from_secs(1);

/// What went into a file or came out of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Files.
    pub files: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

impl Volumes {
    /// Writes `volumes` into a new file at `to`, as they are at one moment.
    ///
    /// # Errors
    /// `Failed`, also if there is a file; `Timeout`, `Cancelled`. What was written stays.
    pub(crate) fn export(
        &self,
        to: &Path,
        volumes: &[Volume],
        stop: &Stop,
    ) -> Result<Carried, StorageError> {
        if to.exists() {
            return Err(StorageError::Exists);
        }
        self.reading(stop, |conn| {
            let mut file = Connection::open(to)?;
            file.busy_timeout(BUSY)?;
            file.execute_batch(&format!(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA application_id = {OURS};
                 PRAGMA cache_size = -4096;
                 CREATE TABLE vfs (volume TEXT NOT NULL, path TEXT NOT NULL, content BLOB,
                                   mtime INTEGER, PRIMARY KEY (volume, path));"
            ))?;
            let tx = file.transaction()?;
            let mut carried = Carried::default();
            for volume in volumes {
                carried += export(conn, &tx, *volume)?;
            }
            tx.commit()?;
            Ok(carried)
        })
    }

    /// Takes the rows of `volumes` out of a file that a stranger wrote, all of them or none. These
    /// volumes must be empty.
    ///
    /// # Errors
    /// `NotEmpty` if they are not; `Conflict` if a path is a file and a directory; `Invalid` for what is not
    /// such a file, or not sound; `Quota`, `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn import(
        &self,
        from: &Path,
        volumes: &[Volume],
        stop: &Stop,
    ) -> Result<Carried, StorageError> {
        let foreign = Foreign::open(from, stop)?;
        let (carried, _cache) = self.writing(Commit::Synced, stop, |conn, _| {
            for volume in volumes {
                let mut any = conn.prepare_cached("SELECT 1 FROM entry WHERE volume = ?1")?;
                if any.exists([volume.name()])? {
                    return Err(StorageError::NotEmpty.into());
                }
            }
            let mut carried = Carried::default();
            foreign.each(|row| {
                if volumes.contains(&row.volume) {
                    carried += self.take(conn, &foreign, row)?;
                }
                Ok(())
            })?;
            if volumes.contains(&Volume::Tmp) {
                conn.execute_batch(super::settle::RESUMED)?;
                conn.execute("INSERT OR REPLACE INTO resumed VALUES (1, ?1)", [RESTORED])?;
            }
            Ok(carried)
        })?;
        Ok(carried)
    }

    /// One row, checked as a guest's own write is.
    fn take(
        &self,
        conn: &Connection,
        foreign: &Foreign,
        row: &super::foreign::Row,
    ) -> Result<Carried, Fault> {
        let folder = row.path.strip_suffix('/').filter(|_| row.length == 0);
        let path = VfsPath::parse(folder.unwrap_or(&row.path))?;
        if tree::find(conn, row.volume, path.as_str())?
            .is_some_and(|known| folder.is_none() || known.kind == Kind::File)
        {
            return Err(StorageError::invalid("a path is there twice").into());
        }
        if folder.is_some() {
            tree::make_folder(conn, row.volume, &path)?;
            self.within_quota(conn)?;
            return Ok(Carried::default());
        }
        let node = tree::make_file(conn, row.volume, &path)?;
        tree::set_size(conn, node.id, row.length, row.modified_ms)?;
        self.within_quota(conn)?;
        foreign.content(row, |seq, chunk| Ok(put_chunk(conn, node.id, seq, chunk)?))?;
        Ok(Carried { files: 1, bytes: row.length })
    }
}

fn export(conn: &Connection, file: &Connection, volume: Volume) -> Result<Carried, Fault> {
    let mut insert = file.prepare("INSERT INTO vfs VALUES (?1, ?2, zeroblob(?3), ?4)")?;
    // A name that begins with a slash is that of a file that was removed while it was open.
    let mut select = conn.prepare_cached(
        "SELECT id, path, kind, size, modified_ms FROM entry AS e
         WHERE volume = ?1 AND (path < '/' OR path >= '0') AND (kind = 'file' OR NOT EXISTS (
           SELECT 1 FROM entry WHERE volume = ?1 AND path > e.path || '/' AND path < e.path || '0'))
         ORDER BY path",
    )?;
    let mut chunks = conn.prepare_cached("SELECT seq, data FROM chunk WHERE entry = ?1")?;
    let mut carried = Carried::default();
    let mut rows = select.query([volume.name()])?;
    while let Some(row) = rows.next()? {
        let (id, mut path): (i64, String) = (row.get(0)?, row.get(1)?);
        let is_file = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)? == "file";
        let (Count(size), Count(modified_ms)) = (row.get(3)?, row.get(4)?);
        if !is_file {
            path.push('/');
        }
        insert.execute((volume.name(), &path, Count(size), Count(modified_ms)))?;
        if !is_file {
            continue;
        }
        carried += Carried { files: 1, bytes: size };
        if size == 0 {
            continue;
        }
        let mut blob = file.blob_open("main", "vfs", "content", file.last_insert_rowid(), false)?;
        let mut data = chunks.query([id])?;
        while let Some(chunk) = data.next()? {
            let Count(seq) = chunk.get(0)?;
            let bytes = chunk.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let at = usize::try_from(seq * CHUNK).map_err(|_| StorageError::Conflict)?;
            blob.write_all_at(bytes, at)?;
        }
    }
    Ok(carried)
}

impl std::ops::AddAssign for Carried {
    fn add_assign(&mut self, more: Self) {
        self.files += more.files;
        self.bytes += more.bytes;
    }
}

/// A connection to a file of a stranger: nothing in it runs, and nothing of it changes.
pub(super) fn connect(from: &Path, stop: &Stop) -> rusqlite::Result<Connection> {
    let mut url = url::Url::from_file_path(from)
        .map_err(|()| rusqlite::Error::InvalidPath(from.to_owned()))?;
    // Immutable: no log and no journal beside it is read, and none is made.
    url.set_query(Some("mode=ro&immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut conn = Connection::open_with_flags(url.as_str(), flags)?;
    for (setting, value) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
    ] {
        conn.set_db_config(setting, value)?;
    }
    let stop = stop.clone();
    conn.progress_handler(1_000, Some(move || stop.check().is_err()))?;
    conn.execute_batch(
        "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -1024; PRAGMA query_only = ON;",
    )?;
    Ok(conn)
}
