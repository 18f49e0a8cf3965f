//! A file of a volume that a guest has open, and the streams of its bytes. What is in memory is
//! done at once, on the guest's own thread; the rest on one that may wait.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::JoinHandle;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, ErrorCode};
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::node::{Access, Result};
use crate::capabilities::Database;
use crate::storage::{At, OpenFile, PIECE_MAX, Stat, Stop, StorageError, Volumes};

/// What is read for a guest that waits for bytes and has not said for how many.
const UNASKED: usize = 4096;
/// Bytes that a stream takes before it is asked again.
const PERMIT: usize = 64 << 10;

/// A file that is open. As long as it is, its database stays open too.
#[derive(Clone)]
pub(super) struct File {
    access: Access,
    database: Arc<Database>,
    open: OpenFile,
    readable: bool,
    writable: bool,
}

impl File {
    /// As with the mounts, what is not open for writing is open for reading.
    pub(super) fn new(
        access: Access,
        database: Arc<Database>,
        open: OpenFile,
        flags: DescriptorFlags,
    ) -> Self {
        let writable = flags.contains(DescriptorFlags::WRITE);
        let readable = flags.contains(DescriptorFlags::READ) || !writable;
        Self { access, database, open, readable, writable }
    }

    pub(super) fn id(&self) -> i64 {
        self.open.id()
    }

    pub(super) fn flags(&self) -> DescriptorFlags {
        let of = |flag, has| if has { flag } else { DescriptorFlags::empty() };
        of(DescriptorFlags::READ, self.readable) | of(DescriptorFlags::WRITE, self.writable)
    }

    pub(super) fn reader(&self, offset: u64) -> Result<Reader> {
        self.readable()?;
        Ok(Reader { file: self.clone(), offset, waiting: None, read: None })
    }

    pub(super) fn writer(&self, offset: Option<u64>) -> Result<Writer> {
        self.writable()?;
        let at = offset.map_or(At::End, At::Offset);
        Ok(Writer { file: self.clone(), at, waiting: None, failed: None })
    }

    fn readable(&self) -> Result<()> {
        if self.readable { Ok(()) } else { Err(ErrorCode::BadDescriptor) }
    }

    fn writable(&self) -> Result<()> {
        if self.writable { Ok(()) } else { Err(ErrorCode::BadDescriptor) }
    }

    /// Works on the database that the file is in: another of the same name would not know it.
    async fn perform<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Volumes, &OpenFile, &Stop) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T> {
        let file = self.open.clone();
        self.access.perform(operation, move |_, volumes, stop| work(volumes, &file, stop)).await
    }

    fn try_read(&self, offset: u64, max: usize) -> Option<Vec<u8>> {
        self.database.opened()?.try_read(&self.open, offset, max)
    }

    pub(super) async fn read(&self, offset: u64, max: usize) -> Result<Vec<u8>> {
        self.readable()?;
        if let Some(bytes) = self.try_read(offset, max) {
            return Ok(bytes);
        }
        self.perform("read", move |volumes, file, stop| volumes.read_open(file, offset, max, stop))
            .await
    }

    fn try_write(&self, at: At, bytes: &[u8]) -> Option<Result<u64>> {
        let done = self.database.opened()?.try_write(&self.open, at, bytes)?;
        self.database.flush_soon();
        Some(done.map_err(|error| self.access.failed("write", error)))
    }

    /// Gives the place after what was written.
    async fn write_piece(&self, at: At, bytes: Bytes) -> Result<u64> {
        if let Some(done) = self.try_write(at, &bytes) {
            return done;
        }
        let done = self
            .perform("write", move |volumes, file, stop| volumes.write_open(file, at, &bytes, stop))
            .await;
        self.database.flush_soon();
        done
    }

    pub(super) async fn write(&self, offset: u64, bytes: Vec<u8>) -> Result<u64> {
        self.writable()?;
        let mut bytes = Bytes::from(bytes);
        bytes.truncate(PIECE_MAX);
        let end = self.write_piece(At::Offset(offset), bytes).await?;
        Ok(end - offset)
    }

    pub(super) async fn set_size(&self, size: u64) -> Result<()> {
        self.writable()?;
        self.perform("set-size", move |volumes, file, stop| volumes.resize(file, size, stop)).await
    }

    pub(super) async fn touch(&self, modified_ms: u64) -> Result<()> {
        let done = self
            .perform("set-times", move |volumes, file, stop| volumes.touch(file, modified_ms, stop))
            .await;
        self.database.flush_soon();
        done
    }

    pub(super) async fn sync(&self) -> Result<()> {
        self.perform("sync", |volumes, file, stop| volumes.sync(Some(file), stop)).await
    }

    pub(super) async fn stat(&self) -> Result<Stat> {
        if let Some(stat) = self.database.opened().and_then(|volumes| volumes.try_stat(&self.open))
        {
            return Ok(stat);
        }
        self.perform("stat", Volumes::stat_open).await
    }
}

fn last_failed(code: ErrorCode) -> StreamError {
    StreamError::LastOperationFailed(code.into())
}

type Pending = Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send>>;

/// The bytes of a file from a place on.
pub(super) struct Reader {
    file: File,
    offset: u64,
    /// A read that waits for the disk.
    waiting: Option<Pending>,
    /// What it gave.
    read: Option<Result<Bytes>>,
}

impl Reader {
    async fn wait(&mut self, size: usize) {
        let waiting = self.waiting.get_or_insert_with(|| {
            let (file, offset) = (self.file.clone(), self.offset);
            Box::pin(async move { file.read(offset, size).await })
        });
        self.read = Some(waiting.await.map(Bytes::from));
        self.waiting = None;
    }

    fn give(&mut self, mut bytes: Bytes, size: usize) -> StreamResult<Bytes> {
        if bytes.is_empty() {
            return Err(StreamError::Closed);
        }
        let given = bytes.split_to(bytes.len().min(size));
        self.offset += given.len() as u64;
        if !bytes.is_empty() {
            self.read = Some(Ok(bytes));
        }
        Ok(given)
    }
}

#[async_trait]
impl Pollable for Reader {
    async fn ready(&mut self) {
        if self.read.is_some() {
            return;
        }
        if self.waiting.is_none()
            && let Some(bytes) = self.file.try_read(self.offset, UNASKED)
        {
            self.read = Some(Ok(bytes.into()));
            return;
        }
        self.wait(UNASKED).await;
    }
}

#[async_trait]
impl InputStream for Reader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        match self.read.take() {
            Some(Ok(bytes)) => self.give(bytes, size),
            Some(Err(code)) => Err(last_failed(code)),
            None if self.waiting.is_some() => Ok(Bytes::new()),
            None => match self.file.try_read(self.offset, size.min(PERMIT)) {
                Some(bytes) => self.give(bytes.into(), size),
                None => Ok(Bytes::new()),
            },
        }
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        loop {
            let bytes = self.read(size)?;
            if size == 0 || !bytes.is_empty() {
                return Ok(bytes);
            }
            self.wait(size.min(PERMIT)).await;
        }
    }
}

/// Bytes into a file, from a place on or always at its end.
pub(super) struct Writer {
    file: File,
    at: At,
    /// A piece that waits for the disk, on a task of its own: a guest may drop the stream and
    /// must not lose it.
    waiting: Option<JoinHandle<Result<u64>>>,
    failed: Option<ErrorCode>,
}

impl Writer {
    fn done(&mut self, done: Result<u64>) {
        match (done, &mut self.at) {
            (Ok(end), At::Offset(offset)) => *offset = end,
            (Ok(_), At::End) => {}
            (Err(code), _) => self.failed = Some(code),
        }
    }

    fn check(&mut self) -> StreamResult<()> {
        self.failed.take().map_or(Ok(()), |code| Err(last_failed(code)))
    }
}

#[async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {
        if let Some(waiting) = &mut self.waiting {
            let done = waiting.await.unwrap_or(Err(ErrorCode::Io));
            self.waiting = None;
            self.done(done);
        }
    }
}

#[async_trait]
impl OutputStream for Writer {
    fn check_write(&mut self) -> StreamResult<usize> {
        self.check()?;
        Ok(if self.waiting.is_some() { 0 } else { PERMIT })
    }

    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.check()?;
        if self.waiting.is_some() || bytes.len() > PERMIT {
            return Err(StreamError::Trap(wasmtime::format_err!(
                "more is written than was permitted"
            )));
        }
        if let Some(done) = self.file.try_write(self.at, &bytes) {
            self.done(done);
        } else {
            let (file, at) = (self.file.clone(), self.at);
            self.waiting = Some(tokio::spawn(async move { file.write_piece(at, bytes).await }));
        }
        Ok(())
    }

    /// What is written is in the file; `sync` brings it to the disk.
    fn flush(&mut self) -> StreamResult<()> {
        self.check()
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.ready().await;
        self.check()?;
        let done = self.file.write_piece(self.at, bytes).await;
        self.done(done);
        self.check()
    }

    async fn cancel(&mut self) {
        self.ready().await;
    }
}
