//! One read-only SQL statement over files that were gathered from several places: a table in
//! memory behind the guard that a guest's own queries have.

use rusqlite::Connection;

use super::super::database::{self, Count, Place};
use super::super::error::Fault;
use super::super::{Stop, StorageError};
use super::guard::{self, HEAP_MAX, SQL_MAX};
use super::like;
use super::query::{self, Rows, TURN, VALUE_MAX};

/// The longest content, in bytes: what leaves room for the rest of its row.
pub const GATHERED_CONTENT_MAX: usize = VALUE_MAX - (4 << 10);

/// Files by member, what carries them, and path.
#[derive(Debug)]
pub(crate) struct Gathered(Connection);

/// A file that is asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GatheredFile<'a> {
    pub(crate) member: &'a str,
    pub(crate) path: &'a str,
    /// Bytes of the content, also where that is not given.
    pub(crate) size: u64,
    pub(crate) content: Option<&'a [u8]>,
    /// The volume that it is in, and the file of the member that carries it; empty where it is a
    /// file of the member itself.
    pub(crate) volume: &'a str,
    pub(crate) bundle: &'a str,
}

impl Gathered {
    /// No files yet.
    ///
    /// # Errors
    /// `Failed` if SQLite has no memory.
    pub(crate) fn new() -> Result<Self, StorageError> {
        let conn = Place::memory().reader(|conn| {
            conn.execute_batch(&format!(
                "PRAGMA hard_heap_limit = {HEAP_MAX};
                 BEGIN; CREATE TABLE files (member TEXT NOT NULL, path TEXT NOT NULL,
                   size INTEGER NOT NULL, content ANY, volume TEXT NOT NULL, bundle TEXT NOT NULL,
                   PRIMARY KEY (member, bundle, volume, path)) STRICT;"
            ))?;
            Ok(())
        })?;
        Ok(Self(conn))
    }

    /// Adds a file, whose content is text if it is UTF-8. At most [`GATHERED_CONTENT_MAX`] bytes
    /// of content; all together is for the caller to bound.
    ///
    /// # Errors
    /// `Failed` if it is there, or SQLite has no memory.
    pub(crate) fn add(&mut self, file: GatheredFile<'_>) -> Result<(), StorageError> {
        use rusqlite::types::Value;
        let GatheredFile { member, path, size, volume, bundle, .. } = file;
        let content = file.content.map_or(Value::Null, |bytes| match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(bytes.to_vec()),
        });
        let insert = "INSERT INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let added = self.0.prepare_cached(insert).and_then(|mut insert| {
            insert.execute((member, path, Count(size), content, volume, bundle))
        });
        added.map(drop).map_err(|error| match Fault::from(error) {
            Fault::Storage(error) => error,
            other => StorageError::Failed(format!("{other:?}")),
        })
    }

    /// Runs one `SELECT`, under the bounds of a guest's query.
    ///
    /// # Errors
    /// As a guest's query.
    pub(crate) fn query(mut self, sql: &str, stop: &Stop) -> Result<Rows, StorageError> {
        if sql.len() > SQL_MAX {
            return Err(StorageError::TooLarge(SQL_MAX as u64));
        }
        let _turn = TURN.take(stop)?;
        let conn = &mut self.0;
        database::run(conn, stop, |conn| {
            if !conn.is_autocommit() {
                conn.execute_batch("COMMIT")?;
                guard::close(conn, "files")?;
            }
            like::register(conn, stop)?;
            query::ask(conn, sql, &[]).map_err(|fault| match fault {
                Fault::TooBig => StorageError::TooLarge(VALUE_MAX as u64).into(),
                Fault::OutOfMemory => StorageError::Quota(HEAP_MAX).into(),
                other => other,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::query::Value;
    use super::*;

    fn gathered() -> Gathered {
        let mut files = Gathered::new().unwrap();
        files.add(file("a", "x.txt", 5, Some(b"hello"))).unwrap();
        files.add(file("b", "y", 2, Some(b"\xff\xfe"))).unwrap();
        files.add(file("b", "z", 9 << 20, None)).unwrap();
        files
    }

    fn file<'a>(
        member: &'a str,
        path: &'a str,
        size: u64,
        content: Option<&'a [u8]>,
    ) -> GatheredFile<'a> {
        GatheredFile { member, path, size, content, volume: "", bundle: "" }
    }

    fn ask(sql: &str) -> Result<Rows, StorageError> {
        gathered().query(sql, &Stop::after(Duration::from_mins(1)))
    }

    #[test]
    fn only_a_select_over_the_files_is_run() {
        for sql in [
            "",
            "DELETE FROM files",
            "INSERT INTO files VALUES ('a', 'b', 1, NULL)",
            "SELECT 1; SELECT 2",
            "ATTACH 'x' AS y",
            "PRAGMA user_version",
            "SELECT * FROM sqlite_schema",
            "SELECT * FROM pragma_database_list",
            "SELECT load_extension('x')",
            "SELECT writefile('x', 'y')",
            "SELECT readfile('x')",
            "SELECT randomblob(9)",
            "CREATE TABLE t (x)",
            "CREATE TEMP TABLE t (x)",
            "VACUUM INTO 'x'",
            "EXPLAIN SELECT * FROM files",
        ] {
            assert!(matches!(ask(sql), Err(StorageError::Invalid(_))), "{sql}: {:?}", ask(sql));
        }
    }

    #[test]
    fn what_never_ends_is_ended() {
        let sql =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
        let ended = gathered().query(sql, &Stop::after(Duration::from_millis(50)));
        assert_eq!(ended, Err(StorageError::Timeout));
    }

    #[test]
    fn a_file_is_there_once_with_its_content_as_it_is() {
        let same = file("a", "x.txt", 0, None);
        assert!(gathered().add(same).is_err());
        gathered().add(GatheredFile { volume: "tmp", bundle: "p.html", ..same }).unwrap();
        let rows = ask(
            "SELECT member, path, size, content FROM files WHERE content LIKE '%ell%' OR size <> 5",
        )
        .unwrap();
        assert_eq!(rows.columns, ["member", "path", "size", "content"]);
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(
            rows.rows,
            [
                vec![text("a"), text("x.txt"), Value::Integer(5), text("hello")],
                vec![text("b"), text("y"), Value::Integer(2), Value::Blob(vec![0xff, 0xfe])],
                vec![text("b"), text("z"), Value::Integer(9 << 20), Value::Null],
            ]
        );
    }
}
