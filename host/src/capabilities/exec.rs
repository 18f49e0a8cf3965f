//! `exec`: the same commands as processes: their streams, their end, and kill.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, InputStream, OutputStream, Pollable, StreamError,
    StreamResult, subscribe,
};
use workbooks_bindings::engine::exec;
use workbooks_bindings::engine::types::CommandRequest;

use crate::admission::Caller;
use crate::capability::{Call, Capability, Provides, Refusal};
use crate::fabric::{End, Process, Reader, Writer};
use crate::instance::Guest;

/// Long-lived children. ≤ 32 for a principal, each counted until its handle is dropped, which
/// kills it; pipes of 64 KiB.
#[derive(Debug)]
pub(crate) struct Exec;

impl Capability for Exec {
    fn name(&self) -> &'static str {
        "exec"
    }

    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        exec::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

type Handle = Resource<exec::Process>;

impl exec::Host for Call<'_, Exec> {}

impl exec::HostProcess for Call<'_, Exec> {
    async fn spawn(&mut self, request: CommandRequest) -> Result<Handle, Refusal> {
        let call = self.admit("spawn")?;
        let spawned = tokio::select! {
            spawned = Process::spawn(call.caller(), request) => spawned,
            () = call.withdrawn() => Err(Refusal::Revoked),
            () = tokio::time::sleep_until(call.deadline().into()) => Err(Refusal::Timeout),
        };
        let process = spawned.map_err(|refusal| call.refuse(refusal))?;
        self.keep(process)
    }

    async fn stdin(&mut self, handle: Handle) -> Result<Resource<DynOutputStream>, Refusal> {
        self.admit("stdin")?;
        let caller = self.caller().clone();
        let process = self.kept::<Process, _>(&handle)?;
        let pipe = process.stdin.take().ok_or(Refusal::Conflict)?;
        let stream: DynOutputStream = Box::new(Gated { caller, pipe });
        self.push(stream)
    }

    async fn stdout(&mut self, handle: Handle) -> Result<Resource<DynInputStream>, Refusal> {
        self.admit("stdout")?;
        let caller = self.caller().clone();
        let process = self.kept::<Process, _>(&handle)?;
        let pipe = process.stdout.take().ok_or(Refusal::Conflict)?;
        let stream: DynInputStream = Box::new(Gated { caller, pipe });
        self.push(stream)
    }

    async fn stderr(&mut self, handle: Handle) -> Result<Resource<DynInputStream>, Refusal> {
        self.admit("stderr")?;
        let caller = self.caller().clone();
        let process = self.kept::<Process, _>(&handle)?;
        let pipe = process.stderr.take().ok_or(Refusal::Conflict)?;
        let stream: DynInputStream = Box::new(Gated { caller, pipe });
        self.push(stream)
    }

    async fn subscribe(&mut self, handle: Handle) -> Result<Resource<DynPollable>, Refusal> {
        self.admit("subscribe")?;
        let end = self.kept::<Process, _>(&handle)?.end();
        let end = self.push(end)?;
        subscribe(self.table(), end).map_err(|_| self.full())
    }

    async fn status(&mut self, handle: Handle) -> Result<Option<i32>, Refusal> {
        let call = self.admit("status")?;
        let status = self.kept::<Process, _>(&handle)?.status();
        status.transpose().map_err(|refusal| call.refuse(refusal))
    }

    async fn kill(&mut self, handle: Handle) -> Result<(), Refusal> {
        self.admit("kill")?;
        self.kept::<Process, _>(&handle)?.kill();
        Ok(())
    }

    async fn drop(&mut self, handle: Handle) -> wasmtime::Result<()> {
        self.take::<Process, _>(&handle).map(drop)
    }
}

impl Call<'_, Exec> {
    fn push<T: Send + 'static>(&mut self, value: T) -> Result<Resource<T>, Refusal> {
        self.table().push(value).map_err(|_| self.full())
    }

    fn full(&self) -> Refusal {
        Refusal::Quota(self.caller().grant().limits().handles as u64)
    }
}

#[async_trait]
impl Pollable for End {
    async fn ready(&mut self) {
        self.wait().await;
    }
}

/// The guest's end of a pipe: each piece asks whether the grant still stands. When it is
/// withdrawn the child ends, and with it the waiting here.
struct Gated<P> {
    caller: Arc<Caller>,
    pipe: P,
}

impl<P> Gated<P> {
    fn check(&self, operation: &'static str) -> StreamResult<()> {
        if !self.caller.principal().is_revoked() {
            return Ok(());
        }
        self.caller.refused("exec", operation, &Refusal::Revoked);
        Err(StreamError::LastOperationFailed(Refusal::Revoked.into()))
    }
}

#[async_trait]
impl Pollable for Gated<Reader> {
    async fn ready(&mut self) {
        poll_fn(|cx| self.pipe.poll_ready(cx)).await;
    }
}

#[async_trait]
impl InputStream for Gated<Reader> {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.check("input-stream.read")?;
        self.pipe.pull(size).ok_or(StreamError::Closed)
    }
}

#[async_trait]
impl Pollable for Gated<Writer> {
    async fn ready(&mut self) {
        poll_fn(|cx| self.pipe.poll_ready(cx)).await;
    }
}

#[async_trait]
impl OutputStream for Gated<Writer> {
    fn check_write(&mut self) -> StreamResult<usize> {
        self.check("output-stream.check-write")?;
        self.pipe.room().ok_or(StreamError::Closed)
    }

    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.check("output-stream.write")?;
        match self.pipe.room() {
            None => Err(StreamError::Closed),
            Some(room) if room < bytes.len() => {
                Err(StreamError::trap("write exceeded the permit of check-write"))
            }
            Some(_) => {
                self.pipe.push(&bytes);
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.check("output-stream.flush")?;
        self.pipe.room().map(drop).ok_or(StreamError::Closed)
    }
}
