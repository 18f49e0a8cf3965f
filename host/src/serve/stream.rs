//! The two directions of a TCP connection as streams of WASI: counted, and closed to a guest whose
//! grant is withdrawn.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::activity::Activity;
use super::record::Tally;
use crate::admission::Principal;
use crate::capability::Refusal;

/// Bytes of one piece.
const PIECE: usize = 64 << 10;
/// How long what a peer still sends is read after the last byte to it was sent: to close before
/// would throw away what it has not read yet.
const LINGER: Duration = Duration::from_secs(1);

/// What both directions of one connection share.
pub(super) struct Line {
    pub(super) principal: Arc<Principal>,
    pub(super) activity: Arc<Activity>,
    pub(super) tally: Arc<Tally>,
    /// What was written and not yet sent.
    unsent: AtomicUsize,
    sent: Notify,
    /// The peer takes nothing any more.
    broken: AtomicBool,
    /// The guest failed: the peer must not take what it got for all.
    failed: AtomicBool,
}

impl Line {
    pub(super) fn new(
        principal: Arc<Principal>,
        activity: Arc<Activity>,
        tally: Arc<Tally>,
    ) -> Arc<Self> {
        Arc::new(Self {
            principal,
            activity,
            tally,
            unsent: AtomicUsize::new(0),
            sent: Notify::new(),
            broken: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        })
    }

    /// What was sent is not whole.
    pub(super) fn fail(&self) {
        self.failed.store(true, Ordering::Release);
    }

    fn check(&self) -> StreamResult<()> {
        if self.principal.is_revoked() {
            return Err(failed(Refusal::Revoked));
        }
        Ok(())
    }

    fn over(&self, code: &str, cap: u64) -> StreamError {
        self.tally.refused(code);
        failed(Refusal::TooLarge(cap))
    }
}

fn failed(refusal: Refusal) -> StreamError {
    StreamError::LastOperationFailed(refusal.into())
}

/// What the peer sends.
pub(super) struct Received {
    pub(super) line: Arc<Line>,
    pub(super) half: OwnedReadHalf,
    pub(super) cap: u64,
    pub(super) taken: u64,
}

impl InputStream for Received {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.line.check()?;
        if self.cap < self.taken {
            return Err(failed(Refusal::TooLarge(self.cap)));
        }
        if size == 0 {
            return Ok(Bytes::new());
        }
        let mut bytes = BytesMut::zeroed(size.min(PIECE));
        match self.half.try_read(&mut bytes) {
            Ok(0) => Err(StreamError::Closed),
            Ok(read) => {
                self.line.activity.touch();
                self.taken += read as u64;
                if self.cap < self.taken {
                    return Err(self.line.over("too-large", self.cap));
                }
                bytes.truncate(read);
                Ok(bytes.freeze())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Bytes::new()),
            Err(_) => Err(StreamError::Closed),
        }
    }
}

#[async_trait]
impl Pollable for Received {
    async fn ready(&mut self) {
        if self.line.check().is_ok() && self.taken <= self.cap {
            // What fails here fails again when it is read.
            drop(self.half.readable().await);
        }
    }
}

/// What is sent to the peer: handed to [`send`], which outlives the guest.
pub(super) struct Sent {
    line: Arc<Line>,
    pieces: mpsc::Sender<Bytes>,
    cap: u64,
    given: u64,
    flushing: bool,
}

impl Sent {
    /// The guest's end, and the host's.
    pub(super) fn new(line: Arc<Line>, cap: u64) -> (Self, mpsc::Receiver<Bytes>) {
        let (pieces, received) = mpsc::channel(2);
        (Self { line, pieces, cap, given: 0, flushing: false }, received)
    }
}

impl OutputStream for Sent {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.line.check()?;
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.len() > PIECE {
            return Err(StreamError::trap("written without a permit"));
        }
        self.given += bytes.len() as u64;
        if self.cap < self.given {
            self.line.fail();
            return Err(self.line.over("response-too-large", self.cap));
        }
        self.line.unsent.fetch_add(bytes.len(), Ordering::AcqRel);
        self.pieces.try_send(bytes).map_err(|error| match error {
            mpsc::error::TrySendError::Closed(_) => StreamError::Closed,
            mpsc::error::TrySendError::Full(_) => StreamError::trap("written without a permit"),
        })
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.line.check()?;
        self.flushing = true;
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.line.check()?;
        if self.line.broken.load(Ordering::Acquire) {
            return Err(StreamError::Closed);
        }
        if self.flushing && self.line.unsent.load(Ordering::Acquire) > 0 {
            return Ok(0);
        }
        self.flushing = false;
        Ok(if self.pieces.capacity() == 0 { 0 } else { PIECE })
    }
}

#[async_trait]
impl Pollable for Sent {
    async fn ready(&mut self) {
        let broken = || self.line.broken.load(Ordering::Acquire);
        if self.flushing {
            while !broken() && self.line.unsent.load(Ordering::Acquire) > 0 {
                self.line.sent.notified().await;
            }
        }
        drop(self.pieces.reserve().await);
    }
}

/// The peer's end of what is sent: closed by [`Wire::close`], and otherwise reset, so that the peer
/// can tell what is whole from what is not.
struct Wire(Option<OwnedWriteHalf>);

impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(half) = self.0.take() {
            // Without it the peer sees an end where there is none; nothing more can be done.
            drop(half.as_ref().set_zero_linger());
            half.forget();
        }
    }
}

/// Sends what the guest gives until it has no more to give.
pub(super) async fn send(line: &Line, half: OwnedWriteHalf, mut pieces: mpsc::Receiver<Bytes>) {
    let mut wire = Wire(Some(half));
    let Some(half) = &mut wire.0 else { return };
    while let Some(piece) = pieces.recv().await {
        let mut rest = &piece[..];
        while !rest.is_empty() {
            let Ok(written @ 1..) = half.write(rest).await else {
                line.broken.store(true, Ordering::Release);
                line.sent.notify_one();
                return;
            };
            rest = &rest[written..];
            line.activity.touch();
        }
        line.unsent.fetch_sub(piece.len(), Ordering::AcqRel);
        line.sent.notify_one();
    }
    if line.failed.load(Ordering::Acquire) {
        return;
    }
    if let Some(mut half) = wire.0.take()
        && half.shutdown().await.is_ok()
    {
        drop(timeout(LINGER, discard(&half)).await);
    }
}

/// Reads what a peer still sends, up to a piece of it.
async fn discard(half: &OwnedWriteHalf) -> io::Result<()> {
    let (mut scrap, mut left) = ([0; 4 << 10], PIECE);
    let stream = half.as_ref();
    while left > 0 {
        stream.readable().await?;
        match stream.try_read(&mut scrap) {
            Ok(0) => break,
            Ok(read) => left = left.saturating_sub(read),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
