//! The SQL functions of a query: the one that is ours, and the list of those a guest may call.

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, ffi};

use super::super::database::Count;
use super::content::CHUNK;
use super::query::VALUE_MAX;

/// Puts a file's chunks together; only the view `files` may call it.
pub(super) const ASSEMBLE: &str = "assemble";

/// What a guest may call: pure, and in time and memory linear in its arguments, because one
/// call is one step that no deadline interrupts. Therefore no `instr`, `replace` and `trim`
/// (quadratic), no `printf`, `zeroblob` and `randomblob` (sizes out of nothing), no dates
/// (the host's clock and time zone), nothing of full text search, R-trees and extensions.
/// SQLite looks at the deadline where its program jumps back or gives a row, not between the calls
/// of one row; `like`, the dearest of these, is therefore ours and looks by itself (`like.rs`),
/// and there is no `glob`. The others take about a millisecond for the largest value.
const ALLOWED: &str = "
    -> ->> abs avg char coalesce concat concat_ws count dense_rank first_value
    group_concat hex if ifnull iif json_array_length json_extract json_type json_valid lag
    last_value lead length like lower max min nullif octet_length quote rank round row_number
    sign string_agg substr substring sum total typeof unicode upper
";

pub(super) fn is_allowed(name: &str) -> bool {
    ALLOWED.split_whitespace().any(|allowed| allowed.eq_ignore_ascii_case(name))
}

/// Makes `assemble(size, seq, data)` known to the connection.
pub(super) fn register(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    conn.create_aggregate_function(ASSEMBLE, 3, flags, Assemble)
}

struct Assemble;

impl Aggregate<Vec<u8>, Vec<u8>> for Assemble {
    /// The file's length in zeros, if that is a value that SQL may have.
    fn init(&self, ctx: &mut Context<'_>) -> rusqlite::Result<Vec<u8>> {
        let size = usize::try_from(ctx.get::<i64>(0)?).ok().filter(|size| *size <= VALUE_MAX);
        let too_big = Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_TOOBIG), None);
        Ok(vec![0; size.ok_or(too_big)?])
    }

    fn step(&self, ctx: &mut Context<'_>, file: &mut Vec<u8>) -> rusqlite::Result<()> {
        let ValueRef::Blob(data) = ctx.get_raw(2) else { return Ok(()) };
        let Count(seq) = ctx.get(1)?;
        let start = seq.checked_mul(CHUNK).and_then(|start| usize::try_from(start).ok());
        if let Some(room) = start.and_then(|start| file.get_mut(start..)) {
            let count = data.len().min(room.len());
            room[..count].copy_from_slice(&data[..count]);
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, file: Option<Vec<u8>>) -> rusqlite::Result<Vec<u8>> {
        Ok(file.unwrap_or_default())
    }
}
