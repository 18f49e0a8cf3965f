//! `wasi:filesystem` over the mounts of a grant: wasmtime's own implementation, behind the gate.
//! Which folders are opened, and for whom, stands in `mounts.rs`.
//!
//! Each operation is admitted as a call of `vfs`. What it made, a stream of bytes or of a
//! folder's entries, goes on without paying the rate again, so that a large file may be read in
//! small pieces; revocation is looked at for every piece.
//!
//! A guest reads refusals as error codes: `would-block` when it is over its rate and may try
//! again later, `insufficient-memory` for a listing that the host does not hold for it, and
//! `not-permitted` for everything that trying again will not change.

mod descriptor;
mod stream;
#[cfg(test)]
mod tests;

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
use crate::admission::Caller;

const CAPABILITY: &str = "vfs";

/// The mounts of one guest, and who it is.
pub(super) struct GatedFilesystem<'a> {
    caller: Arc<Caller>,
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
        GatedFilesystem { caller: guest.caller().clone(), inner: guest.filesystem() }
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

fn code(refusal: &Refusal) -> ErrorCode {
    match refusal {
        Refusal::RateLimited(_) => ErrorCode::WouldBlock,
        Refusal::Quota(_) | Refusal::TooLarge(_) => ErrorCode::InsufficientMemory,
        _ => ErrorCode::NotPermitted,
    }
}

impl preopens::Host for GatedFilesystem<'_> {
    /// It has no error to return: who is revoked has no folders.
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        match still_granted(&self.caller, "get-directories") {
            Ok(()) => preopens::Host::get_directories(&mut self.inner),
            Err(_) => Ok(Vec::new()),
        }
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
        match self.inner.table.get(&error)?.downcast_ref::<Refusal>() {
            Some(refusal) => Ok(Some(code(refusal))),
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
        self.inner.read_directory_entry(stream).await
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        HostDirectoryEntryStream::drop(&mut self.inner, stream)
    }
}
