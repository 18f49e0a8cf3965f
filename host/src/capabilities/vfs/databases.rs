//! Which databases are open, and work on one of them: on a thread of its own, under a deadline,
//! and ended with the grant.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use super::super::blocking::{self, Work};
use crate::admission::Caller;
use crate::capability::Refusal;
use crate::storage::{Stop, StorageError, Volumes, VolumesQuota};

/// Databases in files that stay open.
pub(super) const OPEN_MAX: usize = 64;
/// Operations on one database that may be under way, each on a thread of its own.
pub(super) const AT_ONCE: u32 = 8;
/// How long what was written to an open file may stay in memory alone: what a kill can lose.
const FLUSH_AFTER: Duration = Duration::from_millis(100);
/// How long a flush may take that no guest waits for.
const FLUSH_TIME: Duration = Duration::from_secs(10);

/// By tenant and instance.
pub(super) type Key = (String, String);

/// The databases of a host.
#[derive(Debug)]
pub(super) struct Databases {
    folder: Option<PathBuf>,
    /// A name for this host: another one clears `tmp`.
    host: String,
    /// What was used last is at the end.
    pub(super) open: Mutex<Vec<(Key, Arc<Database>)>>,
}

/// The volumes of one instance, once they are open.
#[derive(Debug)]
pub(crate) struct Database {
    file: Option<PathBuf>,
    host: String,
    volumes: OnceLock<Volumes>,
    turns: Arc<Semaphore>,
    /// Whether a flush is on its way.
    flushing: AtomicBool,
}

/// The database is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

impl Databases {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        let random = || RandomState::new().build_hasher().finish();
        let host = format!("{:016x}{:016x}", random(), random());
        Self { folder, host, open: Mutex::default() }
    }

    /// The database of an instance, and another that has to be closed for it.
    pub(super) fn database(&self, key: &Key) -> (Arc<Database>, Option<Arc<Database>>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.iter().position(|(other, _)| other == key);
        let database = known.map_or_else(|| self.closed(key), |at| open.remove(at).1);
        // Databases in memory would be lost.
        let over = self.folder.is_some() && open.len() >= OPEN_MAX;
        let spare = if over { open.iter().position(|(_, other)| other.is_idle()) } else { None };
        let spare = spare.map(|at| open.remove(at).1);
        open.push((key.clone(), database.clone()));
        (database, spare)
    }

    fn closed(&self, key: &Key) -> Arc<Database> {
        let in_folder =
            |folder: &PathBuf| folder.join(file_name(&key.0)).join(file_name(&key.1) + ".sqlite");
        Arc::new(Database {
            file: self.folder.as_ref().map(in_folder),
            host: self.host.clone(),
            volumes: OnceLock::new(),
            turns: Arc::new(Semaphore::new(AT_ONCE as usize)),
            flushing: AtomicBool::new(false),
        })
    }

    /// The database, if it is open.
    fn known(&self, key: &Key) -> Option<Arc<Database>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().find(|(other, _)| other == key).map(|(_, database)| database.clone())
    }

    /// Takes the database off the list of those that are open, if nobody uses it.
    fn close(&self, key: &Key) -> Result<Option<Arc<Database>>, Busy> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = open.iter().position(|(other, _)| other == key) else { return Ok(None) };
        if open[at].1.is_idle() { Ok(Some(open.remove(at).1)) } else { Err(Busy) }
    }
}

impl Database {
    /// Whether only the list of open databases holds it, and it holds nothing that its file lacks.
    fn is_idle(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1 && self.volumes.get().is_none_or(Volumes::is_settled)
    }

    /// The volumes, if they are open.
    pub(crate) fn opened(&self) -> Option<&Volumes> {
        self.volumes.get()
    }

    fn volumes(&self, stop: &Stop) -> Result<&Volumes, StorageError> {
        if let Some(volumes) = self.volumes.get() {
            return Ok(volumes);
        }
        let Some(file) = &self.file else {
            // All of SQLite shares one heap.
            let quota = VolumesQuota { bytes: 32 << 20, ..VolumesQuota::default() };
            let volumes = Volumes::memory(quota)?;
            return Ok(self.volumes.get_or_init(|| volumes));
        };
        blocking::opened(&self.volumes, file, || {
            let volumes = Volumes::open(file, VolumesQuota::default())?;
            volumes.resume(&self.host, stop)?;
            Ok(volumes)
        })
    }

    /// Sees to it that what was written comes into the database soon, whoever dies.
    pub(crate) fn flush_soon(self: &Arc<Self>) {
        if self.flushing.load(Ordering::Relaxed) {
            return;
        }
        // Without a runtime, closing the database flushes it.
        let Ok(runtime) = Handle::try_current() else { return };
        if self.flushing.swap(true, Ordering::Relaxed) {
            return;
        }
        let database = Arc::downgrade(self);
        runtime.spawn(async move {
            tokio::time::sleep(FLUSH_AFTER).await;
            let Some(database) = database.upgrade() else { return };
            let flush = move || {
                if let Some(volumes) = database.volumes.get() {
                    let stop = Stop::after(FLUSH_TIME);
                    // What did not get there now is tried again.
                    drop(volumes.settled(&stop));
                    volumes.sweep(&stop);
                }
                database
            };
            let Ok(database) = tokio::task::spawn_blocking(flush).await else { return };
            database.flushing.store(false, Ordering::Relaxed);
            if database.volumes.get().is_some_and(|volumes| !volumes.is_settled()) {
                database.flush_soon();
            }
        });
    }
}

/// The volumes of one instance, wherever its database is: to be asked for anew at each operation.
#[derive(Debug, Clone)]
pub(crate) struct Workbook {
    databases: Arc<Databases>,
    key: Arc<Key>,
}

impl Workbook {
    pub(super) fn new(databases: Arc<Databases>, tenant: &str, instance: &str) -> Self {
        Self { databases, key: Arc::new((tenant.to_owned(), instance.to_owned())) }
    }

    /// Does `work` under the deadline of one operation of the caller's. The outer refusal says
    /// why it was not done.
    ///
    /// # Errors
    /// [`Refusal::Timeout`], [`Refusal::Revoked`], and [`Refusal::Unavailable`] if it panics.
    pub(crate) async fn perform<T: Send + 'static>(
        &self,
        caller: &Caller,
        work: impl FnOnce(&Arc<Database>, &Volumes, &Stop) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<Result<T, StorageError>, Refusal> {
        let deadline = Instant::now() + caller.operation_deadline();
        let (database, spare) = self.databases.database(&self.key);
        let done = run(database, spare, deadline, work);
        tokio::select! {
            done = done => done,
            () = caller.principal().withdrawn() => Err(Refusal::Revoked),
        }
    }

    /// Brings what was written into the database.
    ///
    /// # Errors
    /// What is lost, or [`StorageError::Timeout`] after ten seconds.
    pub(crate) async fn settle(&self) -> Result<(), StorageError> {
        let Some(database) = self.databases.known(&self.key) else { return Ok(()) };
        if database.volumes.get().is_none_or(Volumes::is_settled) {
            return Ok(());
        }
        let deadline = Instant::now() + FLUSH_TIME;
        let done = run(database, None, deadline, |_, volumes, stop| volumes.settle(stop)).await;
        done.unwrap_or(Err(StorageError::Timeout))
    }

    /// Brings everything into one file, and closes it; the next operation opens it again. Blocks.
    ///
    /// # Errors
    /// [`Busy`] while somebody uses it, or what is lost.
    pub(crate) fn freeze(&self) -> Result<Result<(), StorageError>, Busy> {
        let Some(database) = self.databases.known(&self.key) else { return Ok(Ok(())) };
        if let Some(volumes) = database.volumes.get()
            && database.file.is_some()
            && let Err(error) = volumes.freeze(&Stop::after(FLUSH_TIME))
        {
            return Ok(Err(error));
        }
        drop(database);
        drop(self.databases.close(&self.key)?);
        Ok(Ok(()))
    }
}

impl Workbook {
    /// Does `work` on the volumes as they lie on the disk: `tmp` is not cleared, and nothing stays
    /// open that was not. Blocks. Without volumes there is nothing to read, and `make` makes some.
    ///
    /// # Errors
    /// What opening and `work` fail with.
    pub(crate) fn apart<T>(
        &self,
        make: bool,
        stop: &Stop,
        work: impl FnOnce(&Volumes) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let (database, spare) = self.databases.database(&self.key);
        drop(spare);
        match &database.file {
            Some(file) if database.volumes.get().is_none() => {
                if !make && !file.exists() {
                    return work(&Volumes::memory(VolumesQuota::default())?);
                }
                let cell = OnceLock::new();
                let open = || Volumes::open(file, VolumesQuota::default());
                work(blocking::opened(&cell, file, open)?)
            }
            _ => work(database.volumes(stop)?),
        }
    }
}

async fn run<T: Send + 'static>(
    database: Arc<Database>,
    spare: Option<Arc<Database>>,
    deadline: Instant,
    work: impl FnOnce(&Arc<Database>, &Volumes, &Stop) -> Result<T, StorageError> + Send + 'static,
) -> Result<Result<T, StorageError>, Refusal> {
    let turn = timeout_at(deadline.into(), database.turns.clone().acquire_owned())
        .await
        .map_err(|_| Refusal::Timeout)?;
    let work: Work<_> = Box::new(move |stop| {
        // To close a database is work for this thread too.
        drop(spare);
        let _turn = turn;
        Ok(database.volumes(stop).and_then(|volumes| work(&database, volumes, stop)))
    });
    blocking::run(deadline, work).await
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
