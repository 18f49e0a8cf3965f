//! Bodies under way: counted, timed, and ended when the grant is withdrawn.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};
use workbooks_bindings::Refusal;

use super::connection::{Driver, refusal};
use super::{Body, Bounds};
use crate::admission::Caller;

type Framed = Option<Result<Frame<Bytes>, Refusal>>;

/// A request's body that fails once it is over its cap.
pub(super) struct Counted {
    inner: Body,
    cap: u64,
    left: u64,
}

impl Counted {
    pub(super) fn new(inner: Body, cap: u64) -> Self {
        Self { inner, cap, left: cap }
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Framed> {
        let frame = std::task::ready!(Pin::new(&mut self.inner).poll_frame(cx));
        let cap = self.cap;
        Poll::Ready(frame.map(|frame| counted(frame?, &mut self.left, cap)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn counted(frame: Frame<Bytes>, left: &mut u64, cap: u64) -> Result<Frame<Bytes>, Refusal> {
    let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
    *left = left.checked_sub(bytes).ok_or(Refusal::TooLarge(cap))?;
    Ok(frame)
}

/// A response's body. While it lives its connection does.
pub(super) struct Received {
    inner: Incoming,
    cap: u64,
    left: u64,
    withdrawn: Pin<Box<dyn Future<Output = ()> + Send>>,
    ended: Pin<Box<Sleep>>,
    idle: Pin<Box<Sleep>>,
    idle_time: Duration,
    /// Nothing once it has failed: the connection is closed then.
    connection: Option<Driver>,
}

impl Received {
    pub(super) fn new(
        inner: Incoming,
        connection: Driver,
        caller: &Arc<Caller>,
        bounds: &Bounds,
    ) -> Self {
        let principal = caller.principal().clone();
        Self {
            inner,
            cap: bounds.response,
            left: bounds.response,
            withdrawn: Box::pin(async move { principal.withdrawn().await }),
            ended: Box::pin(sleep_until(bounds.ended.into())),
            idle: Box::pin(sleep_until(Instant::now() + bounds.idle)),
            idle_time: bounds.idle,
            connection: Some(connection),
        }
    }

    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<Framed> {
        if self.withdrawn.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(Refusal::Revoked)));
        }
        if self.ended.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(Refusal::Timeout)));
        }
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(frame) => {
                self.idle.as_mut().reset(Instant::now() + self.idle_time);
                Poll::Ready(frame.map(|frame| {
                    counted(frame.map_err(|why| refusal(&why))?, &mut self.left, self.cap)
                }))
            }
            Poll::Pending if self.idle.as_mut().poll(cx).is_ready() => {
                Poll::Ready(Some(Err(Refusal::Timeout)))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Framed> {
        if self.connection.is_none() {
            return Poll::Ready(None);
        }
        let polled = self.poll_inner(cx);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.connection = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.connection.is_none() || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
