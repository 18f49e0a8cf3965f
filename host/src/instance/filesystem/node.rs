//! What a handle of a volume stands for: a file or a folder, and the operations of a descriptor on
//! either. What only one of them has stands in `file.rs` and `folder.rs`.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, Filesize,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};

use super::file::{File, Reader, Writer};
use super::folder::{Folder, Listing};
use super::{CAPABILITY, code, code_of};
use crate::admission::Caller;
use crate::capabilities::{Database, Workbook};
use crate::storage::{Kind, Stat, Stop, StorageError, Volumes};

/// Whose volumes they are, and who works on them.
#[derive(Clone)]
pub(super) struct Access {
    caller: Arc<Caller>,
    workbook: Workbook,
}

impl Access {
    pub(super) fn new(caller: Arc<Caller>, workbook: Workbook) -> Self {
        Self { caller, workbook }
    }

    /// Does `work` on a thread that may wait, under the deadline of one operation.
    pub(super) async fn perform<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Arc<Database>, &Volumes, &Stop) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, ErrorCode> {
        match self.workbook.perform(&self.caller, work).await {
            Ok(done) => done.map_err(|error| self.failed(operation, error)),
            Err(refusal) => {
                self.caller.refused(CAPABILITY, operation, &refusal);
                Err(code(&refusal))
            }
        }
    }

    /// What the guest reads of an error, which is on the record if it is a denial.
    pub(super) fn failed(&self, operation: &'static str, error: StorageError) -> ErrorCode {
        let code = code_of(&error);
        self.caller.refused(CAPABILITY, operation, &error.into());
        code
    }
}

/// A file or a folder of a volume.
#[derive(Clone)]
pub(super) enum Node {
    File(File),
    Folder(Folder),
}

pub(super) type Result<T, E = ErrorCode> = std::result::Result<T, E>;

impl Node {
    pub(super) fn kind(&self) -> DescriptorType {
        match self {
            Self::File(_) => DescriptorType::RegularFile,
            Self::Folder(_) => DescriptorType::Directory,
        }
    }

    /// Two handles with the same are of the same object.
    pub(super) fn id(&self) -> i64 {
        match self {
            Self::File(file) => file.id(),
            Self::Folder(folder) => folder.id(),
        }
    }

    fn file(&self) -> Result<&File> {
        match self {
            Self::File(file) => Ok(file),
            Self::Folder(_) => Err(ErrorCode::BadDescriptor),
        }
    }

    fn folder(&self) -> Result<&Folder> {
        match self {
            Self::Folder(folder) => Ok(folder),
            Self::File(_) => Err(ErrorCode::NotDirectory),
        }
    }

    pub(super) fn reader(&self, offset: Filesize) -> Result<Reader> {
        match self {
            Self::File(file) => file.reader(offset),
            Self::Folder(_) => Err(ErrorCode::IsDirectory),
        }
    }

    /// At the end of the file, whenever a piece is written, if there is no offset.
    pub(super) fn writer(&self, offset: Option<Filesize>) -> Result<Writer> {
        self.file()?.writer(offset)
    }

    pub(super) fn listing(&self) -> Result<Listing> {
        Ok(self.folder()?.listing())
    }

    #[expect(clippy::unused_async, reason = "called as the operations beside it are")]
    pub(super) async fn advise(&self, _: Filesize, _: Filesize, _: Advice) -> Result<()> {
        self.file().map(|_| ())
    }

    pub(super) async fn sync_data(&self) -> Result<()> {
        self.sync().await
    }

    pub(super) async fn sync(&self) -> Result<()> {
        match self {
            Self::File(file) => file.sync().await,
            Self::Folder(folder) => folder.sync().await,
        }
    }

    #[expect(clippy::unused_async, reason = "called as the operations beside it are")]
    pub(super) async fn get_flags(&self) -> Result<DescriptorFlags> {
        Ok(match self {
            Self::File(file) => file.flags(),
            Self::Folder(_) => DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY,
        })
    }

    pub(super) async fn set_size(&self, size: Filesize) -> Result<()> {
        self.file()?.set_size(size).await
    }

    /// The time of the last access is not kept: it is that of the last write.
    pub(super) async fn set_times(&self, _: NewTimestamp, modified: NewTimestamp) -> Result<()> {
        let Some(modified_ms) = milliseconds(modified)? else { return Ok(()) };
        match self {
            Self::File(file) => file.touch(modified_ms).await,
            Self::Folder(folder) => folder.touch_at(".".to_owned(), modified_ms).await,
        }
    }

    /// The end of the file is told by no bytes at all, as the mounts tell it.
    pub(super) async fn read(&self, len: Filesize, offset: Filesize) -> Result<(Vec<u8>, bool)> {
        let max = usize::try_from(len).unwrap_or(usize::MAX);
        let bytes = self.file()?.read(offset, max).await?;
        let is_end = bytes.is_empty();
        Ok((bytes, is_end))
    }

    /// Takes 256 KiB at once, and says so.
    pub(super) async fn write(&self, bytes: Vec<u8>, offset: Filesize) -> Result<Filesize> {
        self.file()?.write(offset, bytes).await
    }

    pub(super) async fn create_directory_at(&self, path: String) -> Result<()> {
        self.folder()?.make(path).await
    }

    pub(super) async fn stat(&self) -> Result<DescriptorStat> {
        match self {
            Self::File(file) => file.stat().await,
            Self::Folder(folder) => folder.stat_at(".".to_owned()).await,
        }
        .map(|stat| described(&stat))
    }

    pub(super) async fn stat_at(&self, _: PathFlags, path: String) -> Result<DescriptorStat> {
        self.folder()?.stat_at(path).await.map(|stat| described(&stat))
    }

    /// There are no links in a volume.
    pub(super) async fn readlink_at(&self, path: String) -> Result<String> {
        self.folder()?.stat_at(path).await.and(Err(ErrorCode::Invalid))
    }

    pub(super) async fn remove_directory_at(&self, path: String) -> Result<()> {
        self.folder()?.remove(path).await
    }

    pub(super) async fn unlink_file_at(&self, path: String) -> Result<()> {
        self.folder()?.unlink(path).await
    }

    pub(super) async fn rename_at(&self, old: String, to: &Self, new: String) -> Result<()> {
        self.folder()?.rename(old, to.folder()?, new).await
    }

    pub(super) async fn set_times_at(&self, path: String, modified: NewTimestamp) -> Result<()> {
        let folder = self.folder()?;
        match milliseconds(modified)? {
            Some(modified_ms) => folder.touch_at(path, modified_ms).await,
            None => folder.stat_at(path).await.map(|_| ()),
        }
    }

    pub(super) async fn open_at(
        &self,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<Self> {
        self.folder()?.open(path, open, flags).await
    }

    #[expect(clippy::unused_async, reason = "called as the operations beside it are")]
    pub(super) async fn metadata_hash(&self) -> Result<MetadataHashValue> {
        Ok(hash(self.id()))
    }

    pub(super) async fn metadata_hash_at(
        &self,
        _: PathFlags,
        path: String,
    ) -> Result<MetadataHashValue> {
        self.folder()?.stat_at(path).await.map(|stat| hash(stat.id))
    }
}

/// The same for the same object, and for no other: what the adapter of preview 1 takes for the
/// number of an inode.
fn hash(id: i64) -> MetadataHashValue {
    MetadataHashValue { lower: id.cast_unsigned(), upper: 0 }
}

fn described(stat: &Stat) -> DescriptorStat {
    let nanoseconds = u32::try_from(stat.modified_ms % 1000).unwrap_or_default() * 1_000_000;
    let time = Some(Datetime { seconds: stat.modified_ms / 1000, nanoseconds });
    DescriptorStat {
        type_: match stat.kind {
            Kind::File => DescriptorType::RegularFile,
            Kind::Directory => DescriptorType::Directory,
        },
        link_count: u64::from(stat.named),
        size: stat.size,
        data_access_timestamp: time,
        data_modification_timestamp: time,
        status_change_timestamp: time,
    }
}

/// None leaves it as it is.
fn milliseconds(time: NewTimestamp) -> Result<Option<u64>> {
    let ms = match time {
        NewTimestamp::NoChange => return Ok(None),
        NewTimestamp::Now => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|now| u64::try_from(now.as_millis()).ok()),
        NewTimestamp::Timestamp(time) => time
            .seconds
            .checked_mul(1000)
            .and_then(|ms| ms.checked_add(u64::from(time.nanoseconds / 1_000_000)))
            .filter(|ms| i64::try_from(*ms).is_ok()),
    };
    ms.map(Some).ok_or(ErrorCode::Overflow)
}
