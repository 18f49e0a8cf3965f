//! One read-only SQL statement of a guest: its parameters, its rows, its bounds.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement};

use super::super::error::Fault;
use super::super::slot::Slot;
use super::super::{Stop, StorageError, database};
use super::Volumes;
use super::guard::{self, HEAP_MAX, SQL_MAX};
use super::like;

/// The largest text, blob or row, in bytes, content of a file included; also all parameters
/// together.
pub(super) const VALUE_MAX: usize = 1 << 20;
/// The most that one query gives, in bytes.
pub(super) const ANSWER_MAX: usize = 4 << 20;
/// The most rows that one query gives.
pub(crate) const ROWS_MAX: usize = 10_000;

/// One query at a time in this process: they share one heap.
pub(super) static TURN: Slot<()> = Slot::new(());

/// A value of SQL. Text that is not UTF-8 comes out as a blob.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `NULL`.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// UTF-8.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// What a query gave. If `truncated`, there were more rows, over the cap of 10,000 rows or
/// 4 MiB of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Their names, in order.
    pub columns: Vec<String>,
    /// Each as wide as there are columns.
    pub rows: Vec<Vec<Value>>,
    /// Whether there were more.
    pub truncated: bool,
}

impl Volumes {
    /// Runs one `SELECT` over `files(volume, path, kind, size, modified_ms, content)`, with
    /// parameters bound by position. It sees one state, and changes nothing. In memory,
    /// everything else on this database waits for it.
    ///
    /// One query runs at a time in the whole process; the others wait, under their own
    /// deadlines, one from each database.
    ///
    /// # Errors
    /// `Invalid` with SQLite's words for a statement that is wrong, not one, not a `SELECT`,
    /// or reaches for anything but `files` and pure functions; `TooLarge` for parameters or a
    /// value of more than 1 MiB, the content of a file too: `read` gives it in parts; `Quota`
    /// if it needs more memory than there is, or too long a program; `Timeout`, `Cancelled`,
    /// `Failed`.
    pub(crate) fn query(
        &self,
        sql: &str,
        params: &[Value],
        stop: &Stop,
    ) -> Result<Rows, StorageError> {
        if params.iter().map(Value::weight).sum::<usize>() > VALUE_MAX {
            return Err(StorageError::TooLarge(VALUE_MAX as u64));
        }
        if sql.len() > SQL_MAX {
            return Err(StorageError::TooLarge(SQL_MAX as u64));
        }
        self.settled(stop)?;
        let mut asker = self.asker.take(stop)?;
        let _turn = TURN.take(stop)?;
        let _alone = match self.reader {
            Some(_) => None,
            None => Some(self.writer.take(stop)?),
        };
        if asker.is_none() {
            *asker = Some(guard::open(&self.place)?);
        }
        let Some(conn) = asker.as_mut() else {
            return Err(StorageError::Failed("no connection".to_owned()));
        };
        database::run(conn, stop, |conn| {
            like::register(conn, stop)?;
            ask(conn, sql, params).map_err(|fault| match fault {
                Fault::TooBig => StorageError::TooLarge(VALUE_MAX as u64).into(),
                Fault::OutOfMemory => StorageError::Quota(HEAP_MAX).into(),
                other => other,
            })
        })
    }
}

pub(super) fn ask(conn: &Connection, sql: &str, params: &[Value]) -> Result<Rows, Fault> {
    let mut statement = conn.prepare(sql)?;
    if statement.column_count() == 0 || !statement.readonly() || statement.is_explain() != 0 {
        return Err(Fault::Sql("not a SELECT".to_owned()));
    }
    let columns = statement.column_names().map(str::to_owned).collect();
    let (rows, truncated) = collect(&mut statement, params)?;
    Ok(Rows { columns, rows, truncated })
}

fn collect(
    statement: &mut Statement<'_>,
    params: &[Value],
) -> Result<(Vec<Vec<Value>>, bool), Fault> {
    let width = statement.column_count();
    let mut rows = Vec::new();
    let mut weight = 0;
    let mut found = statement.query(rusqlite::params_from_iter(params))?;
    while let Some(row) = found.next()? {
        let values = (0..width).map(|i| row.get_ref(i).map(Value::from));
        let values = values.collect::<rusqlite::Result<Vec<_>>>()?;
        weight += values.iter().map(Value::weight).sum::<usize>();
        if rows.len() == ROWS_MAX || weight > ANSWER_MAX {
            return Ok((rows, true));
        }
        rows.push(values);
    }
    Ok((rows, false))
}

impl Value {
    /// The bytes it is counted with.
    fn weight(&self) -> usize {
        match self {
            Self::Text(text) => 8 + text.len(),
            Self::Blob(bytes) => 8 + bytes.len(),
            Self::Null | Self::Integer(_) | Self::Real(_) => 8,
        }
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
            ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Self::Text(text.to_owned()),
                Err(_) => Self::Blob(bytes.to_vec()),
            },
        }
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
