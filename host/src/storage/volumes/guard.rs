//! The connection that a guest's SQL runs on: it sees `files`, and nothing else is reachable.
//!
//! `files` is a view over a second view, whose name is drawn at random for each connection.
//! The tables behind are readable only from inside that second view. One view would not do: a
//! guest may call a common table expression of its own `files`, and SQLite's authorizer cannot
//! tell it from the view. The second view tests a column, always true, because SQLite asks for
//! a table of which no column is read in the name of whoever the view was merged into.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;

use super::super::StorageError;
use super::super::database::Place;
use super::super::error::Fault;
use super::functions::{self, ASSEMBLE};
use super::query::VALUE_MAX;

/// The longest SQL text, in bytes.
pub(super) const SQL_MAX: usize = 64 << 10;
/// The heap of SQLite in this process, in bytes, all databases together: SQLite knows no bound
/// for one statement. A statement that sorts or groups holds its rows in memory, and at the
/// bound it fails. One query at a time has all that the others leave.
///
/// What remains: the bound is not the guest's own memory limit; databases in memory take from
/// it; and what is written while a query is at the bound may fail with it, and changes nothing.
pub(super) const HEAP_MAX: u64 = 128 << 20;

const LIMITS: &[(Limit, usize)] = &[
    (Limit::SQLITE_LIMIT_LENGTH, VALUE_MAX),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, SQL_MAX),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_PARSER_DEPTH, 500),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 20),
    (Limit::SQLITE_LIMIT_VDBE_OP, 5_000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 8),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 0),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

/// Opens the connection.
pub(super) fn open(place: &Place) -> Result<Connection, StorageError> {
    place.reader(|conn| {
        let inner = format!("files_{:016x}", RandomState::new().build_hasher().finish());
        functions::register(conn)?;
        conn.execute_batch(&format!(
            "PRAGMA hard_heap_limit = {HEAP_MAX};
             CREATE TEMP VIEW {inner} AS
               SELECT volume, path, kind, size, modified_ms, CASE kind WHEN 'file' THEN
                 (SELECT {ASSEMBLE}(e.size, c.seq, c.data) FROM main.chunk c WHERE c.entry = e.id)
               END AS content FROM main.entry e
               WHERE e.size >= 0 AND (e.path < '/' OR e.path >= '0');
             CREATE TEMP VIEW files AS
               SELECT volume, path, kind, size, modified_ms, content FROM temp.{inner};"
        ))?;
        close(conn, &inner)
    })
}

/// Leaves a connection nothing but `SELECT` from `files`, which reads through the view `inner`, or
/// is `inner` itself and a table.
pub(super) fn close(conn: &mut Connection, inner: &str) -> Result<(), Fault> {
    let rules = Rules { taken: names(conn)?, inner: inner.to_owned() };
    for (limit, value) in LIMITS {
        conn.set_limit(*limit, i32::try_from(*value).unwrap_or(i32::MAX))?;
    }
    conn.execute_batch("PRAGMA query_only = ON;")?;
    conn.authorizer(Some(move |ctx: AuthContext<'_>| rules.decide(&ctx)))?;
    Ok(())
}

/// All tables and table-valued functions that the connection knows, in lower case.
fn names(conn: &Connection) -> Result<HashSet<String>, Fault> {
    let mut names = HashSet::new();
    for list in
        ["SELECT lower(name) FROM pragma_table_list", "SELECT lower(name) FROM pragma_module_list"]
    {
        let mut select = conn.prepare(list)?;
        for name in select.query_map([], |row| row.get(0))? {
            names.insert(name?);
        }
    }
    names.remove("files");
    Ok(names)
}

/// SQLite gives an accessor as the guest wrote it.
fn is_files(name: &str) -> bool {
    name.eq_ignore_ascii_case("files")
}

struct Rules {
    inner: String,
    taken: HashSet<String>,
}

impl Rules {
    fn decide(&self, ctx: &AuthContext<'_>) -> Authorization {
        let inside = ctx.accessor == Some(self.inner.as_str());
        let allowed = match ctx.action {
            AuthAction::Select | AuthAction::Recursive => true,
            AuthAction::Read { table_name, column_name } => match table_name {
                "entry" | "chunk" => inside,
                "files" => true,
                name if name == self.inner => ctx.accessor.is_some_and(is_files),
                // With no column, it may be a common table expression of which only the rows
                // count. Then its name must not be that of anything real.
                name => column_name.is_empty() && !self.is_taken(name),
            },
            AuthAction::Function { function_name } => {
                functions::is_allowed(function_name) || (inside && function_name == ASSEMBLE)
            }
            _ => false,
        };
        if allowed { Authorization::Allow } else { Authorization::Deny }
    }

    fn is_taken(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        // Pragmas become tables when they are first named.
        self.taken.contains(&name) || name.starts_with("pragma_") || name.starts_with("sqlite_")
    }
}
