//! One connection of HTTP/1.1 or HTTP/2, and each of its requests on an instance of its own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use http::{Request, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::timeout;
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

use super::activity::Activity;
use super::body::{Answer, Exchange, RequestBody, ResponseBody, Running};
use super::clients::Client;
use super::guard::{self, Refused};
use super::server::Phase;
use super::{Listening, ServeLimits};
use crate::instance::{Guest, Kill};
use crate::run::RunError;

/// What hyper buffers of a connection, at most, in each direction. It bounds a head before
/// [`ServeLimits::head_bytes`] is asked.
const BUFFER: usize = 64 << 10;
/// Bytes that a stream of HTTP/2 may have under way to us; all of a connection's, four times as
/// much. 64 KiB, where hyper would take a MiB of each connection.
const STREAM_WINDOW: u32 = 64 << 10;
/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 64;

/// The server's side of both versions.
pub(super) fn protocol(limits: &ServeLimits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // Answers are small: to copy one costs less than to gather it.
    builder.http1().max_buf_size(BUFFER).writev(false);
    builder
        .http2()
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(4 * STREAM_WINDOW)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .max_send_buf_size(BUFFER);
    builder
}

/// What the requests of one connection share.
struct Connection {
    listening: Arc<Listening>,
    handler: ProxyPre<Guest>,
    client: Arc<Client>,
    local: SocketAddr,
    activity: Arc<Activity>,
}

/// Serves a connection to its end, or until the server drains or ends.
pub(super) async fn connection(
    listening: Arc<Listening>,
    handler: ProxyPre<Guest>,
    stream: TcpStream,
    client: Arc<Client>,
) {
    let Ok(local) = stream.local_addr() else { return };
    let activity = Activity::new(listening.limits.idle);
    let mut phases = listening.phases.subscribe();
    let protocol = listening.protocol.clone();
    let this =
        Arc::new(Connection { listening, handler, client, local, activity: activity.clone() });
    let service = service_fn(move |request| {
        let this = this.clone();
        async move { Ok::<_, Infallible>(this.answer(request).await) }
    });
    let mut served = pin!(protocol.serve_connection(TokioIo::new(stream), service));
    let mut overdue = pin!(activity.overdue());
    loop {
        tokio::select! {
            biased;
            _ = &mut served => return,
            () = &mut overdue => return,
            phase = phases.next() => match phase {
                Phase::Open => {}
                Phase::Draining => served.as_mut().graceful_shutdown(),
                Phase::Ended => return,
            },
        }
    }
}

impl Connection {
    async fn answer(&self, request: Request<Incoming>) -> Response<ResponseBody> {
        let deadline = Instant::now() + self.listening.limits.request_time;
        let live = self.activity.begin(deadline);
        let version = request.version();
        let mut response = match self.dispatch(request, deadline).await {
            Ok(response) => response,
            Err(refused) => {
                self.listening.tally.refused(refused.code);
                refused.response(version)
            }
        };
        response.body_mut().keep(live);
        response
    }

    async fn dispatch(
        &self,
        request: Request<Incoming>,
        deadline: Instant,
    ) -> Result<Response<ResponseBody>, Refused> {
        let Listening { limits, hosts, .. } = &*self.listening;
        let (parts, body) = request.into_parts();
        guard::check(&parts, limits, hosts, self.local)?;
        self.client.take().map_err(Refused::rate)?;
        if body.size_hint().lower() > limits.request_bytes {
            return Err(Refused::too_large());
        }
        let place = self.place().await?;

        let exchange = Arc::new(Exchange::default());
        let body = RequestBody { body, left: limits.request_bytes, exchange: exchange.clone() };
        let (send, mut answered) = oneshot::channel();
        let kill = Kill::default();
        let running = Running::new(kill.clone());
        let work = Work {
            listening: self.listening.clone(),
            handler: self.handler.clone(),
            exchange: exchange.clone(),
            kill,
            deadline,
            _place: place,
        };
        // It runs where its peer is heard: most guests have ended when their answer is there.
        let mut guest = Box::pin(work.perform(Request::from_parts(parts, body), send));
        let (answered, told) = tokio::select! {
            biased;
            told = &mut guest => (answered.try_recv().ok(), told),
            answered = &mut answered => {
                drop(tokio::spawn(guest));
                (answered.ok(), UNANSWERED)
            }
            () = exchange.overflowed() => return Err(Refused::too_large()),
        };
        let response = match answered {
            // Whatever the guest made of what it could read.
            _ if exchange.is_too_large() => return Err(Refused::too_large()),
            Some(Ok(response)) => response,
            Some(Err(_)) => return Err(Refused::new(StatusCode::BAD_GATEWAY, "guest-error")),
            // It ended without an answer, and its end is on record already.
            None => return Err(told),
        };
        if response.status().is_informational() {
            return Err(Refused::new(StatusCode::BAD_GATEWAY, "informational"));
        }
        let left = limits.response_bytes;
        let tally = self.listening.tally.clone();
        Ok(response.map(|body| ResponseBody::of(Answer { body, left, exchange, running, tally })))
    }
}

impl Connection {
    /// A place among the requests that are handled at once.
    async fn place(&self) -> Result<OwnedSemaphorePermit, Refused> {
        let limits = &self.listening.limits;
        let places = self.listening.principal().requests(limits.requests);
        if let Ok(place) = places.clone().try_acquire_owned() {
            return Ok(place);
        }
        let place = timeout(limits.wait, places.clone().acquire_owned()).await;
        place.ok().and_then(Result::ok).ok_or(Refused::busy())
    }
}

/// What a peer is told of a guest that did not answer.
fn unanswered(ended: &Result<i32, RunError>) -> Refused {
    match ended {
        Err(RunError::Deadline { .. }) => {
            Refused::new(StatusCode::GATEWAY_TIMEOUT, UNANSWERED.code)
        }
        Err(RunError::Mount(_)) => Refused::new(StatusCode::INTERNAL_SERVER_ERROR, UNANSWERED.code),
        _ => UNANSWERED,
    }
}

const UNANSWERED: Refused = Refused::new(StatusCode::BAD_GATEWAY, "unanswered");

type Answered = Result<Response<HyperOutgoingBody>, ErrorCode>;

/// One request for a guest.
struct Work {
    listening: Arc<Listening>,
    handler: ProxyPre<Guest>,
    exchange: Arc<Exchange>,
    kill: Kill,
    deadline: Instant,
    _place: OwnedSemaphorePermit,
}

impl Work {
    /// Runs the guest to its end, which may come after its answer's; gives what the peer is told
    /// if it has not answered.
    async fn perform(
        self,
        request: Request<RequestBody>,
        answer: oneshot::Sender<Answered>,
    ) -> Refused {
        let mut cell = match self.listening.cell(self.deadline) {
            Ok(cell) => cell,
            Err(refused) => return unanswered(&Err(refused)),
        };
        cell.kill = self.kill;
        cell.preempt();
        let handler = &self.handler;
        let handled = cell.supervise(async |store| {
            let request = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
            let answer = store.data_mut().http().new_response_outparam(answer)?;
            let proxy = handler.instantiate_async(&mut *store).await?;
            proxy.wasi_http_incoming_handler().call_handle(store, request, answer).await
        });
        let ended = self.listening.until_ended(handled).await.map(|()| 0);
        if ended.is_err() {
            // Before its streams close, which a peer would take for the end of the answer.
            self.exchange.fail();
        }
        let told = unanswered(&ended);
        self.listening.settle(cell, ended).await;
        told
    }
}
