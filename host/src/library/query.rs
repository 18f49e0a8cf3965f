//! One SQL over the files of every member that somebody may read.

use std::time::Duration;

use super::{Access, Library, LibraryError, Rows};
use crate::storage::{Gathered, Stop, StorageError};

pub use crate::storage::GATHERED_CONTENT_MAX as QUERY_CONTENT_MAX;

/// The sum of the contents that one query sees, in bytes: half of what SQLite's heap may be.
const MAX_TOTAL: usize = 64 << 20;

/// What a query gave, and what it did not see.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The rows.
    pub rows: Rows,
    /// The members and contents that the query was not run over.
    pub skipped: Vec<Skipped>,
}

/// A member, or the content of one file, that a query did not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The member's id.
    pub member: String,
    /// The file, if it is one; its row is there with NULL as its content.
    pub path: Option<String>,
    /// Why.
    pub why: String,
}

impl Library {
    /// Runs one `SELECT` over `files(member, path, size, content)`, which has the files of each
    /// member that may be read. Content that is UTF-8 is text, and other a blob; that of a file
    /// over 1 MiB is NULL. It changes nothing, and reaches nothing else.
    ///
    /// # Errors
    /// [`LibraryError::Query`] for a statement that is wrong, no `SELECT`, too long, or not done
    /// in `time`.
    pub fn query(&self, sql: &str, time: Duration) -> Result<Answer, LibraryError> {
        let refused = |error: StorageError| LibraryError::Query { why: error.to_string() };
        let mut gathered = Gathered::new().map_err(refused)?;
        let mut skipped = Vec::new();
        let mut room = MAX_TOTAL;
        for member in &self.workspace().members {
            let mut skip = |path: Option<&str>, why: String| {
                let path = path.map(ToOwned::to_owned);
                skipped.push(Skipped { member: member.id.clone(), path, why });
            };
            if self.access(member) == Access::None {
                skip(None, "you may not read it".to_owned());
                continue;
            }
            let taken = match self.read(member) {
                Ok(taken) => taken,
                Err(error) => {
                    skip(None, error.to_string());
                    continue;
                }
            };
            let size: usize =
                taken.files.iter().map(|(_, bytes)| bytes.len()).filter(|n| fits(*n)).sum();
            if size > room {
                let mib = MAX_TOTAL >> 20;
                skip(None, format!("with it, there would be more than {mib} MiB of content"));
                continue;
            }
            room -= size;
            for (path, bytes) in &taken.files {
                if !fits(bytes.len()) {
                    skip(Some(path), "its content has more than 1 MiB".to_owned());
                }
                let content = Some(bytes).filter(|bytes| fits(bytes.len()));
                let size = bytes.len() as u64;
                gathered.add(&member.id, path, size, content).map_err(refused)?;
            }
        }
        let rows = gathered.query(sql, &Stop::after(time)).map_err(refused)?;
        Ok(Answer { rows, skipped })
    }
}

fn fits(bytes: usize) -> bool {
    bytes <= QUERY_CONTENT_MAX
}
