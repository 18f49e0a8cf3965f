//! Standard input and output of a guest: bytes in memory, or streams that the embedder hands in.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::cli::{AsyncStdinStream, AsyncStdoutStream, IsTerminal, StdoutStream};
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

/// Where a guest's input comes from.
#[derive(Default)]
pub enum Input {
    /// It is at its end at once.
    #[default]
    Empty,
    /// These bytes.
    Bytes(Bytes),
    /// A stream, read as the guest reads.
    Stream(Box<dyn AsyncRead + Send + Sync + Unpin>),
}

/// Where a guest's output goes.
#[derive(Default)]
pub enum Output {
    /// Into the outcome, up to [`Limits::output_bytes`](crate::Limits::output_bytes).
    #[default]
    Capture,
    /// Into a stream, as the guest writes.
    Stream(Box<dyn AsyncWrite + Send + Sync + Unpin>),
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Bytes(_) => "Bytes",
            Self::Stream(_) => "Stream",
        })
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Capture => "Capture",
            Self::Stream(_) => "Stream",
        })
    }
}

pub(super) fn set_stdin(wasi: &mut WasiCtxBuilder, input: Input) {
    match input {
        Input::Empty => wasi,
        Input::Bytes(bytes) => wasi.stdin(MemoryInputPipe::new(bytes)),
        Input::Stream(stream) => wasi.stdin(AsyncStdinStream::new(stream)),
    };
}

/// One of stdout and stderr, kept by the host to collect or to drain it at the end.
pub(super) enum Sink {
    Captured(Capture),
    Streamed(Streamed),
}

/// Bytes on their way into a stream.
const STREAM_BUFFER: usize = 64 << 10;

impl Sink {
    pub(super) fn new(output: Output, cap: usize) -> Self {
        match output {
            Output::Capture => Self::Captured(Capture(Arc::new(Mutex::new(Captured {
                cap,
                ..Captured::default()
            })))),
            Output::Stream(stream) => {
                Self::Streamed(Streamed(Arc::new(AsyncStdoutStream::new(STREAM_BUFFER, stream))))
            }
        }
    }

    /// Hands the guest's end of it to `set`, which is `WasiCtxBuilder::stdout` or `stderr`.
    pub(super) fn stream(&self) -> Box<dyn StdoutStream + Sync> {
        match self {
            Self::Captured(capture) => Box::new(capture.clone()),
            Self::Streamed(stream) => Box::new(stream.clone()),
        }
    }

    /// What was captured, and whether the cap cut it.
    pub(super) fn take(&self) -> (Vec<u8>, bool) {
        match self {
            Self::Captured(capture) => {
                let mut captured = capture.lock();
                let bytes = std::mem::take(&mut captured.bytes);
                (bytes.into(), captured.truncated)
            }
            Self::Streamed(_) => (Vec::new(), false),
        }
    }

    /// Waits until what the guest wrote has reached the stream.
    pub(super) async fn drain(&self) {
        if let Self::Streamed(stream) = self {
            let mut stream = stream.p2_stream();
            if stream.flush().is_ok() {
                drop(stream.write_ready().await);
            }
        }
    }
}

#[derive(Clone)]
pub(super) struct Streamed(Arc<AsyncStdoutStream>);

impl IsTerminal for Streamed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Streamed {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        self.0.async_stream()
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        self.0.p2_stream()
    }
}

#[derive(Default)]
struct Captured {
    bytes: BytesMut,
    cap: usize,
    truncated: bool,
}

/// Keeps what is written up to the cap; then the stream is closed for the guest.
#[derive(Clone)]
pub(super) struct Capture(Arc<Mutex<Captured>>);

impl Capture {
    fn lock(&self) -> std::sync::MutexGuard<'_, Captured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IsTerminal for Capture {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Capture {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Only guests of WASI 0.3 use it, and there are none.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Capture {
    async fn ready(&mut self) {}
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Capture {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut captured = self.lock();
        let room = captured.cap - captured.bytes.len();
        captured.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        captured.truncated |= room < bytes.len();
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let captured = self.lock();
        if captured.truncated {
            return Err(StreamError::Closed);
        }
        // One more than there is room for, so that a write over the cap is seen.
        Ok((captured.cap - captured.bytes.len()).saturating_add(1))
    }
}
