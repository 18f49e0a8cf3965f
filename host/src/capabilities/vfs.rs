//! `vfs`: the files of an instance, in a database of its own, and the folders that were mounted.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;
use wasmtime::component::Linker;
use workbooks_bindings::engine::vfs;

use super::blocking::{self, Work};
use crate::capability::{Admitted, Call, Capability, Provides, Refusal};
use crate::instance::Guest;
use crate::instance::wasi;
use crate::storage::{self, Stop, StorageError, VfsPath, Volumes, VolumesQuota};

/// Databases in files that stay open.
const OPEN_MAX: usize = 64;
/// Operations on one database that may be under way, each on a thread of its own.
const AT_ONCE: usize = 8;

/// By tenant and instance.
type Key = (String, String);

#[derive(Debug)]
struct Database {
    /// Opened by the first call that needs it.
    volumes: OnceLock<Volumes>,
    turns: Arc<Semaphore>,
}

impl Default for Database {
    fn default() -> Self {
        Self { volumes: OnceLock::new(), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// The volumes of every instance, in a database of its own: 256 MiB in a file, or 32 MiB in
/// memory. The first call that needs it opens it. The 64 files that were used last stay open.
///
/// Eight operations on one database run at once; the others wait, under their deadlines.
#[derive(Debug)]
pub struct Vfs {
    folder: Option<PathBuf>,
    /// What was used last is at the end.
    open: Mutex<Vec<(Key, Arc<Database>)>>,
}

impl Vfs {
    pub(crate) fn new(state: Option<PathBuf>) -> Self {
        Self { folder: state.map(|folder| folder.join("volumes")), open: Mutex::default() }
    }

    /// The database of an instance, and another that has to be closed for it.
    fn database(&self, key: Key) -> (Arc<Database>, Option<Arc<Database>>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.iter().position(|(other, _)| *other == key);
        let database = known.map_or_else(Arc::default, |at| open.remove(at).1);
        open.push((key, database.clone()));
        // Databases in memory would be lost.
        let spare = self.folder.is_some() && open.len() > OPEN_MAX;
        (database, spare.then(|| open.remove(0).1))
    }

    async fn perform<T: Send + 'static>(
        call: &Admitted<'_, Self>,
        work: impl FnOnce(&Volumes, &Stop) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let this = call.capability();
        let key = (call.tenant().to_owned(), call.instance().to_owned());
        let file = this
            .folder
            .as_ref()
            .map(|folder| folder.join(file_name(&key.0)).join(file_name(&key.1) + ".sqlite"));
        let deadline = call.deadline();
        let (database, spare) = this.database(key);
        let turn = timeout_at(deadline.into(), database.turns.clone().acquire_owned())
            .await
            .map_err(|_| call.refuse(Refusal::Timeout))?;
        let work: Work<T> = Box::new(move |stop| {
            // To close a database is work for this thread too.
            drop(spare);
            let _turn = turn;
            let volumes = match &file {
                Some(file) => {
                    let open = || Volumes::open(file, VolumesQuota::default());
                    blocking::opened(&database.volumes, file, open)?
                }
                None => in_memory(&database.volumes)?,
            };
            work(volumes, stop)
        });
        blocking::run(deadline, work).await.map_err(|refusal| call.refuse(refusal))
    }
}

fn in_memory(cell: &OnceLock<Volumes>) -> Result<&Volumes, StorageError> {
    if let Some(volumes) = cell.get() {
        return Ok(volumes);
    }
    // All of SQLite shares one heap.
    let volumes = Volumes::memory(VolumesQuota { bytes: 32 << 20, ..VolumesQuota::default() })?;
    Ok(cell.get_or_init(|| volumes))
}

/// A name for the disk: slugs stand for themselves, anything else for its digest.
fn file_name(name: &str) -> String {
    let slug = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if slug && (1..=64).contains(&name.len()) {
        name.to_owned()
    } else {
        format!("_{}", crate::hex(&Sha256::digest(name)))
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wasmtime::component::ResourceTable;

    use super::*;
    use crate::admission::{Caller, MemoryAudit, Principal, Rate};

    fn caller(instance: &str) -> Arc<Caller> {
        let rate = Rate::new(1_000, Duration::from_hours(1));
        let principal = Arc::new(Principal::new("acme", "notes", rate));
        let audit = Arc::new(MemoryAudit::default());
        Arc::new(Caller::new(
            principal,
            instance.to_owned(),
            Arc::new(crate::policy::Grant::nothing()),
            audit,
        ))
    }

    fn key(instance: usize) -> Key {
        ("acme".to_owned(), instance.to_string())
    }

    #[test]
    fn the_file_that_was_used_longest_ago_is_closed() {
        let vfs = Vfs::new(Some("unused".into()));
        let (first, _) = vfs.database(key(0));
        for n in 1..OPEN_MAX {
            assert!(vfs.database(key(n)).1.is_none());
        }
        assert!(Arc::ptr_eq(&vfs.database(key(0)).0, &first));
        let (second, _) = vfs.database(key(1));
        vfs.database(key(0));
        for n in OPEN_MAX..2 * OPEN_MAX {
            assert!(vfs.database(key(n)).1.is_some());
        }
        assert_eq!(vfs.open.lock().unwrap().len(), OPEN_MAX);
        assert!(!Arc::ptr_eq(&vfs.database(key(1)).0, &second));
    }

    #[test]
    fn databases_in_memory_are_never_closed() {
        let vfs = Vfs::new(None);
        let (first, _) = vfs.database(key(0));
        for n in 1..2 * OPEN_MAX {
            assert!(vfs.database(key(n)).1.is_none());
        }
        assert!(Arc::ptr_eq(&vfs.database(key(0)).0, &first));
    }

    #[tokio::test]
    async fn a_closed_file_is_opened_again_with_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let vfs = Vfs::new(Some(folder.path().to_owned()));
        let mut table = ResourceTable::new();
        let caller = caller("0");
        let mut call = Call::new(&vfs, &caller, &mut table);
        let (tmp, a) = (vfs::Volume::Tmp, || "a".to_owned());
        vfs::Host::write(&mut call, tmp, a(), None, b"kept".to_vec()).await.unwrap();
        for n in 1..=OPEN_MAX {
            vfs.database(key(n));
        }
        assert_eq!(vfs::Host::read(&mut call, tmp, a(), 0, 9).await.unwrap(), b"kept");
    }

    #[test]
    fn one_instance_has_eight_threads_and_leaves_the_others_to_others() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(AT_ONCE + 1).enable_time().build().unwrap();
        let vfs = Vfs::new(None);
        let (greedy, modest) = (caller("greedy"), caller("modest"));
        let perform = async |who: &Arc<Caller>, release: Option<std::sync::mpsc::Receiver<()>>| {
            let mut table = ResourceTable::new();
            let call = Call::new(&vfs, who, &mut table).admit("query").unwrap();
            Vfs::perform(&call, move |_, _| {
                if let Some(held) = release {
                    held.recv().unwrap_err();
                }
                Ok(())
            })
            .await
        };
        runtime.block_on(async {
            let mut releases = Vec::new();
            let mut greed: Vec<_> = (0..4 * AT_ONCE)
                .map(|_| {
                    let (release, held) = std::sync::mpsc::channel();
                    releases.push(release);
                    Box::pin(perform(&greedy, Some(held)))
                })
                .collect();
            for each in &mut greed {
                assert!(waits(each).await);
            }
            assert_eq!(perform(&modest, None).await, Ok(()));
            releases.clear();
            for each in greed {
                assert_eq!(each.await, Ok(()));
            }
        });
    }

    /// Whether it still waits after one look at it.
    async fn waits(future: &mut (impl Future + Unpin)) -> bool {
        std::future::poll_fn(|cx| {
            std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(cx).is_pending())
        })
        .await
    }
}
