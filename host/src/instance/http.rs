//! `wasi:http/outgoing-handler` by the host's road to the network, behind the gate. Redirects are
//! the guest's own affair: each is a request that passes all of it again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderName, Request, Response};
use http_body_util::BodyExt;
use wasmtime_wasi_http::{Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpHooks};
use workbooks_bindings::Refusal;

use crate::admission::Caller;
use crate::egress::Egress;
use crate::egress::http::{Bounds, Phase, is_forbidden};

const CAPABILITY: &str = "net";
const OPERATION: &str = "outgoing-handler.handle";

/// How long a guest may wait for the first byte of an answer, and between two pieces of a body,
/// at most. 60 s: the wait is polled, so that it holds nothing but a connection.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// How long one exchange may last, at most. 10 min.
const LONGEST_EXCHANGE: Duration = Duration::from_mins(10);

/// Sends what a guest hands to `outgoing-handler`.
pub(crate) struct OutgoingHttp {
    caller: Arc<Caller>,
    egress: Arc<Egress>,
}

type Sent = Result<(Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

impl OutgoingHttp {
    pub(crate) fn new(caller: Arc<Caller>, egress: Arc<Egress>) -> Self {
        Self { caller, egress }
    }

    fn bounds(&self, options: RequestOptions) -> Bounds {
        let (now, own) = (Instant::now(), self.caller.operation_deadline());
        let wait = |asked: Option<Duration>| asked.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        let connected = now + options.connect_timeout.map_or(own, |asked| asked.min(own));
        let ended = now + LONGEST_EXCHANGE;
        Bounds {
            connected,
            answered: connected + wait(options.first_byte_timeout),
            idle: wait(options.between_bytes_timeout),
            ..Bounds::until(ended)
        }
    }
}

impl WasiHttpHooks for OutgoingHttp {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        is_forbidden(name)
    }

    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(is_forbidden)
    }

    fn set_host_header(&mut self) -> bool {
        // Egress sets it, to the host that it has read and dials.
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let admitted = self.caller.admit(CAPABILITY, OPERATION);
        let bounds = self.bounds(options.unwrap_or_default());
        let (caller, egress) = (self.caller.clone(), self.egress.clone());
        Box::new(async move {
            let mut phase = Phase::Head;
            admitted.map_err(|refusal| error(&refusal, phase))?;
            let request = request.map(|body| {
                let unfinished = |_| Refusal::Invalid("the body was not finished".to_owned());
                body.map_err(unfinished).boxed_unsync()
            });
            let sent = egress.send_in(&caller, request, &bounds, &mut phase).await;
            let response = sent.map_err(|refusal| {
                caller.refused(CAPABILITY, OPERATION, &refusal);
                error(&refusal, phase)
            })?;
            let response = response.map(|body| {
                let told = move |refusal| {
                    caller.refused(CAPABILITY, "input-stream.read", &refusal);
                    error(&refusal, Phase::Body)
                };
                body.map_err(told).boxed_unsync()
            });
            let nothing_more: Box<dyn Future<Output = _> + Send> =
                Box::new(std::future::ready(Ok(())));
            Ok((response, nothing_more))
        })
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        64 << 10
    }
}

/// What `wasi:http` has for a refusal. Its words are dropped: those of `InternalError` alone would
/// reach the guest.
fn error(refusal: &Refusal, phase: Phase) -> Error {
    let size = |bytes: u64| u32::try_from(bytes).ok();
    match (refusal, phase) {
        (Refusal::RateLimited(_), _) | (Refusal::Quota(_), Phase::Connect) => {
            Error::ConnectionLimitReached
        }
        (Refusal::TooLarge(cap), Phase::Body) => Error::HttpResponseBodySize(Some(*cap)),
        (Refusal::TooLarge(cap), Phase::Exchange) => {
            Error::HttpResponseHeaderSectionSize(size(*cap))
        }
        (Refusal::TooLarge(cap), Phase::RequestBody) => Error::HttpRequestBodySize(Some(*cap)),
        (Refusal::TooLarge(cap), _) => Error::HttpRequestHeaderSectionSize(size(*cap)),
        (Refusal::Quota(_), _) => Error::HttpRequestHeaderSectionSize(None),
        (Refusal::Timeout, Phase::Resolve) => Error::DnsTimeout,
        (Refusal::Timeout, Phase::Connect | Phase::Tls) => Error::ConnectionTimeout,
        (Refusal::Timeout, _) => Error::HttpResponseTimeout,
        (Refusal::Invalid(_), Phase::Head) => Error::HttpRequestUriInvalid,
        (Refusal::Unavailable(_), Phase::Resolve) => {
            Error::DnsError { rcode: None, info_code: None }
        }
        (Refusal::Unavailable(_), Phase::Connect) => Error::ConnectionRefused,
        (Refusal::Unavailable(_), Phase::Tls) => Error::TlsProtocolError,
        (Refusal::Unavailable(_), Phase::Body) => Error::HttpResponseIncomplete,
        (Refusal::Unavailable(_) | Refusal::Invalid(_), _) => Error::HttpProtocolError,
        _ => Error::HttpRequestDenied,
    }
}
