//! The files in a file of volumes that a stranger wrote, as they are: none of them becomes one of an
//! instance.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::error::Fault;
use super::super::{Stop, StorageError};
use super::VfsPath;
use super::foreign::Foreign;

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) volume: &'static str,
    pub(crate) path: String,
    /// Bytes of its content.
    pub(crate) size: u64,
    /// That, unless it is longer than was asked for.
    pub(crate) content: Option<Vec<u8>>,
}

/// What may be found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundLimits {
    /// Files and directories.
    pub(crate) entries: usize,
    /// Bytes of the longest content that is given.
    pub(crate) each: usize,
    /// Bytes of all contents that are given.
    pub(crate) all: usize,
}

/// Every file at `from`, a private copy that nobody else writes: all of them, or a refusal.
///
/// # Errors
/// `Invalid` for what is not such a file, or not sound; `TooLarge` with the limit that was met;
/// `Timeout`, `Cancelled`.
pub(crate) fn found(
    from: &Path,
    limits: FoundLimits,
    stop: &Stop,
) -> Result<Vec<Found>, StorageError> {
    let foreign = Foreign::open(from, stop)?;
    let (mut all, mut seen, mut room) = (Vec::new(), BTreeSet::new(), limits.all);
    let mut entries = 0;
    let read = foreign.each(|row| {
        entries += 1;
        if entries > limits.entries {
            return Err(StorageError::TooLarge(limits.entries as u64).into());
        }
        let folder = row.path.strip_suffix('/').filter(|_| row.length == 0);
        let path = VfsPath::parse(folder.unwrap_or(&row.path))?.as_str().to_owned();
        if folder.is_some() {
            return Ok(());
        }
        let volume = row.volume.name();
        if !seen.insert((volume, path.clone())) {
            return Err(StorageError::invalid("a path is there twice").into());
        }
        let short = usize::try_from(row.length).ok().filter(|length| *length <= limits.each);
        let content = match short {
            None => None,
            Some(length) => {
                let too_large = || StorageError::TooLarge(limits.all as u64);
                room = room.checked_sub(length).ok_or_else(too_large)?;
                let mut content = Vec::with_capacity(length);
                foreign.content(row, |_, chunk| {
                    content.extend_from_slice(chunk);
                    Ok(())
                })?;
                Some(content)
            }
        };
        all.push(Found { volume, path, size: row.length, content });
        Ok(())
    });
    match read {
        Ok(()) => Ok(all),
        Err(Fault::Storage(error)) => Err(error),
        Err(_) => Err(stop.check().err().unwrap_or(StorageError::Cancelled)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rusqlite::Connection;

    use super::*;

    const LIMITS: FoundLimits = FoundLimits { entries: 3, each: 4, all: 6 };

    fn of(sql: &str) -> Result<Vec<Found>, StorageError> {
        let place = tempfile::tempdir().unwrap();
        let at = place.path().join("v");
        let conn = Connection::open(&at).unwrap();
        conn.execute_batch(
            "CREATE TABLE vfs (volume TEXT, path TEXT, content BLOB, mtime INTEGER);",
        )
        .unwrap();
        conn.execute_batch(sql).unwrap();
        drop(conn);
        found(&at, LIMITS, &Stop::after(Duration::from_mins(1)))
    }

    fn rows(rows: &str) -> Result<Vec<Found>, StorageError> {
        of(&format!("INSERT INTO vfs VALUES {rows}"))
    }

    #[test]
    fn what_no_volume_has_is_refused_whole() {
        for bad in [
            "('workspace', 'a', x'00', 0), ('workspace', 'a', x'01', 0)",
            "('workspace', '../a', x'00', 0)",
            "('workspace', '', x'00', 0)",
            "('home', 'a', x'00', 0)",
            "('workspace', 'a', 7, 0)",
            "(7, 'a', x'00', 0)",
        ] {
            assert!(matches!(rows(bad), Err(StorageError::Invalid(_))), "{bad}: {:?}", rows(bad));
        }
        for bad in [
            "CREATE VIEW v AS SELECT 1",
            "CREATE TRIGGER t AFTER INSERT ON vfs BEGIN SELECT 1; END",
            "CREATE TABLE more (x)",
            "DROP TABLE vfs",
        ] {
            assert!(matches!(of(bad), Err(StorageError::Invalid(_))), "{bad}");
        }
        let all = "('tmp', 'a', x'00000000', 0), ('tmp', 'b', x'000000', 0)";
        assert_eq!(rows(all), Err(StorageError::TooLarge(6)));
        let many =
            "('tmp', 'a', '', 0), ('tmp', 'b', '', 0), ('tmp', 'c/', NULL, 0), ('tmp', 'd', '', 0)";
        assert_eq!(rows(many), Err(StorageError::TooLarge(3)));
    }

    #[test]
    fn each_file_is_found_and_what_is_long_without_its_content() {
        let found = rows(
            "('memory', 'b/a', 'text', 0), ('tmp', 'b', zeroblob(5), 0), ('tmp', 'c/', NULL, 0)",
        );
        let file = |volume, path: &str, size, content| Found {
            volume,
            path: path.to_owned(),
            size,
            content,
        };
        let text = Some(b"text".to_vec());
        assert_eq!(found.unwrap(), [file("memory", "b/a", 4, text), file("tmp", "b", 5, None)]);
    }
}
