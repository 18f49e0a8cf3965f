//! One request, from its checks to the head of its response.

use std::sync::Arc;

use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::time::timeout_at;
use workbooks_bindings::Refusal;

use super::body::{Counted, Received};
use super::connection::{Driver, exchange};
use super::head::{HEAD_BYTES, HEADERS, Route, size};
use super::{Body, Bounds};
use crate::admission::Caller;
use crate::egress::{Egress, port};

/// How far a request has come: what failed when it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its head is checked.
    Head,
    /// Its body is over its cap.
    RequestBody,
    /// The name is resolved and checked.
    Resolve,
    /// The connection is made.
    Connect,
    /// TLS is agreed on.
    Tls,
    /// The request goes out and the head of the response comes in.
    Exchange,
    /// The body of the response comes in.
    Body,
}

impl Egress {
    /// Sends one request, whose URI is absolute, over a connection of its own. Redirects are
    /// answers like others.
    ///
    /// The body of the response must be read; it fails with [`Refusal::TooLarge`] over its cap,
    /// [`Refusal::Timeout`], [`Refusal::Revoked`], or [`Refusal::Unavailable`] if the far side
    /// breaks off. To drop it closes the connection.
    ///
    /// # Errors
    ///
    /// Those of [`Egress::resolve`], [`Egress::connect`] and [`Egress::tls`]; what is wrong with
    /// the request's head or over a bound; [`Refusal::Revoked`].
    pub(crate) async fn send(
        &self,
        caller: &Arc<Caller>,
        request: Request<Body>,
        bounds: &Bounds,
    ) -> Result<Response<Body>, Refusal> {
        self.send_in(caller, request, bounds, &mut Phase::Head).await
    }

    /// [`Egress::send`], which tells how far it came.
    pub(crate) async fn send_in(
        &self,
        caller: &Arc<Caller>,
        request: Request<Body>,
        bounds: &Bounds,
        phase: &mut Phase,
    ) -> Result<Response<Body>, Refusal> {
        let route = Route::of(&request)?;
        if request.body().size_hint().lower() > bounds.request {
            *phase = Phase::RequestBody;
            return Err(Refusal::TooLarge(bounds.request));
        }
        let answered =
            timeout_at(bounds.answered.into(), self.ask(caller, request, &route, bounds, phase));
        let (response, driver) = tokio::select! {
            biased;
            () = caller.principal().withdrawn() => return Err(Refusal::Revoked),
            answered = answered => answered.map_err(|_| Refusal::Timeout)??,
        };
        Ok(response.map(|body| Received::new(body, driver, caller, bounds).boxed_unsync()))
    }

    async fn ask(
        &self,
        caller: &Arc<Caller>,
        request: Request<Body>,
        route: &Route,
        bounds: &Bounds,
        phase: &mut Phase,
    ) -> Result<(Response<hyper::body::Incoming>, Driver), Refusal> {
        let wanted = route.name.at(route.port);
        if port::is_bad_for_http(route.port) && !caller.grant().net().name(&wanted) {
            return Err(Refusal::Denied(format!("port {} is closed to HTTP", route.port)));
        }
        let is_head = *request.method() == Method::HEAD;
        let mut request = request.map(|body| Counted::new(body, bounds.request).boxed_unsync());
        let identity = HeaderValue::from_static("identity");
        request.headers_mut().entry(header::ACCEPT_ENCODING).or_insert(identity);

        let until = bounds.connected;
        *phase = Phase::Connect;
        let room = caller.principal().connection()?;
        *phase = Phase::Resolve;
        let pinned = self.pin(caller, route.name.clone(), route.port, until).await?;
        *phase = Phase::Connect;
        let stream = self.connect(&pinned, until).await?;
        let (response, driver) = if route.tls {
            *phase = Phase::Tls;
            let stream = self.tls(stream, &pinned, &[b"h2", b"http/1.1"], until).await?;
            *phase = Phase::Exchange;
            let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            exchange(stream, h2, request, route, caller, room, bounds.ended).await?
        } else {
            *phase = Phase::Exchange;
            exchange(stream, false, request, route, caller, room, bounds.ended).await?
        };

        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(Refusal::Unavailable("the far side changed the protocol".to_owned()));
        }
        if response.headers().len() > HEADERS || size(response.headers()) > HEAD_BYTES {
            return Err(Refusal::TooLarge(HEAD_BYTES as u64));
        }
        if !is_head && response.body().size_hint().lower() > bounds.response {
            *phase = Phase::Body;
            return Err(Refusal::TooLarge(bounds.response));
        }
        Ok((response, driver))
    }
}
