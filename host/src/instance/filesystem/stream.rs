//! The bytes of an open file, behind the gate: each piece asks whether the grant still stands.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, InputStream, OutputStream, Pollable, StreamError, StreamResult,
};

use super::still_granted;
use crate::admission::Caller;

/// A stream that fails once its caller's grant is withdrawn.
///
/// What wasmtime's traits give by default comes down to what is gated here.
pub(super) struct Gated<S> {
    caller: Arc<Caller>,
    stream: S,
}

impl<S> Gated<S> {
    pub(super) fn new(caller: Arc<Caller>, stream: S) -> Self {
        Self { caller, stream }
    }

    fn check(&self, operation: &'static str) -> StreamResult<()> {
        still_granted(&self.caller, operation)
            .map_err(|refusal| StreamError::LastOperationFailed(refusal.into()))
    }
}

#[async_trait]
impl<S: Pollable> Pollable for Gated<S> {
    /// A refused stream is ready at once, so that who waits for it learns why. To wait would
    /// also read ahead.
    async fn ready(&mut self) {
        if !self.caller.principal().is_revoked() {
            self.stream.ready().await;
        }
    }
}

#[async_trait]
impl InputStream for Gated<DynInputStream> {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.check("input-stream.read")?;
        self.stream.read(size)
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.check("input-stream.read")?;
        self.stream.blocking_read(size).await
    }

    async fn cancel(&mut self) {
        self.stream.cancel().await;
    }
}

#[async_trait]
impl OutputStream for Gated<DynOutputStream> {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.check("output-stream.write")?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.check("output-stream.flush")?;
        self.stream.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.check("output-stream.check-write")?;
        self.stream.check_write()
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.check("output-stream.write")?;
        self.stream.blocking_write_and_flush(bytes).await
    }

    async fn cancel(&mut self) {
        self.stream.cancel().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

    use super::*;
    use crate::admission::{MemoryAudit, Principal, Rate};

    fn caller() -> (Arc<Caller>, Arc<MemoryAudit>) {
        let audit = Arc::new(MemoryAudit::default());
        let principal =
            Arc::new(Principal::new("acme", "notes", Rate::new(0, Duration::from_secs(1))));
        (
            Arc::new(Caller::new(
                principal,
                "notes".into(),
                Arc::new(crate::policy::Grant::nothing()),
                audit.clone(),
            )),
            audit,
        )
    }

    fn said<T: std::fmt::Debug>(result: StreamResult<T>) -> String {
        match result {
            Err(StreamError::LastOperationFailed(error)) => format!("{error:?}"),
            other => panic!("{other:?}"),
        }
    }

    const WITHDRAWN: &str = "the grant was withdrawn";

    #[tokio::test]
    async fn a_revoked_reader_is_refused_even_what_was_there_to_read() {
        let (caller, audit) = caller();
        let stream: DynInputStream = Box::new(MemoryInputPipe::new("abcdef"));
        let mut gated = Gated::new(caller.clone(), stream);
        assert_eq!(gated.read(1).unwrap(), "a");
        assert_eq!(gated.blocking_read(1).await.unwrap(), "b");
        caller.principal().revoke();
        gated.ready().await;
        assert_eq!(said(gated.read(1)), WITHDRAWN);
        assert_eq!(said(gated.blocking_read(1).await), WITHDRAWN);
        assert_eq!(said(gated.skip(1)), WITHDRAWN);
        assert_eq!(said(gated.blocking_skip(1).await), WITHDRAWN);
        assert_eq!(audit.records().len(), 1);
    }

    #[tokio::test]
    async fn a_revoked_writer_writes_no_more() {
        let (caller, _) = caller();
        let pipe = MemoryOutputPipe::new(64);
        let stream: DynOutputStream = Box::new(pipe.clone());
        let mut gated = Gated::new(caller.clone(), stream);
        gated.check_write().unwrap();
        gated.write("a".into()).unwrap();
        gated.blocking_write_and_flush("b".into()).await.unwrap();
        caller.principal().revoke();
        assert_eq!(said(gated.check_write()), WITHDRAWN);
        assert_eq!(said(gated.write("c".into())), WITHDRAWN);
        assert_eq!(said(gated.flush()), WITHDRAWN);
        assert_eq!(said(gated.blocking_write_and_flush("c".into()).await), WITHDRAWN);
        assert_eq!(said(gated.write_zeroes(1)), WITHDRAWN);
        assert_eq!(said(gated.write_ready().await), WITHDRAWN);
        assert_eq!(pipe.contents(), "ab");
    }
}
