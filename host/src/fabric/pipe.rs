//! A pipe between a guest and its child: bounded, so that who writes waits for who reads. Its
//! ends are streams of tokio for the child, and are looked at without waiting by the guest.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that were written and not read yet: as many as a pipe of Linux holds.
pub(crate) const CAPACITY: usize = 64 << 10;

#[derive(Debug, Default)]
struct State {
    bytes: BytesMut,
    reader_gone: bool,
    writer_gone: bool,
    reads: Option<Waker>,
    writes: Option<Waker>,
}

type Shared = Arc<Mutex<State>>;

/// The end that is read.
#[derive(Debug)]
pub(crate) struct Reader(Shared);

/// The end that is written.
#[derive(Debug)]
pub(crate) struct Writer(Shared);

/// A pipe.
pub(crate) fn pipe() -> (Writer, Reader) {
    let shared = Shared::default();
    (Writer(shared.clone()), Reader(shared))
}

fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Reader {
    /// Up to `most` bytes that are there; nothing at the end.
    pub(crate) fn pull(&self, most: usize) -> Option<Bytes> {
        let mut state = lock(&self.0);
        if state.bytes.is_empty() && state.writer_gone {
            return None;
        }
        let most = most.min(state.bytes.len());
        let taken = state.bytes.split_to(most).freeze();
        let waker = if most > 0 { state.writes.take() } else { None };
        drop(state);
        wake(waker);
        Some(taken)
    }

    /// Waits for bytes or the end.
    pub(crate) fn poll_ready(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = lock(&self.0);
        if !state.bytes.is_empty() || state.writer_gone {
            return Poll::Ready(());
        }
        state.reads = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Writer {
    /// How many bytes there is room for; nothing when nobody reads any more.
    pub(crate) fn room(&self) -> Option<usize> {
        let state = lock(&self.0);
        (!state.reader_gone).then(|| CAPACITY - state.bytes.len())
    }

    /// Writes what there is room for, and says how much that was.
    pub(crate) fn push(&self, bytes: &[u8]) -> usize {
        let mut state = lock(&self.0);
        if state.reader_gone {
            return 0;
        }
        let put = bytes.len().min(CAPACITY - state.bytes.len());
        state.bytes.extend_from_slice(&bytes[..put]);
        let waker = if put > 0 { state.reads.take() } else { None };
        drop(state);
        wake(waker);
        put
    }

    /// Waits for room, or until nobody reads any more.
    pub(crate) fn poll_ready(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = lock(&self.0);
        if state.bytes.len() < CAPACITY || state.reader_gone {
            return Poll::Ready(());
        }
        state.writes = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_ready(cx));
        if let Some(bytes) = self.pull(buffer.remaining()) {
            buffer.put_slice(&bytes);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Writer {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_ready(cx));
        Poll::Ready(match self.push(bytes) {
            0 if !bytes.is_empty() => Err(io::ErrorKind::BrokenPipe.into()),
            put => Ok(put),
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.reader_gone = true;
        state.bytes = BytesMut::new();
        let waker = state.writes.take();
        drop(state);
        wake(waker);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.writer_gone = true;
        let waker = state.reads.take();
        drop(state);
        wake(waker);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[test]
    fn a_pipe_takes_no_more_than_its_capacity() {
        let (writer, reader) = pipe();
        assert_eq!(writer.push(&vec![7; CAPACITY + 9]), CAPACITY);
        assert_eq!((writer.room(), writer.push(b"x")), (Some(0), 0));
        assert_eq!(reader.pull(10).unwrap().len(), 10);
        assert_eq!(writer.room(), Some(10));
    }

    #[test]
    fn what_was_written_before_the_writer_went_is_read_and_then_it_ends() {
        let (writer, reader) = pipe();
        writer.push(b"last words");
        drop(writer);
        assert_eq!(reader.pull(4).unwrap(), "last");
        assert_eq!(reader.pull(99).unwrap(), " words");
        assert_eq!(reader.pull(99), None);
    }

    #[test]
    fn nobody_writes_to_a_reader_that_is_gone() {
        let (mut writer, reader) = pipe();
        drop(reader);
        assert_eq!((writer.room(), writer.push(b"x")), (None, 0));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let failed = runtime.block_on(writer.write_all(b"x")).unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::BrokenPipe);
    }

    proptest! {
        #[test]
        fn every_byte_arrives_once_and_in_order(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70_000), 0..8),
            read in 1_usize..100_000,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let sent = pieces.concat();
            let got = runtime.block_on(async {
                let (mut writer, mut reader) = pipe();
                let write = async move {
                    for piece in pieces {
                        writer.write_all(&piece).await.unwrap();
                    }
                };
                let read = async {
                    let (mut got, mut buffer) = (Vec::new(), vec![0; read]);
                    loop {
                        match reader.read(&mut buffer).await.unwrap() {
                            0 => return got,
                            n => got.extend_from_slice(&buffer[..n]),
                        }
                    }
                };
                tokio::join!(write, read).1
            });
            prop_assert!(got == sent);
        }
    }
}
