//! The operations on an open file or folder, each behind the gate.

use std::sync::Arc;

use rustix::fs::{Dir, Mode, OFlags};
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntryStream, ErrorCode,
    Filesize, HostDescriptor, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult, ReaddirIterator};
use workbooks_bindings::Refusal;

use super::GatedFilesystem;
use super::node::Node;
use super::stream::Gated;

const SPECIAL: &str = "it is neither a file nor a folder";
const LINKS: &str = "a mount takes no links from a guest";
/// Listings that one instance may have open. Each is in the host's memory as a whole, from the
/// moment it is opened until it is dropped.
pub(super) const LISTINGS_MAX: usize = 4;
/// Entries of a folder that may be listed; a name has at most 255 bytes.
pub(super) const LISTED_MAX: usize = 100_000;

/// Whether a guest may hold it open.
fn is_plain(kind: DescriptorType) -> bool {
    matches!(kind, DescriptorType::RegularFile | DescriptorType::Directory)
}

/// Whether a folder has no more than so many entries.
pub(super) fn has_at_most(count: usize, folder: &std::fs::File) -> std::io::Result<bool> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = Dir::new(rustix::fs::openat(folder, ".", flags, Mode::empty())?)?;
    let dots = 2;
    Ok(folder.take(count + dots + 1).count() <= count + dots)
}

fn borrowed(descriptor: &Resource<Descriptor>) -> Resource<Descriptor> {
    Resource::new_borrow(descriptor.rep())
}

impl GatedFilesystem<'_> {
    /// Refuses a pipe, a socket or a device before it is opened: to open a pipe waits for its
    /// other end, and to open a device may already do something.
    ///
    /// What is not there passes, since the operation may make it. So does a link that is not
    /// followed: the operation itself says what becomes of it.
    async fn refuse_special(
        &mut self,
        operation: &'static str,
        folder: &Resource<Descriptor>,
        flags: PathFlags,
        path: &str,
    ) -> FsResult<()> {
        match self.inner.stat_at(borrowed(folder), flags, path.to_owned()).await {
            Ok(stat) if is_plain(stat.type_) || stat.type_ == DescriptorType::SymbolicLink => {
                Ok(())
            }
            Ok(_) => Err(self.deny(operation, SPECIAL)),
            Err(error) => match error.downcast_ref() {
                Some(ErrorCode::NoEntry) => Ok(()),
                _ => Err(error),
            },
        }
    }
}

/// Operations that need nothing beyond the gate.
macro_rules! admitted {
    ($($operation:literal $method:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {$(
        async fn $method(&mut self, fd: Resource<Descriptor>, $($argument: $type),*) -> FsResult<$result> {
            self.admit($operation)?;
            match self.node(&fd) {
                Some(node) => Ok(node.$method($($argument),*).await?),
                None => self.inner.$method(fd, $($argument),*).await,
            }
        }
    )*};
}

impl HostDescriptor for GatedFilesystem<'_> {
    admitted! {
        "advise" advise(offset: Filesize, len: Filesize, advice: Advice) -> ();
        "sync-data" sync_data() -> ();
        "get-flags" get_flags() -> DescriptorFlags;
        "set-size" set_size(size: Filesize) -> ();
        "set-times" set_times(accessed: NewTimestamp, modified: NewTimestamp) -> ();
        "read" read(len: Filesize, offset: Filesize) -> (Vec<u8>, bool);
        "write" write(bytes: Vec<u8>, offset: Filesize) -> Filesize;
        "sync" sync() -> ();
        "create-directory-at" create_directory_at(path: String) -> ();
        "stat" stat() -> DescriptorStat;
        "stat-at" stat_at(flags: PathFlags, path: String) -> DescriptorStat;
        "readlink-at" readlink_at(path: String) -> String;
        "remove-directory-at" remove_directory_at(path: String) -> ();
        "unlink-file-at" unlink_file_at(path: String) -> ();
        "metadata-hash" metadata_hash() -> MetadataHashValue;
        "metadata-hash-at" metadata_hash_at(flags: PathFlags, path: String) -> MetadataHashValue;
    }

    /// The rate does not count it: the adapter of preview 1 asks it of every mount before the
    /// guest's first call, and traps when it is refused.
    async fn get_type(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorType> {
        self.still_granted("get-type")?;
        match self.node(&fd) {
            Some(node) => Ok(node.kind()),
            None => self.inner.get_type(fd).await,
        }
    }

    /// From one volume or mount into another it is `cross-device`, so that a program copies.
    async fn rename_at(
        &mut self,
        fd: Resource<Descriptor>,
        old: String,
        folder: Resource<Descriptor>,
        new: String,
    ) -> FsResult<()> {
        self.admit("rename-at")?;
        match (self.node(&fd), self.node(&folder)) {
            (Some(from), Some(to)) => Ok(from.rename_at(old, &to, new).await?),
            (None, None) => self.inner.rename_at(fd, old, folder, new).await,
            _ => Err(ErrorCode::CrossDevice.into()),
        }
    }

    /// Refused with `insufficient-memory` beside [`LISTINGS_MAX`] others, and for a folder of
    /// more than [`LISTED_MAX`] entries.
    async fn read_directory(
        &mut self,
        fd: Resource<Descriptor>,
    ) -> FsResult<Resource<DirectoryEntryStream>> {
        self.admit("read-directory")?;
        if let Some(node) = self.node(&fd) {
            let listing = self.inner.table.push(node.listing()?)?;
            return Ok(Resource::new_own(listing.rep()));
        }
        let open = self.inner.table.iter_mut().filter(|entry| entry.is::<ReaddirIterator>());
        if open.count() >= LISTINGS_MAX {
            return Err(self.refuse("read-directory", &Refusal::Quota(LISTINGS_MAX as u64)));
        }
        if let Descriptor::Dir(folder) = self.inner.table.get(&fd)? {
            let folder = Arc::clone(&folder.dir);
            let within = tokio::task::spawn_blocking(move || has_at_most(LISTED_MAX, &folder));
            if !within.await.map_err(FsError::trap)?? {
                return Err(self.refuse("read-directory", &Refusal::TooLarge(LISTED_MAX as u64)));
            }
        }
        self.inner.read_directory(fd).await
    }

    async fn open_at(
        &mut self,
        fd: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        self.admit("open-at")?;
        if let Some(node) = self.node(&fd) {
            let opened = node.open_at(path, open_flags, flags).await?;
            return self.keep(opened);
        }
        self.refuse_special("open-at", &fd, path_flags, &path).await?;
        let opened = self.inner.open_at(fd, path_flags, path, open_flags, flags).await?;
        // Somebody on the host may have put another thing in its place meanwhile.
        let kind = self.inner.get_type(borrowed(&opened)).await;
        if matches!(kind, Ok(kind) if is_plain(kind)) {
            return Ok(opened);
        }
        HostDescriptor::drop(&mut self.inner, opened).map_err(FsError::trap)?;
        Err(kind.map_or_else(|error| error, |_| self.deny("open-at", SPECIAL)))
    }

    /// To follow a path it is opened, so what may not be opened is refused here too.
    async fn set_times_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        self.admit("set-times-at")?;
        if let Some(node) = self.node(&fd) {
            return Ok(node.set_times_at(path, modified).await?);
        }
        self.refuse_special("set-times-at", &fd, flags, &path).await?;
        self.inner.set_times_at(fd, flags, path, accessed, modified).await
    }

    /// Always refused. A link that a guest leaves behind is followed by others: an editor, a
    /// backup or a build on the host would leave the mount on the guest's behalf.
    async fn symlink_at(&mut self, _: Resource<Descriptor>, _: String, _: String) -> FsResult<()> {
        self.admit("symlink-at")?;
        Err(self.deny("symlink-at", LINKS))
    }

    /// Always refused. A second name lets a guest keep a file, and write to it, after the
    /// operator took away the first.
    async fn link_at(
        &mut self,
        _: Resource<Descriptor>,
        _: PathFlags,
        _: String,
        _: Resource<Descriptor>,
        _: String,
    ) -> FsResult<()> {
        self.admit("link-at")?;
        Err(self.deny("link-at", LINKS))
    }

    fn read_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynInputStream>> {
        self.admit("read-via-stream")?;
        if let Some(node) = self.node(&fd) {
            let stream: DynInputStream = Box::new(node.reader(offset)?);
            let gated: DynInputStream = Box::new(Gated::new(self.caller.clone(), stream));
            return Ok(self.inner.table.push(gated)?);
        }
        let stream = self.inner.read_via_stream(fd, offset)?;
        let stream = self.inner.table.delete(stream)?;
        let gated: DynInputStream = Box::new(Gated::new(self.caller.clone(), stream));
        Ok(self.inner.table.push(gated)?)
    }

    fn write_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.admit("write-via-stream")?;
        if let Some(node) = self.node(&fd) {
            return self.writer(&node, Some(offset));
        }
        let stream = self.inner.write_via_stream(fd, offset)?;
        self.gated_output(stream)
    }

    fn append_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.admit("append-via-stream")?;
        if let Some(node) = self.node(&fd) {
            return self.writer(&node, None);
        }
        let stream = self.inner.append_via_stream(fd)?;
        self.gated_output(stream)
    }

    /// Never refused: it has no error to return, and tells only of what is already open.
    async fn is_same_object(
        &mut self,
        a: Resource<Descriptor>,
        b: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        match (self.node(&a), self.node(&b)) {
            (Some(a), Some(b)) => Ok(a.id() == b.id()),
            (None, None) => self.inner.is_same_object(a, b).await,
            _ => Ok(false),
        }
    }

    fn drop(&mut self, fd: Resource<Descriptor>) -> wasmtime::Result<()> {
        if self.node(&fd).is_some() {
            self.inner.table.delete(Resource::<Node>::new_own(fd.rep()))?;
            return Ok(());
        }
        HostDescriptor::drop(&mut self.inner, fd)
    }
}

impl GatedFilesystem<'_> {
    fn writer(
        &mut self,
        node: &Node,
        offset: Option<Filesize>,
    ) -> FsResult<Resource<DynOutputStream>> {
        let stream: DynOutputStream = Box::new(node.writer(offset)?);
        let gated: DynOutputStream = Box::new(Gated::new(self.caller.clone(), stream));
        Ok(self.inner.table.push(gated)?)
    }

    fn gated_output(
        &mut self,
        stream: Resource<DynOutputStream>,
    ) -> FsResult<Resource<DynOutputStream>> {
        let stream = self.inner.table.delete(stream)?;
        let gated: DynOutputStream = Box::new(Gated::new(self.caller.clone(), stream));
        Ok(self.inner.table.push(gated)?)
    }
}
