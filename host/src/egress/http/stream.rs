//! A response's body as a guest reads it, or as the host collects it.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError, StreamResult};
use wasmtime_wasi::runtime::poll_noop;
use workbooks_bindings::Refusal;

use super::Body;
use crate::admission::Caller;

/// Collects a body of at most `cap` bytes.
///
/// # Errors
///
/// [`Refusal::TooLarge`] if it has more, and what ended it.
pub(crate) async fn collect(mut body: Body, cap: usize) -> Result<Bytes, Refusal> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if data.len() > cap - bytes.len() {
            return Err(Refusal::TooLarge(cap as u64));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

/// A body as `input-stream`. It ends with `closed` only where the body does; whatever else stops
/// it is `last-operation-failed`, whose text says what.
pub(crate) struct BodyStream {
    caller: Arc<Caller>,
    body: Option<Body>,
    ready: Bytes,
    failed: Option<Refusal>,
}

impl BodyStream {
    pub(crate) fn new(caller: Arc<Caller>, body: Body) -> Self {
        Self { caller, body: Some(body), ready: Bytes::new(), failed: None }
    }

    fn take(&mut self, frame: Option<Result<http_body::Frame<Bytes>, Refusal>>) {
        match frame {
            Some(Ok(frame)) => self.ready = frame.into_data().unwrap_or_default(),
            Some(Err(refusal)) => {
                self.failed = Some(refusal);
                self.body = None;
            }
            None => self.body = None,
        }
    }

    fn fail(&self, refusal: Refusal) -> StreamError {
        self.caller.refused("net", "input-stream.read", &refusal);
        StreamError::LastOperationFailed(refusal.into())
    }
}

#[async_trait]
impl Pollable for BodyStream {
    async fn ready(&mut self) {
        while self.ready.is_empty() {
            let Some(body) = &mut self.body else { return };
            let frame = body.frame().await;
            self.take(frame);
        }
    }
}

#[async_trait]
impl InputStream for BodyStream {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        // What has come already is withheld too.
        if self.caller.principal().is_revoked() {
            (self.ready, self.body, self.failed) = (Bytes::new(), None, None);
            return Err(self.fail(Refusal::Revoked));
        }
        loop {
            if !self.ready.is_empty() {
                return Ok(self.ready.split_to(size.min(self.ready.len())));
            }
            if let Some(refusal) = self.failed.take() {
                return Err(self.fail(refusal));
            }
            let Some(body) = &mut self.body else { return Err(StreamError::Closed) };
            match poll_noop(std::pin::pin!(body.frame())) {
                Some(frame) => self.take(frame),
                None => return Ok(Bytes::new()),
            }
        }
    }
}
