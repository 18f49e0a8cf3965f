//! One SQL over the files of every member that somebody may read, and over those in the volumes
//! that they carry.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use super::{Access, Library, LibraryError, Rows};
use crate::bundle::{Bundle, BundleError};
use crate::provenance::page;
use crate::storage::{FoundLimits, Gathered, GatheredFile, Stop, StorageError, found};
use crate::toolkit::printable;

pub use crate::storage::GATHERED_CONTENT_MAX as QUERY_CONTENT_MAX;

/// The sum of the rows that one query sees, in bytes: half of what SQLite's heap may be.
const MAX_TOTAL: usize = 64 << 20;
/// What a row takes besides its content and its names, which stand in the table and in its index.
const ROW: usize = 64;
/// Files and directories in the volumes of one bundle: as of a member.
const MAX_ENTRIES: usize = 50_000;
/// The name of a file of volumes that lies by itself.
const VOLUMES: &str = "vfs.sqlite";

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
    /// The file, if it is one: its row is there, with NULL as its content where that is what is
    /// too long. Of a bundle, its files are not there.
    pub path: Option<String>,
    /// Why.
    pub why: String,
}

/// A file of a member, or of what one of its files carries.
struct File {
    path: String,
    size: u64,
    content: Option<Vec<u8>>,
    volume: &'static str,
}

impl Library {
    /// Runs one `SELECT` over `files(member, path, size, content, volume, bundle)`, which has the
    /// files of each member that may be read, and of each page, `.wbundle` or `vfs.sqlite` among
    /// them the files that it carries: `bundle` is then its path, and `volume` the volume where
    /// they are in one; both are empty for others. Content that is UTF-8 is text, and other a blob;
    /// that of a file over 1 MiB is NULL. It changes nothing, and reaches nothing else. In
    /// `scratch`, a folder of this user's alone, copies of volumes lie meanwhile.
    ///
    /// # Errors
    /// [`LibraryError::Query`] for a statement that is wrong, no `SELECT`, too long, or not done
    /// in `time`.
    pub fn query(&self, sql: &str, time: Duration, scratch: &Path) -> Result<Answer, LibraryError> {
        let stop = Stop::after(time);
        let (gathered, skipped) = self.gathered(scratch, &stop)?;
        let rows = gathered.query(sql, &stop).map_err(refused)?;
        Ok(Answer { rows, skipped })
    }

    /// What is asked about, and what is not.
    fn gathered(
        &self,
        scratch: &Path,
        stop: &Stop,
    ) -> Result<(Gathered, Vec<Skipped>), LibraryError> {
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
            stop.check().map_err(refused)?;
            let taken = match self.read(member) {
                Ok(taken) => taken,
                Err(error) => {
                    skip(None, error.to_string());
                    continue;
                }
            };
            let of = |(path, bytes): (&str, &[u8])| {
                let content = if fits(bytes.len()) { bytes.len() } else { 0 };
                weight([&member.id, path, "", ""], content)
            };
            let Some(left) = room.checked_sub(taken.files.iter().map(of).sum()) else {
                skip(None, full());
                continue;
            };
            room = left;
            for (path, bytes) in &taken.files {
                if !fits(bytes.len()) {
                    skip(Some(path), TOO_LONG.to_owned());
                }
                let content = Some(bytes).filter(|bytes| fits(bytes.len()));
                let (member, size) = (member.id.as_str(), bytes.len() as u64);
                let file = GatheredFile { member, path, size, content, volume: "", bundle: "" };
                gathered.add(file).map_err(refused)?;
            }
            for (bundle, bytes) in &taken.files {
                // What one carries is unpacked whole.
                stop.check().map_err(refused)?;
                let unseen = |why: String| format!("what it carries is not seen: {why}");
                let files = match carried(bundle, bytes, room, scratch, stop) {
                    Ok(files) => files,
                    Err(why) => {
                        skip(Some(bundle), unseen(why));
                        continue;
                    }
                };
                let of = |file: &File| {
                    let content = file.content.as_ref().map_or(0, Vec::len);
                    weight([&member.id, bundle, file.volume, &file.path], content)
                };
                let Some(left) = room.checked_sub(files.iter().map(of).sum()) else {
                    skip(Some(bundle), unseen(full()));
                    continue;
                };
                room = left;
                for File { path, size, content, volume } in files {
                    if content.is_none() {
                        let parts = [bundle, volume, &path];
                        let parts: Vec<_> = parts.into_iter().filter(|p| !p.is_empty()).collect();
                        skip(Some(&parts.join("/")), TOO_LONG.to_owned());
                    }
                    let (member, path, content) = (member.id.as_str(), &*path, content.as_deref());
                    let file = GatheredFile { member, path, size, content, volume, bundle };
                    gathered.add(file).map_err(refused)?;
                }
            }
        }
        Ok((gathered, skipped))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn refused(error: StorageError) -> LibraryError {
    LibraryError::Query { why: error.to_string() }
}

/// Bytes that a row takes with these names.
fn weight(names: [&str; 4], content: usize) -> usize {
    content + ROW + 2 * names.iter().map(|name| name.len()).sum::<usize>()
}

const TOO_LONG: &str = "its content has more than 1 MiB";

fn fits(bytes: usize) -> bool {
    bytes <= QUERY_CONTENT_MAX
}

/// The files that a member's file carries, with at most `room` bytes of content; none if it carries
/// none. What a signature does not bind, where there is one, is not read.
fn carried(
    path: &str,
    bytes: &[u8],
    room: usize,
    scratch: &Path,
    stop: &Stop,
) -> Result<Vec<File>, String> {
    let lower = path.to_ascii_lowercase();
    if lower.rsplit('/').next() == Some(VOLUMES) {
        return in_volumes(bytes, room, scratch, stop);
    }
    let ends = |end: &str| lower.ends_with(end);
    let is_page = ends(".html");
    let carries = if is_page {
        page::bundle(bytes).map_err(|error| error.to_string())?.is_some()
    } else {
        ends(".wbundle")
    };
    if !carries {
        return Ok(Vec::new());
    }
    let Bundle { page, source, volumes, .. } = match Bundle::open(bytes) {
        Ok(opened) => opened.bundle,
        Err(BundleError::NoBundle) => return Ok(Vec::new()),
        Err(error) => return Err(error.to_string()),
    };
    let mut files = Vec::new();
    let mut left = room;
    let whole = (!is_page).then(|| ("workbook.html".to_owned(), page));
    for (path, bytes) in whole.into_iter().chain(source) {
        let (size, content) = (bytes.len() as u64, Some(bytes).filter(|bytes| fits(bytes.len())));
        left = left.checked_sub(content.as_ref().map_or(0, Vec::len)).ok_or_else(full)?;
        files.push(File { path, size, content, volume: "" });
    }
    if let Some(volumes) = volumes {
        files.extend(in_volumes(&volumes, left, scratch, stop)?);
    }
    Ok(files)
}

fn in_volumes(bytes: &[u8], room: usize, scratch: &Path, stop: &Stop) -> Result<Vec<File>, String> {
    let copy = tempfile::NamedTempFile::new_in(scratch)
        .and_then(|mut copy| copy.write_all(bytes).map(|()| copy))
        .map_err(|error| error.to_string())?;
    let limits = FoundLimits { entries: MAX_ENTRIES, each: QUERY_CONTENT_MAX, all: room };
    let files = found(copy.path(), limits, stop).map_err(|error| match error {
        StorageError::TooLarge(limit) if limit == room as u64 => full(),
        StorageError::TooLarge(limit) if limit == MAX_ENTRIES as u64 => {
            format!("it has more than {MAX_ENTRIES} files and directories")
        }
        StorageError::Invalid(why) => printable(&why),
        other => other.to_string(),
    })?;
    let of = files.into_iter().map(|file| File {
        path: file.path,
        size: file.size,
        content: file.content,
        volume: file.volume,
    });
    Ok(of.collect())
}

fn full() -> String {
    format!("with it, there would be more than {} MiB of content and names", MAX_TOTAL >> 20)
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
