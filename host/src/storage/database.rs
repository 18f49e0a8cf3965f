//! How an SQLite database is opened, recognised and used: the same for volumes and pairs.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use rustix::fs::{Mode, OFlags};

use super::error::Fault;
use super::{Stop, StorageError};

/// How long SQLite itself waits for a lock before `run` looks at the `Stop` and tries again.
const BUSY: Duration = Duration::from_millis(20);
/// How long opening may wait for another process that opens the same file.
const OPENING: Duration = Duration::from_secs(5);
/// Virtual machine instructions between two looks at the `Stop`. One instruction may copy a
/// whole value, so that the number is small.
const OPS: i32 = 5;
/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS: usize = 64;
/// What a connection keeps of its database in memory, in KiB: all of them share one heap.
const CACHE: u32 = 256;

/// Where a database lives.
#[derive(Debug, Clone)]
pub(super) enum Place {
    File(PathBuf),
    /// The name in SQLite's `memdb`, which all connections of the process share: each database
    /// gets its own, and it is gone when its last connection closes.
    Memory(String),
}

/// What a database of ours says about itself.
pub(super) struct Schema {
    /// `PRAGMA application_id`: whose format it is.
    pub(super) application: i32,
    /// `PRAGMA user_version`: which version of it.
    pub(super) version: i32,
    pub(super) sql: &'static str,
}

impl Place {
    pub(super) fn memory() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self::Memory(format!("file:/workbooks-{number}?vfs=memdb"))
    }

    /// The file, made with mode 0600 if there was none; one that others may use is refused. The folder's own links are resolved
    /// here, because SQLite's `NOFOLLOW` refuses a link anywhere in the path.
    pub(super) fn file(path: &Path) -> Result<Self, StorageError> {
        let failed = |what: &str| StorageError::Failed(what.to_owned());
        let name = path.file_name().ok_or_else(|| failed("the database has no file name"))?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder =
            folder.canonicalize().map_err(|e| Self::io("the folder of the database", &e))?;
        let path = folder.join(name);
        // An existing file is never opened here: closing any descriptor of it would drop the
        // locks that other connections of this process hold on it.
        let new =
            OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::WRONLY | OFlags::CLOEXEC;
        match rustix::fs::open(&path, new, Mode::RUSR | Mode::WUSR) {
            Ok(made) => drop(made),
            Err(rustix::io::Errno::EXIST) => {
                let found = path.symlink_metadata().map_err(|e| Self::io("the database", &e))?;
                if !found.is_file() {
                    return Err(failed("the database is not a regular file"));
                }
                if found.permissions().mode() & 0o077 != 0 {
                    return Err(failed("other users may use the database; its mode must be 0600"));
                }
            }
            Err(errno) => return Err(Self::io("the database", &errno.into())),
        }
        Ok(Self::File(path))
    }

    /// The kind alone: the text of an operating system error may hold the path.
    fn io(what: &str, error: &std::io::Error) -> StorageError {
        StorageError::Failed(format!("{what}: {}", error.kind()))
    }

    fn connect(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let conn = match self {
            Self::File(path) => {
                Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NOFOLLOW)?
            }
            Self::Memory(uri) => {
                Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?
            }
        };
        conn.busy_timeout(BUSY)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        for (setting, value) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
        ] {
            conn.set_db_config(setting, value)?;
        }
        conn.execute_batch(&format!(
            "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -{CACHE};",
        ))?;
        Ok(conn)
    }

    /// The one connection that writes. A database that is not ours, or of a newer version,
    /// is refused before anything in it is changed.
    pub(super) fn writer(&self, schema: &Schema) -> Result<Connection, StorageError> {
        let stop = Stop::after(OPENING);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut conn = attempt(&stop, || Ok(self.connect(flags)?))?;
        run(&mut conn, &stop, |conn| {
            // In a transaction, or another process might make it between two of the questions.
            let tx = conn.transaction()?;
            let fresh = schema.is_new_in(&tx)?;
            tx.finish()?;
            // FULL syncs the log at each commit: what was acknowledged survives SIGKILL, and
            // loss of power as far as the disk keeps its word about fsync.
            conn.execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
                 PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 4194304;",
            )?;
            if fresh {
                let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
                if schema.is_new_in(&tx)? {
                    tx.execute_batch(schema.sql)?;
                    tx.pragma_update(None, "application_id", schema.application)?;
                    tx.pragma_update(None, "user_version", schema.version)?;
                }
                tx.commit()?;
            }
            Ok(())
        })?;
        Ok(conn)
    }

    /// A connection that cannot write to a file, set up by `prepare`; in memory it is for
    /// `prepare` to see to that.
    pub(super) fn reader(
        &self,
        prepare: impl Fn(&mut Connection) -> Result<(), Fault>,
    ) -> Result<Connection, StorageError> {
        attempt(&Stop::after(OPENING), || {
            let flags = match self {
                Self::File(_) => OpenFlags::SQLITE_OPEN_READ_ONLY,
                // `memdb` gives one read-only flag to all who share the database.
                Self::Memory(_) => OpenFlags::SQLITE_OPEN_READ_WRITE,
            };
            let mut conn = self.connect(flags)?;
            prepare(&mut conn)?;
            Ok(conn)
        })
    }
}

impl Place {
    /// Another connection to a database that has its writer.
    pub(super) fn beside(&self) -> Result<Connection, StorageError> {
        attempt(&Stop::after(OPENING), || {
            let conn = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            conn.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA fullfsync = ON;")?;
            Ok(conn)
        })
    }
}

impl Schema {
    /// Whether the database is empty. An error if it is somebody else's, or newer than we are.
    fn is_new_in(&self, conn: &Connection) -> Result<bool, Fault> {
        let number = |pragma| conn.query_row(pragma, [], |row| row.get::<_, i64>(0));
        let application = number("PRAGMA application_id")?;
        let version = number("PRAGMA user_version")?;
        let objects = number("SELECT count(*) FROM sqlite_schema")?;
        let refused = |what: String| Err(StorageError::Failed(what).into());
        if (application, version, objects) == (0, 0, 0) {
            Ok(true)
        } else if application != i64::from(self.application) {
            refused("the database belongs to another application".to_owned())
        } else if version != i64::from(self.version) {
            let ours = self.version;
            refused(format!("the database has schema version {version}, this program knows {ours}"))
        } else {
            Ok(false)
        }
    }
}

/// Runs `step` on the connection, as often as a lock is in its way, until `stop`. A `step`
/// that writes does so in one transaction, so that a second attempt repeats nothing.
pub(super) fn run<T>(
    conn: &mut Connection,
    stop: &Stop,
    mut step: impl FnMut(&mut Connection) -> Result<T, Fault>,
) -> Result<T, StorageError> {
    stop.check()?;
    attempt(stop, || Ok(conn.progress_handler(OPS, Some(watching(stop)))?))?;
    let result = attempt(stop, || step(conn));
    attempt(stop, || Ok(conn.progress_handler(0, None::<fn() -> bool>)?))?;
    result
}

fn watching(stop: &Stop) -> impl FnMut() -> bool + Send + 'static {
    let stop = stop.clone();
    move || stop.check().is_err()
}

fn attempt<T>(stop: &Stop, mut step: impl FnMut() -> Result<T, Fault>) -> Result<T, StorageError> {
    loop {
        match step() {
            Ok(value) => return Ok(value),
            Err(Fault::Storage(error)) => return Err(error),
            Err(Fault::Sql(message)) => return Err(StorageError::Invalid(message)),
            Err(Fault::Interrupted) => {
                stop.check()?;
                return Err(StorageError::Cancelled);
            }
            Err(Fault::Busy) => stop.check()?,
            // Only the connection of queries has limits of its own; it says which.
            Err(Fault::TooBig) => {
                return Err(StorageError::Failed("a value is too big".to_owned()));
            }
            Err(Fault::OutOfMemory) => {
                return Err(StorageError::Failed("out of memory".to_owned()));
            }
        }
    }
}

/// A number of bytes, entries or milliseconds in a column: SQLite's integers have a sign.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count(pub(super) u64);

impl FromSql for Count {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

impl ToSql for Count {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let number = i64::try_from(self.0);
        number
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }
}
