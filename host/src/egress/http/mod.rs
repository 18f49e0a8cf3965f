//! HTTP over egress: each request has a connection of its own, so that none is ever shared
//! between principals, and every piece of an exchange is bounded in size and time.
//!
//! Bodies are never decoded: what a far side has compressed is handed on as it came.

mod body;
mod connection;
mod credential;
mod head;
mod redirect;
mod retry;
mod scrub;
mod send;
mod stream;

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use workbooks_bindings::Refusal;

pub(crate) use credential::Credential;
pub(crate) use head::{HEADERS, is_forbidden};
pub(crate) use redirect::{Followed, Outgoing, read_url};
pub(crate) use retry::retry_after;
pub(crate) use scrub::Forms;
pub(crate) use send::Phase;
pub(crate) use stream::{BodyStream, collect};

/// A body of either direction; it ends with the refusal that stopped it.
pub(crate) type Body = UnsyncBoxBody<Bytes, Refusal>;

/// A body that is there as a whole.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// The bounds of one exchange.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// When the connection must stand.
    pub(crate) connected: Instant,
    /// When the head of the response must have come.
    pub(crate) answered: Instant,
    /// When all must have ended.
    pub(crate) ended: Instant,
    /// How long the response's body may bring nothing.
    pub(crate) idle: Duration,
    /// Bytes of the request's body.
    pub(crate) request: u64,
    /// Bytes of the response's body.
    pub(crate) response: u64,
}

/// Bytes of a request's body. 4 MiB.
pub(crate) const REQUEST_BYTES: u64 = 4 << 20;

/// Bytes of a response's body. 64 MiB.
pub(crate) const RESPONSE_BYTES: u64 = 64 << 20;

impl Bounds {
    /// One deadline over the whole exchange, and the caps of `net`.
    pub(crate) fn until(deadline: Instant) -> Self {
        Self {
            connected: deadline,
            answered: deadline,
            ended: deadline,
            idle: deadline.saturating_duration_since(Instant::now()),
            request: REQUEST_BYTES,
            response: RESPONSE_BYTES,
        }
    }
}
