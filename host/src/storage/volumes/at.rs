//! Operations on names, from a directory that is open, as POSIX has them: directories above are
//! not made, a rename replaces, and each refusal has its own error.

use rusqlite::{Connection, OptionalExtension};

use super::super::error::Fault;
use super::super::{Stop, StorageError};
use super::cache::Cache;
use super::resolve::{Resolved, resolve};
use super::tree::{self, Node};
use super::{Commit, Kind, OpenFile, VfsPath, Volume, Volumes, content};

/// A directory of a volume. It stays the same when it is renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Folder {
    pub(crate) volume: Volume,
    id: i64,
}

/// What is to be opened, beside a file that is there.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of POSIX")]
pub(crate) struct Opening {
    pub(crate) create: bool,
    pub(crate) exclusive: bool,
    pub(crate) truncate: bool,
    pub(crate) directory: bool,
    pub(crate) write: bool,
}

/// What was opened.
#[derive(Debug, Clone)]
pub(crate) enum Opened {
    File(OpenFile),
    Folder(Folder),
}

/// What is known of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    /// No other entry of the database ever has it.
    pub(crate) id: i64,
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    pub(crate) modified_ms: u64,
    /// Whether it has a name.
    pub(crate) named: bool,
}

impl Folder {
    /// The volume itself.
    pub(crate) const fn root(volume: Volume) -> Self {
        Self { volume, id: -1 - volume as i64 }
    }

    pub(crate) fn id(self) -> i64 {
        self.id
    }
}

/// Where `folder` is; empty for the volume itself.
pub(super) fn base(conn: &Connection, folder: Folder) -> Result<String, Fault> {
    if folder.id < 0 {
        return Ok(String::new());
    }
    let mut select = conn.prepare_cached("SELECT path FROM entry WHERE id = ?1")?;
    let path = select.query_row([folder.id], |row| row.get(0)).optional()?;
    Ok(path.ok_or(StorageError::NotFound)?)
}

fn spot(conn: &Connection, folder: Folder, path: &str) -> Result<Resolved, Fault> {
    Ok(resolve(&base(conn, folder)?, path)?)
}

/// What is at `spot`, if anything. An error if what is above is no directory, or it is a file and
/// a directory is wanted.
fn node(conn: &Connection, volume: Volume, spot: &Resolved) -> Result<Option<Node>, Fault> {
    let Some(path) = &spot.path else {
        let id = Folder::root(volume).id;
        return Ok(Some(Node { id, kind: Kind::Directory, size: 0, modified_ms: 0 }));
    };
    let found = tree::find(conn, volume, path.as_str())?;
    match &found {
        Some(node) if node.kind == Kind::File && spot.directory => {
            return Err(StorageError::NotDirectory.into());
        }
        Some(_) => {}
        None => {
            for parent in path.parents() {
                match tree::find(conn, volume, parent)? {
                    Some(node) if node.kind == Kind::File => {
                        return Err(StorageError::NotDirectory.into());
                    }
                    Some(_) => {}
                    None => break,
                }
            }
        }
    }
    Ok(found)
}

/// Makes an entry where nothing is, in a directory that is there.
fn make(conn: &Connection, volume: Volume, path: &VfsPath, kind: Kind) -> Result<Node, Fault> {
    in_directory(conn, volume, path)?;
    tree::insert(conn, volume, path.as_str(), kind)
}

fn in_directory(conn: &Connection, volume: Volume, path: &VfsPath) -> Result<(), Fault> {
    if let Some(parent) = path.parents().last()
        && tree::find(conn, volume, parent)?.is_none()
    {
        return Err(StorageError::NotFound.into());
    }
    Ok(())
}

/// The path of something that can be renamed or removed: the volume itself cannot.
fn named(spot: &Resolved) -> Result<&VfsPath, StorageError> {
    spot.path.as_ref().ok_or_else(|| StorageError::invalid("it is the volume itself"))
}

fn seen(cache: &Cache, node: &Node) -> Stat {
    let held = cache.get(node.id);
    let (size, modified_ms) =
        held.map_or((node.size, node.modified_ms), |held| (held.size, held.modified_ms));
    Stat { id: node.id, kind: node.kind, size, modified_ms, named: true }
}

impl Volumes {
    /// What is at `path`, from `folder` on.
    ///
    /// # Errors
    /// `NotFound`, `NotDirectory`, `Outside`, `NameTooLong`, `Invalid`; `Timeout`, `Cancelled`,
    /// `Failed`.
    pub(crate) fn stat_at(
        &self,
        folder: Folder,
        path: &str,
        stop: &Stop,
    ) -> Result<Stat, StorageError> {
        let cache = self.cache.take(stop)?;
        let node = self.looking(stop, |conn| {
            let spot = spot(conn, folder, path)?;
            Ok(node(conn, folder.volume, &spot)?.ok_or(StorageError::NotFound)?)
        })?;
        Ok(seen(&cache, &node))
    }

    /// Opens what is at `path`, or makes a file there.
    ///
    /// # Errors
    /// Those of `stat_at`; `Exists`, `IsDirectory`, `Quota`.
    pub(crate) fn open_at(
        &self,
        folder: Folder,
        path: &str,
        how: Opening,
        stop: &Stop,
    ) -> Result<Opened, StorageError> {
        let volume = folder.volume;
        let (node, mut cache) = if how.create || how.truncate {
            self.writing(Commit::Soon, stop, |conn, _| {
                let spot = spot(conn, folder, path)?;
                self.open_or_make(conn, volume, &spot, how)
            })?
        } else {
            let cache = self.cache.take(stop)?;
            let node = self.looking(stop, |conn| {
                let spot = spot(conn, folder, path)?;
                Ok(node(conn, volume, &spot)?.ok_or(StorageError::NotFound)?)
            })?;
            (node, cache)
        };
        match node.kind {
            Kind::Directory if how.create || how.truncate || how.write => {
                Err(StorageError::IsDirectory)
            }
            Kind::Directory => Ok(Opened::Folder(Folder { volume, id: node.id })),
            Kind::File if how.directory => Err(StorageError::NotDirectory),
            Kind::File => {
                if how.truncate {
                    cache.resized(node.id, node.size, node.modified_ms);
                }
                Ok(Opened::File(cache.open(&node)))
            }
        }
    }

    fn open_or_make(
        &self,
        conn: &Connection,
        volume: Volume,
        spot: &Resolved,
        how: Opening,
    ) -> Result<Node, Fault> {
        match node(conn, volume, spot)? {
            Some(_) if how.create && how.exclusive => Err(StorageError::Exists.into()),
            Some(node) if how.truncate && node.kind == Kind::File && !how.directory => {
                let modified_ms = tree::now_ms();
                content::resize(conn, node.id, 0, modified_ms)?;
                Ok(Node { size: 0, modified_ms, ..node })
            }
            Some(node) => Ok(node),
            None if !how.create => Err(StorageError::NotFound.into()),
            None if spot.directory || how.directory => Err(StorageError::IsDirectory.into()),
            None => {
                let node = make(conn, volume, named(spot)?, Kind::File)?;
                self.within_quota(conn)?;
                Ok(node)
            }
        }
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// Those of `stat_at`; `Exists`, `Quota`.
    pub(crate) fn make_folder_at(
        &self,
        folder: Folder,
        path: &str,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        self.writing(Commit::Soon, stop, |conn, _| {
            let mut spot = spot(conn, folder, path)?;
            // `mkdir a/` makes `a`; that a file is there, it says itself.
            spot.directory = false;
            if node(conn, folder.volume, &spot)?.is_some() {
                return Err(StorageError::Exists.into());
            }
            make(conn, folder.volume, named(&spot)?, Kind::Directory)?;
            self.within_quota(conn)
        })?;
        Ok(())
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// Those of `stat_at`; `NotEmpty`.
    pub(crate) fn remove_folder_at(
        &self,
        folder: Folder,
        path: &str,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        self.writing(Commit::Soon, stop, |conn, _| {
            let spot = spot(conn, folder, path)?;
            let node = node(conn, folder.volume, &spot)?.ok_or(StorageError::NotFound)?;
            if node.kind != Kind::Directory {
                return Err(StorageError::NotDirectory.into());
            }
            if tree::has_entries(conn, folder.volume, named(&spot)?)? {
                return Err(StorageError::NotEmpty.into());
            }
            tree::delete(conn, node.id)
        })?;
        Ok(())
    }

    /// Removes the name of a file. Who has it open reads and writes on; the quota counts it until
    /// they close it.
    ///
    /// # Errors
    /// Those of `stat_at`; `IsDirectory`.
    pub(crate) fn unlink_at(
        &self,
        folder: Folder,
        path: &str,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        let (id, mut cache) = self.writing(Commit::Soon, stop, |conn, cache| {
            let spot = spot(conn, folder, path)?;
            let node = node(conn, folder.volume, &spot)?.ok_or(StorageError::NotFound)?;
            if node.kind == Kind::Directory {
                return Err(StorageError::IsDirectory.into());
            }
            tree::unname(conn, cache, node.id)?;
            Ok(node.id)
        })?;
        cache.unlinked(id);
        Ok(())
    }

    /// Gives an entry another name in the same volume. A file takes the place of a file, and a
    /// directory that of an empty directory.
    ///
    /// # Errors
    /// Those of `stat_at`; `IsDirectory`, `NotEmpty`, `Invalid` for a directory into itself.
    pub(crate) fn rename_at(
        &self,
        (folder, old): (Folder, &str),
        (target, new): (Folder, &str),
        stop: &Stop,
    ) -> Result<(), StorageError> {
        let volume = folder.volume;
        let (replaced, mut cache) = self.writing(Commit::Soon, stop, |conn, cache| {
            let (from, mut to) = (spot(conn, folder, old)?, spot(conn, target, new)?);
            let moved = node(conn, volume, &from)?.ok_or(StorageError::NotFound)?;
            let (old, new) = (named(&from)?.clone(), named(&to)?.clone());
            if old == new {
                return Ok(None);
            }
            // `rename a b/` is for directories, whatever is at `b`.
            if to.directory && moved.kind == Kind::File {
                return Err(StorageError::NotDirectory.into());
            }
            to.directory = false;
            let there = node(conn, volume, &to)?;
            match (&there, moved.kind) {
                (Some(there), Kind::File) if there.kind == Kind::Directory => {
                    return Err(StorageError::IsDirectory.into());
                }
                (Some(there), Kind::Directory) if there.kind == Kind::File => {
                    return Err(StorageError::NotDirectory.into());
                }
                (Some(_), Kind::Directory) if new.is_below(&old) => {
                    return Err(StorageError::invalid("a directory cannot move into itself").into());
                }
                (Some(_), Kind::Directory) if tree::has_entries(conn, volume, &new)? => {
                    return Err(StorageError::NotEmpty.into());
                }
                (Some(there), _) => tree::unname(conn, cache, there.id)?,
                (None, _) => in_directory(conn, volume, &new)?,
            }
            tree::move_to(conn, volume, &moved, &old, &new)?;
            Ok(there.map(|there| there.id))
        })?;
        if let Some(id) = replaced {
            cache.unlinked(id);
        }
        Ok(())
    }

    /// Sets the time of the last write, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// Those of `stat_at`; `Invalid` for the volume itself.
    pub(crate) fn touch_at(
        &self,
        folder: Folder,
        path: &str,
        modified_ms: u64,
        stop: &Stop,
    ) -> Result<(), StorageError> {
        let (node, mut cache) = self.writing(Commit::Soon, stop, |conn, _| {
            let spot = spot(conn, folder, path)?;
            let node = node(conn, folder.volume, &spot)?.ok_or(StorageError::NotFound)?;
            named(&spot)?;
            tree::set_size(conn, node.id, node.size, modified_ms)?;
            Ok(node)
        })?;
        cache.resized(node.id, node.size, modified_ms);
        Ok(())
    }
}
