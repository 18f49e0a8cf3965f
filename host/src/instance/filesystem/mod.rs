//! `wasi:filesystem`, behind the gate: over the mounts of a grant by wasmtime's own implementation,
//! and over the volumes of the instance by ours (`node.rs`). Which folders a guest has stands in
//! `mounts.rs`.
//!
//! A guest finds its mounts first, then `/workspace`, `/memory` and `/tmp`, and, unless a mount is
//! at `/`, the workspace once more as `.`: there are no working directories in WASI, so a program
//! that opens `a.txt` means `/workspace/a.txt`.
//!
//! Each operation is admitted as a call of `vfs`. What it made, a stream of bytes or of a
//! folder's entries, goes on without paying the rate again, so that a large file may be read in
//! small pieces; revocation is looked at for every piece.
//!
//! A guest reads refusals as error codes: `would-block` when it is over its rate and may try
//! again later, `insufficient-memory` for a listing that the host does not hold for it, and
//! `not-permitted` for everything that trying again will not change.

mod descriptor;
mod file;
mod folder;
mod node;
mod stream;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::sync::Arc;

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemCtxView, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, DirectoryEntry, DirectoryEntryStream, ErrorCode, HostDirectoryEntryStream,
};
use wasmtime_wasi::p2::{FsError, FsResult};
use workbooks_bindings::Refusal;

use super::Guest;
use super::mounts::VOLUMES;
use crate::admission::Caller;
use crate::capabilities::Workbook;
use crate::storage::{StorageError, Volume};
use folder::{Folder, Listing};
use node::{Access, Node};

const CAPABILITY: &str = "vfs";

/// The mounts and the volumes of one guest, and who it is.
pub(super) struct GatedFilesystem<'a> {
    caller: Arc<Caller>,
    volumes: Option<Workbook>,
    inner: WasiFilesystemCtxView<'a>,
}

/// Projects [`Guest`] onto [`GatedFilesystem`].
struct Gated;

impl HasData for Gated {
    type Data<'a> = GatedFilesystem<'a>;
}

/// Links `wasi:filesystem/types`.
pub(super) fn link_types(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, Gated>(linker, GatedFilesystem::of)
}

/// Links `wasi:filesystem/preopens`.
pub(super) fn link_preopens(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    preopens::add_to_linker::<_, Gated>(linker, GatedFilesystem::of)
}

impl GatedFilesystem<'_> {
    fn of(guest: &mut Guest) -> GatedFilesystem<'_> {
        let (caller, volumes) = (guest.caller().clone(), guest.volumes.clone());
        GatedFilesystem { caller, volumes, inner: guest.filesystem() }
    }

    /// What is behind a handle that is ours; none if it is wasmtime's.
    fn node(&mut self, handle: &Resource<Descriptor>) -> Option<Node> {
        let entry: &dyn Any = self.inner.table.get_any_mut(handle.rep()).ok()?;
        entry.downcast_ref().cloned()
    }

    /// Hands a file or folder of a volume to the guest. For the bindings it is a `Descriptor`; that
    /// its entry in the table is another type, only `node` knows.
    fn keep(&mut self, node: Node) -> FsResult<Resource<Descriptor>> {
        Ok(Resource::new_own(self.inner.table.push(node)?.rep()))
    }

    fn volume_folders(&mut self) -> FsResult<Vec<(Resource<Descriptor>, String)>> {
        let Some(workbook) = self.volumes.clone() else { return Ok(Vec::new()) };
        let access = Access::new(self.caller.clone(), workbook);
        let has_root = self.caller.grant().mounts().iter().any(|mount| mount.guest == "/");
        let relative = (!has_root).then_some((".", Volume::Workspace));
        VOLUMES
            .into_iter()
            .chain(relative)
            .map(|(place, volume)| {
                let folder = Node::Folder(Folder::root(access.clone(), volume));
                Ok((self.keep(folder)?, place.to_owned()))
            })
            .collect()
    }

    /// Passes one operation through revocation, rate and audit.
    fn admit(&self, operation: &'static str) -> FsResult<()> {
        self.caller.admit(CAPABILITY, operation).map_err(|refusal| code(&refusal).into())
    }

    /// Whether the grant still stands, for operations that the rate does not count.
    fn still_granted(&self, operation: &'static str) -> FsResult<()> {
        still_granted(&self.caller, operation).map_err(|refusal| code(&refusal).into())
    }

    /// A denial, on the record.
    fn deny(&self, operation: &'static str, why: &str) -> FsError {
        self.refuse(operation, &Refusal::Denied(why.to_owned()))
    }

    /// A refusal, on the record.
    fn refuse(&self, operation: &'static str, refusal: &Refusal) -> FsError {
        self.caller.refused(CAPABILITY, operation, refusal);
        code(refusal).into()
    }
}

fn still_granted(caller: &Caller, operation: &'static str) -> Result<(), Refusal> {
    if !caller.principal().is_revoked() {
        return Ok(());
    }
    caller.refused(CAPABILITY, operation, &Refusal::Revoked);
    Err(Refusal::Revoked)
}

/// What a guest reads of an error of the volumes: what POSIX says of it.
fn code_of(error: &StorageError) -> ErrorCode {
    match error {
        StorageError::NotFound => ErrorCode::NoEntry,
        StorageError::Conflict | StorageError::Exists => ErrorCode::Exist,
        StorageError::NotEmpty => ErrorCode::NotEmpty,
        StorageError::IsDirectory => ErrorCode::IsDirectory,
        StorageError::NotDirectory => ErrorCode::NotDirectory,
        StorageError::NameTooLong => ErrorCode::NameTooLong,
        StorageError::Outside => ErrorCode::NotPermitted,
        StorageError::TooLarge(_) => ErrorCode::FileTooLarge,
        StorageError::Quota(_) => ErrorCode::Quota,
        StorageError::NoSpace => ErrorCode::InsufficientSpace,
        StorageError::Invalid(_) => ErrorCode::Invalid,
        StorageError::Timeout | StorageError::Cancelled | StorageError::Failed(_) => ErrorCode::Io,
    }
}

fn code(refusal: &Refusal) -> ErrorCode {
    match refusal {
        Refusal::Timeout | Refusal::Cancelled | Refusal::Unavailable(_) => ErrorCode::Io,
        Refusal::RateLimited(_) => ErrorCode::WouldBlock,
        Refusal::Quota(_) | Refusal::TooLarge(_) => ErrorCode::InsufficientMemory,
        _ => ErrorCode::NotPermitted,
    }
}

impl preopens::Host for GatedFilesystem<'_> {
    /// It has no error to return: who is revoked has no folders.
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        match still_granted(&self.caller, "get-directories") {
            Ok(()) => {
                let mut folders = preopens::Host::get_directories(&mut self.inner)?;
                folders.extend(self.volume_folders().map_err(|full| match full.downcast() {
                    Ok(code) => code.into(),
                    Err(trap) => trap,
                })?);
                Ok(folders)
            }
            Err(_) => Ok(Vec::new()),
        }
    }
}

impl GatedFilesystem<'_> {
    /// The listing behind a handle, if it is of a volume.
    fn listing(&mut self, stream: &Resource<DirectoryEntryStream>) -> Option<&mut Listing> {
        let entry: &mut dyn Any = self.inner.table.get_any_mut(stream.rep()).ok()?;
        entry.downcast_mut()
    }
}

impl types::Host for GatedFilesystem<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        self.inner.convert_error_code(error)
    }

    /// Never refused: it says why a stream failed, a refusal of ours among others.
    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        let why = self.inner.table.get(&error)?;
        if let Some(refusal) = why.downcast_ref::<Refusal>() {
            return Ok(Some(code(refusal)));
        }
        match why.downcast_ref::<ErrorCode>() {
            Some(code) => Ok(Some(*code)),
            None => self.inner.filesystem_error_code(error),
        }
    }
}

impl HostDirectoryEntryStream for GatedFilesystem<'_> {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        self.still_granted("read-directory-entry")?;
        let Some(listing) = self.listing(&stream) else {
            return self.inner.read_directory_entry(stream).await;
        };
        if let Some(more) = listing.more() {
            let page = more.await?;
            if let Some(listing) = self.listing(&stream) {
                listing.add(page);
            }
        }
        Ok(self.listing(&stream).and_then(Listing::next))
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        if self.listing(&stream).is_some() {
            self.inner.table.delete(Resource::<Listing>::new_own(stream.rep()))?;
            return Ok(());
        }
        HostDirectoryEntryStream::drop(&mut self.inner, stream)
    }
}
