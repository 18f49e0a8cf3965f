//! What `tcp` and `tls` have in common: a connection as a guest holds it, and one exchange over
//! one.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout_at;
use wasmtime::component::Resource;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::pipe::{AsyncReadStream, AsyncWriteStream};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, OutputStream, Pollable, StreamError, StreamResult,
};

use crate::admission::{Caller, Revocable};
use crate::capability::{Admitted, Call, Capability, Refusal};
use crate::instance::sockets::{Input, Output, Streams};

/// Bytes that one exchange may send, and as many that it may bring back. 4 MiB, as much as one
/// host call may carry.
pub(super) const EXCHANGE_MAX: usize = 4 << 20;
/// Bytes that a guest has written and the peer has not taken.
const UNSENT_MAX: usize = 64 << 10;

/// A capability that connects to one host.
pub(super) trait Dial: Capability {
    /// What a connection reads and writes.
    type Stream: AsyncRead + AsyncWrite + Send + 'static;

    /// Whether the peer of one exchange is told where what it hears ends, before it has answered.
    const TELLS_END: bool;

    /// Connects, by `until` at the latest.
    fn dial(
        &self,
        caller: &Caller,
        host: &str,
        port: u16,
        until: Instant,
    ) -> impl Future<Output = Result<Self::Stream, Refusal>> + Send;
}

/// What the guest's handle leads to. The connection closes when this and its streams are
/// dropped, in any order, or the grant is withdrawn.
pub(super) struct Connection(Revocable<Wire>);

/// An open connection.
struct Wire {
    streams: Streams,
    input_given: bool,
    output_given: bool,
    _permit: OwnedSemaphorePermit,
}

impl AsMut<Streams> for Wire {
    fn as_mut(&mut self) -> &mut Streams {
        &mut self.streams
    }
}

impl Wire {
    fn new(
        stream: impl AsyncRead + AsyncWrite + Send + 'static,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        let streams = Streams {
            input: Some(Box::new(AsyncReadStream::new(reader))),
            output: Some(Box::new(Sender::new(writer))),
        };
        Self { streams, input_given: false, output_given: false, _permit: permit }
    }
}

/// Ends when the operation is over: at `until`, or with the grant.
pub(super) async fn in_time<C: Capability, T>(
    call: &Admitted<'_, C>,
    until: Instant,
    work: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    let done = tokio::select! {
        biased;
        () = call.withdrawn() => Err(Refusal::Revoked),
        done = timeout_at(until.into(), work) => done.unwrap_or(Err(Refusal::Timeout)),
    };
    done.map_err(|refusal| call.refuse(refusal))
}

/// When an operation must have ended for which the guest allows so many milliseconds.
pub(super) fn until<C: Capability>(call: &Admitted<'_, C>, timeout_ms: u32) -> Instant {
    Instant::now() + call.time().min(Duration::from_millis(timeout_ms.into()))
}

/// Connects and hands the guest the connection.
pub(super) async fn connect<C: Dial, R: 'static>(
    call: &mut Call<'_, C>,
    host: &str,
    port: u16,
    timeout_ms: u32,
) -> Result<Resource<R>, Refusal> {
    let admitted = call.admit("connect")?;
    let until = until(&admitted, timeout_ms);
    let caller = admitted.caller();
    let wire = in_time(&admitted, until, async {
        let permit = caller.principal().connection()?;
        let stream = admitted.capability().dial(caller, host, port, until).await?;
        Ok(Wire::new(stream, permit))
    });
    let held = Revocable::new(caller.clone(), admitted.capability().name(), wire.await?);
    call.keep(Connection(held)).map_err(|refusal| admitted.refuse(refusal))
}

/// What the peer sends, as a stream; it is handed out once.
pub(super) fn input<C: Capability, R: 'static>(
    call: &mut Call<'_, C>,
    connection: &Resource<R>,
) -> Result<Resource<DynInputStream>, Refusal> {
    call.admit("input")?;
    let Connection(held) = call.kept(connection)?;
    let held = held.clone();
    if held.with("input", |wire| std::mem::replace(&mut wire.input_given, true))? {
        return Err(Refusal::Conflict);
    }
    call.keep(Input::of(&held))
}

/// What the peer is sent, as a stream; it is handed out once.
pub(super) fn output<C: Capability, R: 'static>(
    call: &mut Call<'_, C>,
    connection: &Resource<R>,
) -> Result<Resource<DynOutputStream>, Refusal> {
    call.admit("output")?;
    let Connection(held) = call.kept(connection)?;
    let held = held.clone();
    if held.with("output", |wire| std::mem::replace(&mut wire.output_given, true))? {
        return Err(Refusal::Conflict);
    }
    call.keep(Output::of(&held))
}

/// Sends what was written, and then the end; the peer may still send.
pub(super) async fn shutdown<C: Capability, R: 'static>(
    call: &mut Call<'_, C>,
    connection: &Resource<R>,
) -> Result<(), Refusal> {
    let admitted = call.admit("shutdown")?;
    let Connection(held) = call.kept(connection)?;
    let Some(mut output) = held.with("shutdown", |wire| wire.streams.output.take())? else {
        return Ok(());
    };
    in_time(&admitted, admitted.deadline(), async {
        output.cancel().await;
        match output.check_write() {
            Err(StreamError::LastOperationFailed(_)) => Err(broken()),
            _ => Ok(()),
        }
    })
    .await
}

/// Gives the connection up; its streams stay open as long as the guest holds them.
pub(super) fn close<C: Capability, R: 'static>(
    call: &mut Call<'_, C>,
    connection: &Resource<R>,
) -> wasmtime::Result<()> {
    call.take::<Connection, R>(connection).map(drop)
}

/// Connects, sends, ends where that is told, and reads until the peer ends.
pub(super) async fn request<C: Dial>(
    call: &mut Call<'_, C>,
    host: &str,
    port: u16,
    data: &[u8],
    timeout_ms: u32,
) -> Result<Vec<u8>, Refusal> {
    let call = call.admit("request")?;
    let (until, caller) = (until(&call, timeout_ms), call.caller());
    in_time(&call, until, async {
        if data.len() > EXCHANGE_MAX {
            return Err(Refusal::TooLarge(EXCHANGE_MAX as u64));
        }
        let _permit = caller.principal().connection()?;
        let stream = call.capability().dial(caller, host, port, until).await?;
        exchange(stream, data, C::TELLS_END).await
    })
    .await
}

/// Reads while it sends, so that a peer that answers early is not stuck on us.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send,
    data: &[u8],
    tells_end: bool,
) -> Result<Vec<u8>, Refusal> {
    let (reader, mut writer) = tokio::io::split(stream);
    let send = async {
        writer.write_all(data).await.map_err(|_| broken())?;
        // A peer that has had enough may have gone already.
        drop(if tells_end { writer.shutdown().await } else { writer.flush().await });
        Ok(())
    };
    let receive = async {
        let mut reply = Vec::new();
        let read = reader.take(EXCHANGE_MAX as u64 + 1).read_to_end(&mut reply).await;
        read.map_err(|_| broken())?;
        if reply.len() > EXCHANGE_MAX {
            return Err(Refusal::TooLarge(EXCHANGE_MAX as u64));
        }
        Ok(reply)
    };
    tokio::try_join!(send, receive).map(|((), reply)| reply)
}

fn broken() -> Refusal {
    Refusal::Unavailable("the connection broke".into())
}

/// What is sent, and at last the end of it.
struct Sender {
    stream: AsyncWriteStream,
    ending: Arc<AtomicBool>,
}

impl Sender {
    fn new(writer: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        let ending = Arc::new(AtomicBool::new(false));
        let writer = Ending { writer, ending: ending.clone() };
        Self { stream: AsyncWriteStream::new(UNSENT_MAX, writer), ending }
    }
}

#[async_trait]
impl Pollable for Sender {
    async fn ready(&mut self) {
        self.stream.ready().await;
    }
}

#[async_trait]
impl OutputStream for Sender {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.stream.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.stream.check_write()
    }

    async fn cancel(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        if self.stream.flush().is_ok() {
            self.stream.ready().await;
        }
    }
}

/// A writer whose last flush sends the end.
struct Ending<W> {
    writer: W,
    ending: Arc<AtomicBool>,
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Ending<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writer).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.ending.load(Ordering::Relaxed) {
            self.poll_shutdown(cx)
        } else {
            Pin::new(&mut self.writer).poll_flush(cx)
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_shutdown(cx)
    }
}
