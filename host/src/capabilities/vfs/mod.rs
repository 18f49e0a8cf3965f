//! `vfs`: the files of an instance, in a database of its own, and the folders that were mounted.

mod databases;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::Linker;
use workbooks_bindings::engine::vfs;

pub(crate) use databases::{Busy, Database, Workbook};

use crate::admission::Caller;
use crate::capability::{Admitted, Call, Capability, Provides, Refusal};
use crate::instance::Guest;
use crate::instance::wasi;
use crate::storage::{self, Stop, StorageError, VfsPath, Volumes};
use databases::Databases;

/// The volumes of every instance, in a database of its own: 256 MiB in a file, or 32 MiB in
/// memory. The first call that needs it opens it, and clears `tmp` if no call of this host did so
/// before. The 64 files that were used last stay open, and those in which a guest has files open.
///
/// Guests see them through the interface `vfs`, and as folders of `wasi:filesystem`. Eight
/// operations on one database run at once; the others wait, under their deadlines.
#[derive(Debug)]
pub struct Vfs(Arc<Databases>);

impl Vfs {
    pub(crate) fn new(state: Option<PathBuf>) -> Self {
        Self(Arc::new(Databases::new(state.map(|folder| folder.join("volumes")))))
    }

    /// The volumes of one instance.
    pub(crate) fn workbook(&self, tenant: &str, instance: &str) -> Workbook {
        Workbook::new(self.0.clone(), tenant, instance)
    }

    async fn perform<T: Send + 'static>(
        call: &Admitted<'_, Self>,
        work: impl FnOnce(&Volumes, &Stop) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let caller: &Arc<Caller> = call.caller();
        let workbook = call.capability().workbook(caller.tenant(), caller.instance());
        let done = workbook.perform(caller, |_, volumes, stop| work(volumes, stop)).await;
        done.and_then(|done| done.map_err(Refusal::from)).map_err(|refusal| call.refuse(refusal))
    }
}

impl Capability for Vfs {
    fn name(&self) -> &'static str {
        "vfs"
    }

    fn link(&self, interface: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        if interface.starts_with("wasi:") {
            return wasi::link_filesystem(interface, linker);
        }
        vfs::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl vfs::Host for Call<'_, Vfs> {
    async fn read(
        &mut self,
        volume: vfs::Volume,
        path: String,
        offset: u64,
        max: u32,
    ) -> Result<Vec<u8>, Refusal> {
        let call = self.admit("read")?;
        Vfs::perform(&call, move |volumes, stop| {
            volumes.read(volume.into(), &VfsPath::parse(&path)?, offset, max, stop)
        })
        .await
    }

    async fn write(
        &mut self,
        volume: vfs::Volume,
        path: String,
        offset: Option<u64>,
        data: Vec<u8>,
    ) -> Result<(), Refusal> {
        let call = self.admit("write")?;
        Vfs::perform(&call, move |volumes, stop| {
            volumes.write(volume.into(), &VfsPath::parse(&path)?, offset, &data, stop)
        })
        .await
    }

    async fn stat(&mut self, volume: vfs::Volume, path: String) -> Result<vfs::Entry, Refusal> {
        let call = self.admit("stat")?;
        Vfs::perform(&call, move |volumes, stop| {
            volumes.stat(volume.into(), &VfsPath::parse(&path)?, stop).map(Into::into)
        })
        .await
    }

    async fn remove(&mut self, volume: vfs::Volume, path: String) -> Result<(), Refusal> {
        let call = self.admit("remove")?;
        Vfs::perform(&call, move |volumes, stop| {
            volumes.remove(volume.into(), &VfsPath::parse(&path)?, stop)
        })
        .await
    }

    async fn rename(
        &mut self,
        volume: vfs::Volume,
        old: String,
        new: String,
    ) -> Result<(), Refusal> {
        let call = self.admit("rename")?;
        Vfs::perform(&call, move |volumes, stop| {
            volumes.rename(volume.into(), &VfsPath::parse(&old)?, &VfsPath::parse(&new)?, stop)
        })
        .await
    }

    async fn entries(
        &mut self,
        volume: vfs::Volume,
        prefix: String,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<(Vec<vfs::Entry>, Option<String>), Refusal> {
        let call = self.admit("entries")?;
        Vfs::perform(&call, move |volumes, stop| {
            let (entries, next) =
                volumes.entries(volume.into(), &prefix, cursor.as_deref(), limit, stop)?;
            Ok((entries.into_iter().map(Into::into).collect(), next))
        })
        .await
    }

    async fn query(&mut self, sql: String, params: Vec<vfs::Value>) -> Result<vfs::Rows, Refusal> {
        let call = self.admit("query")?;
        let params: Vec<_> = params.into_iter().map(storage::Value::from).collect();
        Vfs::perform(&call, move |volumes, stop| volumes.query(&sql, &params, stop).map(Into::into))
            .await
    }
}

impl From<vfs::Volume> for storage::Volume {
    fn from(volume: vfs::Volume) -> Self {
        match volume {
            vfs::Volume::Workspace => Self::Workspace,
            vfs::Volume::Memory => Self::Memory,
            vfs::Volume::Tmp => Self::Tmp,
        }
    }
}

impl From<storage::Entry> for vfs::Entry {
    fn from(entry: storage::Entry) -> Self {
        let kind = match entry.kind {
            storage::Kind::File => vfs::Kind::File,
            storage::Kind::Directory => vfs::Kind::Directory,
        };
        Self { path: entry.path, kind, size: entry.size, modified_ms: entry.modified_ms }
    }
}

impl From<vfs::Value> for storage::Value {
    fn from(value: vfs::Value) -> Self {
        match value {
            vfs::Value::Null => Self::Null,
            vfs::Value::Integer(n) => Self::Integer(n),
            vfs::Value::Real(n) => Self::Real(n),
            vfs::Value::Text(text) => Self::Text(text),
            vfs::Value::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

impl From<storage::Value> for vfs::Value {
    fn from(value: storage::Value) -> Self {
        match value {
            storage::Value::Null => Self::Null,
            storage::Value::Integer(n) => Self::Integer(n),
            storage::Value::Real(n) => Self::Real(n),
            storage::Value::Text(text) => Self::Text(text),
            storage::Value::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

impl From<storage::Rows> for vfs::Rows {
    fn from(rows: storage::Rows) -> Self {
        Self {
            columns: rows.columns,
            rows: rows
                .rows
                .into_iter()
                .map(|row| row.into_iter().map(Into::into).collect())
                .collect(),
            truncated: rows.truncated,
        }
    }
}
