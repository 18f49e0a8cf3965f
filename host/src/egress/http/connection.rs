//! One connection for one request: HTTP/1.1, or HTTP/2 where TLS agrees on it.

use std::sync::Arc;
use std::time::Instant;

use http::header::{self, HeaderValue};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::{CancellationToken, DropGuard};
use workbooks_bindings::Refusal;

use super::Body;
use super::head::{HEAD_BYTES, HEADERS, Route};
use crate::admission::Caller;

/// Bytes that one stream may have under way to us.
const WINDOW: u32 = 256 << 10;

/// Keeps a connection open. It ends with the exchange, when the grant is withdrawn, and at the
/// deadline; the connection is closed then, whatever it waits for.
pub(super) struct Driver {
    _ended: DropGuard,
}

/// Runs the tasks that move a connection's bytes. HTTP/2 has some of its own, which would outlive
/// the future that hyper returns.
#[derive(Clone)]
struct Tasks {
    ended: CancellationToken,
    /// Free again when the last of them has ended.
    room: Arc<OwnedSemaphorePermit>,
}

impl Driver {
    fn start(caller: &Arc<Caller>, room: OwnedSemaphorePermit, ended: Instant) -> (Self, Tasks) {
        let token = CancellationToken::new();
        let (over, principal) = (token.clone(), caller.principal().clone());
        tokio::spawn(async move {
            tokio::select! {
                () = over.cancelled() => {}
                () = principal.withdrawn() => {}
                () = tokio::time::sleep_until(ended.into()) => {}
            }
            over.cancel();
        });
        let tasks = Tasks { ended: token.clone(), room: Arc::new(room) };
        (Self { _ended: token.drop_guard() }, tasks)
    }
}

impl<F: Future<Output: Send> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        let Self { ended, room } = self.clone();
        tokio::spawn(async move {
            let _room = room;
            tokio::select! {
                biased;
                () = ended.cancelled() => {}
                // What went wrong is told by the exchange.
                _ = task => {}
            }
        });
    }
}

/// Sends one request over `stream` and awaits the head of its response.
pub(super) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    h2: bool,
    mut request: Request<Body>,
    route: &Route,
    caller: &Arc<Caller>,
    room: OwnedSemaphorePermit,
    ended: Instant,
) -> Result<(Response<Incoming>, Driver), Refusal> {
    let stream = TokioIo::new(stream);
    let (driver, tasks) = Driver::start(caller, room, ended);
    if h2 {
        *request.uri_mut() = route.absolute_form()?;
        let (mut sender, connection) = http2::Builder::new(tasks.clone())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX))
            .handshake(stream)
            .await
            .map_err(|why| refusal(&why))?;
        tasks.execute(connection);
        let response = sender.send_request(request).await.map_err(|why| refusal(&why))?;
        return Ok((response, driver));
    }
    *request.uri_mut() = route.origin_form();
    let host = HeaderValue::try_from(route.authority());
    let host = host.map_err(|_| Refusal::Invalid("the URL names no host".to_owned()))?;
    request.headers_mut().insert(header::HOST, host);
    request.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    let (mut sender, connection) = http1::Builder::new()
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES)
        .handshake(stream)
        .await
        .map_err(|why| refusal(&why))?;
    tasks.execute(connection);
    let response = sender.send_request(request).await.map_err(|why| refusal(&why))?;
    Ok((response, driver))
}

/// What a guest is told of a failure of hyper's: a refusal that one of our bodies made, or what
/// the far side did.
pub(super) fn refusal(why: &hyper::Error) -> Refusal {
    let ours = std::error::Error::source(why).and_then(|cause| cause.downcast_ref::<Refusal>());
    if let Some(refusal) = ours {
        return refusal.clone();
    }
    if why.is_parse_too_large() {
        return Refusal::TooLarge(HEAD_BYTES as u64);
    }
    let what = if why.is_parse() {
        "the far side does not speak HTTP with us"
    } else {
        "the far side broke off the exchange"
    };
    Refusal::Unavailable(what.to_owned())
}
