//! A folder of a volume that a guest has open, and its listing.

use std::collections::VecDeque;

use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, DescriptorType, DirectoryEntry, ErrorCode, OpenFlags,
};

use super::file::File;
use super::node::{Access, Node, Result};
use crate::storage::{self, Kind, Opened, Opening, Stat, Stop, StorageError, Volume, Volumes};

/// Entries of a listing that are in memory at once; a name has at most 255 bytes.
const PAGE: usize = 64;

/// A folder that is open.
#[derive(Clone)]
pub(super) struct Folder {
    access: Access,
    folder: storage::Folder,
}

impl Folder {
    /// The whole of a volume.
    pub(super) fn root(access: Access, volume: Volume) -> Self {
        Self { access, folder: storage::Folder::root(volume) }
    }

    pub(super) fn id(&self) -> i64 {
        self.folder.id()
    }

    pub(super) fn listing(&self) -> Listing {
        Listing { of: self.clone(), page: VecDeque::new(), last: None, ended: false }
    }

    async fn perform<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Volumes, storage::Folder, &Stop) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T> {
        let folder = self.folder;
        self.access.perform(operation, move |_, volumes, stop| work(volumes, folder, stop)).await
    }

    pub(super) async fn open(
        &self,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<Node> {
        if flags.intersects(
            DescriptorFlags::FILE_INTEGRITY_SYNC
                | DescriptorFlags::DATA_INTEGRITY_SYNC
                | DescriptorFlags::REQUESTED_WRITE_SYNC,
        ) {
            return Err(ErrorCode::Unsupported);
        }
        let makes = OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE;
        if open.contains(OpenFlags::DIRECTORY) && open.intersects(makes) {
            return Err(ErrorCode::Invalid);
        }
        let how = Opening {
            create: open.contains(OpenFlags::CREATE),
            exclusive: open.contains(OpenFlags::EXCLUSIVE),
            truncate: open.contains(OpenFlags::TRUNCATE),
            directory: open.contains(OpenFlags::DIRECTORY),
            write: flags.contains(DescriptorFlags::WRITE),
        };
        let folder = self.folder;
        let (database, opened) = self
            .access
            .perform("open-at", move |database, volumes, stop| {
                Ok((database.clone(), volumes.open_at(folder, &path, how, stop)?))
            })
            .await?;
        let access = self.access.clone();
        Ok(match opened {
            Opened::Folder(folder) => Node::Folder(Self { access, folder }),
            Opened::File(file) => Node::File(File::new(access, database, file, flags)),
        })
    }

    pub(super) async fn stat_at(&self, path: String) -> Result<Stat> {
        self.perform("stat-at", move |volumes, at, stop| volumes.stat_at(at, &path, stop)).await
    }

    pub(super) async fn make(&self, path: String) -> Result<()> {
        self.perform("create-directory-at", move |volumes, at, stop| {
            volumes.make_folder_at(at, &path, stop)
        })
        .await
    }

    pub(super) async fn remove(&self, path: String) -> Result<()> {
        self.perform("remove-directory-at", move |volumes, at, stop| {
            volumes.remove_folder_at(at, &path, stop)
        })
        .await
    }

    pub(super) async fn unlink(&self, path: String) -> Result<()> {
        self.perform("unlink-file-at", move |volumes, at, stop| volumes.unlink_at(at, &path, stop))
            .await
    }

    pub(super) async fn rename(&self, old: String, to: &Self, new: String) -> Result<()> {
        let target = to.folder;
        if self.folder.volume != target.volume {
            return Err(ErrorCode::CrossDevice);
        }
        self.perform("rename-at", move |volumes, at, stop| {
            volumes.rename_at((at, &old), (target, &new), stop)
        })
        .await
    }

    pub(super) async fn touch_at(&self, path: String, modified_ms: u64) -> Result<()> {
        self.perform("set-times-at", move |volumes, at, stop| {
            volumes.touch_at(at, &path, modified_ms, stop)
        })
        .await
    }

    pub(super) async fn sync(&self) -> Result<()> {
        self.perform("sync", |volumes, _, stop| volumes.sync(None, stop)).await
    }
}

/// Where a guest is in the entries of a folder. What is there from its begin to its end comes
/// once, whatever is made and removed meanwhile.
pub(super) struct Listing {
    of: Folder,
    page: VecDeque<(String, Kind)>,
    last: Option<String>,
    ended: bool,
}

impl Listing {
    /// The next page, if it is needed.
    pub(super) fn more(
        &self,
    ) -> Option<impl Future<Output = Result<Vec<(String, Kind)>>> + Send + use<>> {
        if self.ended || !self.page.is_empty() {
            return None;
        }
        let (of, last) = (self.of.clone(), self.last.clone());
        Some(async move {
            of.perform("read-directory-entry", move |volumes, at, stop| {
                volumes.children(at, last.as_deref(), PAGE, stop)
            })
            .await
        })
    }

    pub(super) fn add(&mut self, page: Vec<(String, Kind)>) {
        self.ended = page.len() < PAGE;
        self.last = page.last().map(|(name, _)| name.clone()).or(self.last.take());
        self.page.extend(page);
    }

    pub(super) fn next(&mut self) -> Option<DirectoryEntry> {
        self.page.pop_front().map(|(name, kind)| DirectoryEntry {
            type_: match kind {
                Kind::File => DescriptorType::RegularFile,
                Kind::Directory => DescriptorType::Directory,
            },
            name,
        })
    }
}
