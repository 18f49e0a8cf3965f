//! The entries of one directory, page by page. What is there from the first page to the last is
//! given once, whatever comes and goes meanwhile.

use super::super::{Stop, StorageError};
use super::at::{Folder, base};
use super::{Kind, Volumes};

impl Volumes {
    /// Names and kinds of what lies directly in `folder`, in byte order from after the name
    /// `after` on; at most `limit`, fewer only at the end.
    ///
    /// # Errors
    /// `NotFound` if the directory is removed; `Timeout`, `Cancelled`, `Failed`.
    pub(crate) fn children(
        &self,
        folder: Folder,
        after: Option<&str>,
        limit: usize,
        stop: &Stop,
    ) -> Result<Vec<(String, Kind)>, StorageError> {
        self.looking(stop, |conn| {
            let mut prefix = base(conn, folder)?;
            if !prefix.is_empty() {
                prefix.push('/');
            }
            let mut from = match after {
                // No name holds the character that is first of all.
                Some(name) => format!("{prefix}{name}\0"),
                None => prefix.clone(),
            };
            let mut select = conn.prepare_cached(
                "SELECT path, kind FROM entry WHERE volume = ?1 AND path >= ?2 ORDER BY path",
            )?;
            let mut page = Vec::new();
            loop {
                let mut deeper = None;
                let mut rows = select.query((folder.volume.name(), &from))?;
                while let Some(row) = rows.next()? {
                    let path = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
                    let Some(name) = path.strip_prefix(&prefix) else { break };
                    if let Some((first, _)) = name.split_once('/') {
                        // '0' is the character after '/': behind everything below `first`.
                        deeper = Some(format!("{prefix}{first}0"));
                        break;
                    }
                    let kind = match row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)? {
                        "directory" => Kind::Directory,
                        _ => Kind::File,
                    };
                    page.push((name.to_owned(), kind));
                    if page.len() == limit {
                        return Ok(page);
                    }
                }
                drop(rows);
                match deeper {
                    Some(next) => from = next,
                    None => return Ok(page),
                }
            }
        })
    }
}
