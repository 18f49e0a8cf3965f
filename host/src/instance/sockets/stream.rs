//! The bytes of an open connection, of `tcp`, `tls` and `wasi:sockets` alike: each piece asks
//! whether the grant still stands, and a wait ends with it.

use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::time::timeout;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, InputStream, OutputStream, Pollable, StreamError, StreamResult,
};

use crate::admission::Revocable;

/// Both directions of a connection; a direction that the guest has given up is gone.
#[derive(Default)]
pub(crate) struct Streams {
    /// What the peer sends.
    pub(crate) input: Option<DynInputStream>,
    /// What the peer is sent.
    pub(crate) output: Option<DynOutputStream>,
}

/// What a guest reads from.
pub(crate) struct Input<T>(Revocable<T>);

/// What a guest writes to.
pub(crate) struct Output<T>(Revocable<T>);

impl<T: AsMut<Streams> + Send + 'static> Input<T> {
    pub(crate) fn of(held: &Revocable<T>) -> DynInputStream {
        Box::new(Self(held.clone()))
    }
}

impl<T: AsMut<Streams> + Send + 'static> Output<T> {
    pub(crate) fn of(held: &Revocable<T>) -> DynOutputStream {
        Box::new(Self(held.clone()))
    }

    fn with<R>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut DynOutputStream) -> StreamResult<R>,
    ) -> StreamResult<R> {
        let done = self.0.with(operation, |held| held.as_mut().output.as_mut().map(work));
        match done {
            Ok(done) => done.unwrap_or(Err(StreamError::Closed)),
            Err(refusal) => Err(StreamError::LastOperationFailed(refusal.into())),
        }
    }
}

/// Polls readiness once. None of the streams of `wasmtime-wasi` loses anything by it: what they
/// wait for is in themselves.
pub(super) fn poll<P: Pollable + ?Sized>(pollable: &mut P, cx: &mut Context<'_>) -> Poll<()> {
    pollable.ready().as_mut().poll(cx)
}

#[async_trait]
impl<T: AsMut<Streams> + Send + 'static> Pollable for Input<T> {
    async fn ready(&mut self) {
        let poll_input = |held: &mut T, cx: &mut Context<'_>| {
            held.as_mut().input.as_mut().map_or(Poll::Ready(()), |input| poll(&mut **input, cx))
        };
        self.0.ready(poll_input).await;
    }
}

#[async_trait]
impl<T: AsMut<Streams> + Send + 'static> InputStream for Input<T> {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let read = |held: &mut T| held.as_mut().input.as_mut().map(|input| input.read(size));
        match self.0.with("input-stream.read", read) {
            Ok(read) => read.unwrap_or(Err(StreamError::Closed)),
            Err(refusal) => Err(StreamError::LastOperationFailed(refusal.into())),
        }
    }

    /// The guest dropped it.
    async fn cancel(&mut self) {
        drop(self.0.if_held(|held| held.as_mut().input.take()));
    }
}

#[async_trait]
impl<T: AsMut<Streams> + Send + 'static> Pollable for Output<T> {
    async fn ready(&mut self) {
        let poll_output = |held: &mut T, cx: &mut Context<'_>| {
            held.as_mut().output.as_mut().map_or(Poll::Ready(()), |output| poll(&mut **output, cx))
        };
        self.0.ready(poll_output).await;
    }
}

#[async_trait]
impl<T: AsMut<Streams> + Send + 'static> OutputStream for Output<T> {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.with("output-stream.write", |output| output.write(bytes))
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.with("output-stream.flush", |output| output.flush())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.with("output-stream.check-write", |output| output.check_write())
    }

    /// The guest dropped it: what it wrote still goes out, if the peer takes it in the time of
    /// one operation.
    async fn cancel(&mut self) {
        let Some(mut output) = self.0.if_held(|held| held.as_mut().output.take()).flatten() else {
            return;
        };
        tokio::select! {
            () = self.0.caller().principal().withdrawn() => {}
            sent = timeout(self.0.caller().operation_deadline(), output.cancel()) => drop(sent),
        }
    }
}
