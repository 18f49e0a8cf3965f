//! A database that a stranger wrote, of which rows alone are read: what its schema may say is
//! spelled out here, and anything else is refused before any of it is used.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::super::database::Count;
use super::super::error::Fault;
use super::super::{Stop, StorageError};
use super::Volume;
use super::content::CHUNK;
use super::path::PATH_MAX;
use super::portable::{OURS, connect};

/// Bytes of a file that is opened: 256 MiB of content, and 100,000 rows around it.
const FILE_MAX: u64 = 512 << 20;
/// Bytes of the statement that makes the table.
const SQL_MAX: i64 = 1_000;
/// Every word that this statement may have: no default that computes, no check, no collation of
/// its own, no generated column, nothing virtual.
const WORDS: [&str; 26] = [
    "create",
    "table",
    "if",
    "not",
    "exists",
    "vfs",
    "volume",
    "path",
    "content",
    "mtime",
    "text",
    "blob",
    "integer",
    "int",
    "bigint",
    "real",
    "numeric",
    "datetime",
    "varchar",
    "null",
    "primary",
    "key",
    "unique",
    "strict",
    "default",
    "workspace",
];
/// Up to this, a time is in seconds, where it is not said that it is in milliseconds: it is the
/// year 5138 in the one, and 1973 in the other.
const SECONDS_MAX: u64 = 100_000_000_000;

/// A file that may be read.
pub(super) struct Foreign {
    conn: Connection,
    ours: bool,
}

/// What a row says; its path is not checked, and its content is not read.
pub(super) struct Row {
    id: i64,
    pub(super) volume: Volume,
    pub(super) path: String,
    /// Bytes of the content.
    pub(super) length: u64,
    pub(super) modified_ms: u64,
}

impl Foreign {
    /// Opens a private copy, at a path that nobody else writes.
    ///
    /// # Errors
    /// `Invalid` if it is not what is read here, or not sound; `Timeout`, `Cancelled`.
    pub(super) fn open(path: &Path, stop: &Stop) -> Result<Self, StorageError> {
        let size = std::fs::metadata(path).map_or(0, |file| file.len());
        if size > FILE_MAX {
            return Err(StorageError::TooLarge(FILE_MAX));
        }
        let opened = connect(path, stop).map_err(unsound).and_then(|conn| {
            shape(&conn)?;
            let application: i64 =
                conn.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(unsound)?;
            let found: String =
                conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(unsound)?;
            if found != "ok" {
                return Err(refuse("its pages are damaged"));
            }
            Ok(Self { conn, ours: application == i64::from(OURS) })
        });
        opened.map_err(|fault| match fault {
            Fault::Storage(error) => error,
            _ => stop.check().err().unwrap_or(StorageError::Cancelled),
        })
    }

    /// Every row, in the order of the table.
    ///
    /// # Errors
    /// `Invalid` for a row that no volume has; what `take` fails with.
    pub(super) fn each(
        &self,
        mut take: impl FnMut(&Row) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut select = self
            .conn
            .prepare(
                "SELECT rowid, CASE WHEN octet_length(volume) <= 16 THEN volume END,
                   CASE WHEN octet_length(path) <= ?1 THEN path END,
                   typeof(content), octet_length(content),
                   CASE WHEN octet_length(mtime) <= 64 THEN mtime END
                 FROM vfs NOT INDEXED",
            )
            .map_err(unsound)?;
        // One more than a path may have, for the slash of a directory.
        let mut rows = select.query([Count(PATH_MAX as u64 + 1)]).map_err(unsound)?;
        while let Some(row) = rows.next().map_err(unsound)? {
            let text = |column| match row.get_ref(column).map_err(unsound)? {
                ValueRef::Text(text) => {
                    std::str::from_utf8(text).map_err(|_| refuse("a name in it is not UTF-8"))
                }
                _ => Err(refuse("a name in it is too long, or is no text")),
            };
            let volume = match text(1)? {
                "workspace" => Volume::Workspace,
                "memory" => Volume::Memory,
                "tmp" => Volume::Tmp,
                _ => return Err(refuse("it has a volume that no instance has")),
            };
            let length = match text(3)? {
                "blob" | "text" => row.get::<_, i64>(4).map_err(unsound)?,
                "null" => 0,
                _ => return Err(refuse("the content of a file is a number")),
            };
            let length = u64::try_from(length).map_err(|_| refuse("a length is negative"))?;
            let modified_ms = self.time(row.get_ref(5).map_err(unsound)?);
            let (id, path) = (row.get(0).map_err(unsound)?, text(2)?.to_owned());
            take(&Row { id, volume, path, length, modified_ms })?;
        }
        Ok(())
    }

    /// The content of a row, in the chunks that a volume has.
    ///
    /// # Errors
    /// `Invalid` if it cannot be read; what `take` fails with.
    pub(super) fn content(
        &self,
        row: &Row,
        mut take: impl FnMut(u64, &[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if row.length == 0 {
            return Ok(());
        }
        let blob = self.conn.blob_open("main", "vfs", "content", row.id, true).map_err(unsound)?;
        if blob.len() as u64 != row.length {
            return Err(refuse("a length in it is not true"));
        }
        let (mut at, mut seq, mut chunk) = (0, 0, vec![0; usize::try_from(CHUNK).unwrap_or(0)]);
        while at < blob.len() {
            let part = (blob.len() - at).min(chunk.len());
            blob.read_at_exact(&mut chunk[..part], at).map_err(unsound)?;
            take(seq, &chunk[..part])?;
            (at, seq) = (at + part, seq + 1);
        }
        Ok(())
    }

    /// Milliseconds, of whatever the writer took for a time; 0 if it is none.
    fn time(&self, value: ValueRef<'_>) -> u64 {
        match value {
            ValueRef::Integer(number) => match u64::try_from(number).unwrap_or(0) {
                number if self.ours || number > SECONDS_MAX => number,
                seconds => seconds * 1_000,
            },
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text).ok();
                let at = text.and_then(|text| text.parse::<Timestamp>().ok());
                at.and_then(|at| u64::try_from(at.as_millisecond()).ok()).unwrap_or(0)
            }
            _ => 0,
        }
    }
}

/// Refuses everything but one plain table of four plain columns.
fn shape(conn: &Connection) -> Result<(), Fault> {
    let mut select = conn
        .prepare("SELECT type, name, tbl_name, CASE WHEN octet_length(sql) <= ?1 THEN sql END, sql IS NULL FROM sqlite_schema LIMIT 4")
        .map_err(unsound)?;
    let mut rows = select.query([SQL_MAX]).map_err(unsound)?;
    let mut tables = 0;
    while let Some(row) = rows.next().map_err(unsound)? {
        let text = |column| row.get::<_, String>(column).map_err(|_| refuse("its schema is odd"));
        let automatic: bool = row.get(4).map_err(unsound)?;
        match (text(0)?.as_str(), text(1)?.as_str(), text(2)?.as_str()) {
            ("table", "vfs", "vfs") if is_plain(&text(3)?) => tables += 1,
            ("index", "sqlite_autoindex_vfs_1", "vfs") if automatic => {}
            _ => return Err(refuse("its schema has more than the table of files")),
        }
    }
    let columns: Vec<(String, i64)> = conn
        .prepare("SELECT name, hidden FROM pragma_table_xinfo('vfs')")
        .and_then(|mut columns| {
            columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
        .map_err(unsound)?;
    let names = columns.iter().map(|(name, _)| name.as_str());
    if tables != 1
        || !names.eq(["volume", "path", "content", "mtime"])
        || columns.iter().any(|(_, hidden)| *hidden != 0)
    {
        return Err(refuse("it has not the table of files"));
    }
    Ok(())
}

/// Whether the statement makes a table and has nothing that computes.
fn is_plain(sql: &str) -> bool {
    let lower = sql.to_ascii_lowercase();
    let of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words = lower.split(|c| !of_word(c)).filter(|word| !word.is_empty());
    lower.starts_with("create table")
        && lower.chars().all(|c| {
            of_word(c) || c.is_ascii_whitespace() || matches!(c, '(' | ')' | ',' | '"' | '`' | '\'')
        })
        && words.all(|word| WORDS.contains(&word) || word.bytes().all(|b| b.is_ascii_digit()))
}

fn refuse(why: &str) -> Fault {
    StorageError::invalid(format!("it is not a file of volumes: {why}")).into()
}

/// A stranger's database is not sound, which is no failure of ours.
#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn unsound(error: rusqlite::Error) -> Fault {
    match error.sqlite_error() {
        Some(error) if error.code == rusqlite::ErrorCode::OperationInterrupted => {
            Fault::Interrupted
        }
        Some(error) => refuse(rusqlite::ffi::code_to_str(error.extended_code)),
        None => refuse("it cannot be read"),
    }
}
