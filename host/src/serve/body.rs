//! The bodies of one exchange: a request's up to its cap, and an answer's, which never ends
//! silently where the guest did not end it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::Notify;
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

use super::activity::Live;
use super::record::Tally;
use crate::instance::Kill;

/// What both directions and the guest's task know of one exchange.
#[derive(Default)]
pub(super) struct Exchange {
    /// The guest failed, or was ended: what it has answered is not whole.
    failed: AtomicBool,
    /// The request's body is over the cap.
    too_large: AtomicBool,
    told: Notify,
}

impl Exchange {
    pub(super) fn fail(&self) {
        self.failed.store(true, Ordering::Release);
    }

    fn overflow(&self) {
        self.fail();
        self.too_large.store(true, Ordering::Release);
        self.told.notify_one();
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.too_large.load(Ordering::Acquire)
    }

    /// Ends when the request's body is over the cap.
    pub(super) async fn overflowed(&self) {
        self.told.notified().await;
    }
}

/// A request's body: an error once it is over the cap.
pub(super) struct RequestBody {
    pub(super) body: Incoming,
    pub(super) left: u64,
    pub(super) exchange: Arc<Exchange>,
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => frame,
            // What hyper says of a connection is for nobody's ears.
            Poll::Ready(Some(Err(_))) => return Poll::Ready(Some(Err(Error::HttpProtocolError))),
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => return Poll::Pending,
        };
        let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
        if let Some(left) = self.left.checked_sub(bytes) {
            self.left = left;
            return Poll::Ready(Some(Ok(frame)));
        }
        self.left = 0;
        self.exchange.overflow();
        Poll::Ready(Some(Err(Error::HttpRequestBodySize(None))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Ends the guest when nobody waits for it any more.
pub(super) struct Running(Option<Kill>);

impl Running {
    pub(super) fn new(kill: Kill) -> Self {
        Self(Some(kill))
    }

    /// Lets it go on: its answer is whole.
    fn release(&mut self) {
        self.0 = None;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(kill) = self.0.take() {
            kill.now();
        }
    }
}

/// What is sent to the peer: a guest's answer, or nothing.
#[derive(Default)]
pub(super) struct ResponseBody {
    answer: Option<Answer>,
    /// The exchange is under way until its last byte is sent.
    live: Option<Live>,
}

pub(super) struct Answer {
    pub(super) body: HyperOutgoingBody,
    pub(super) left: u64,
    pub(super) exchange: Arc<Exchange>,
    pub(super) running: Running,
    pub(super) tally: Arc<Tally>,
}

impl ResponseBody {
    pub(super) fn of(answer: Answer) -> Self {
        Self { answer: Some(answer), live: None }
    }

    pub(super) fn keep(&mut self, live: Live) {
        self.live = Some(live);
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(answer) = &mut self.answer else { return Poll::Ready(None) };
        let frame = match Pin::new(&mut answer.body).poll_frame(cx) {
            Poll::Pending => return Poll::Pending,
            // The guest's end closes its stream as a whole answer does.
            Poll::Ready(None) if !answer.exchange.failed.load(Ordering::Acquire) => {
                answer.running.release();
                self.answer = None;
                return Poll::Ready(None);
            }
            Poll::Ready(Some(Ok(frame))) => frame,
            Poll::Ready(None | Some(Err(_))) => {
                return Poll::Ready(Some(Err(Error::HttpResponseIncomplete)));
            }
        };
        let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
        if let Some(left) = answer.left.checked_sub(bytes) {
            answer.left = left;
            return Poll::Ready(Some(Ok(frame)));
        }
        answer.exchange.fail();
        answer.tally.refused("response-too-large");
        Poll::Ready(Some(Err(Error::HttpResponseBodySize(None))))
    }

    fn is_end_stream(&self) -> bool {
        self.answer.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.answer {
            // Its length is told by the guest's `content-length`, if at all.
            Some(answer) => answer.body.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}
