//! What the head of a request may say, and where it goes.

use http::header::{self, HeaderMap, HeaderName};
use http::uri::{PathAndQuery, Scheme};
use http::{Method, Request, Uri};
use http_body::Body as _;
use workbooks_bindings::Refusal;

use super::Body;
use crate::egress::Name;

/// Headers of one message. hyper's own bound is 100 too.
pub(crate) const HEADERS: usize = 100;

/// Bytes of the head of one message, names and values.
pub(super) const HEAD_BYTES: usize = 64 << 10;

/// Bytes of a URL. 8,000 is what RFC 9110 (4.1) asks of everyone.
pub(super) const URL_BYTES: usize = 8 << 10;

/// Whether the host alone sets this header: it says how the connection is used, or to whom the
/// request goes.
pub(crate) fn is_forbidden(name: &HeaderName) -> bool {
    const NAMES: &[HeaderName] = &[
        header::CONNECTION,
        header::EXPECT,
        header::HOST,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    NAMES.contains(name)
        || matches!(name.as_str(), "keep-alive" | "http2-settings")
        || name.as_str().starts_with("proxy-")
}

/// Whether no guest may use this method: CONNECT makes a tunnel, TRACE shows what was sent.
fn is_forbidden_method(method: &Method) -> bool {
    *method == Method::CONNECT || *method == Method::TRACE
}

/// Where a request goes.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) tls: bool,
    pub(super) name: Name,
    pub(super) port: u16,
    path: PathAndQuery,
}

impl Route {
    /// Reads the target of a request and checks its head.
    pub(super) fn of(request: &Request<Body>) -> Result<Self, Refusal> {
        let invalid = |what: &str| Err(Refusal::Invalid(what.to_owned()));
        let uri = request.uri();
        if is_forbidden_method(request.method()) {
            return Err(Refusal::Denied("that method is closed".to_owned()));
        }
        let tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err(Refusal::Denied("only http and https are open".to_owned())),
        };
        let Some(authority) = uri.authority() else { return invalid("the URL names no host") };
        let (host, port) = (authority.host(), authority.port_u16());
        // What is neither host nor port is userinfo, or a port that is none.
        let plain = match port {
            None => authority.as_str() == host,
            Some(port) => authority.as_str() == format!("{host}:{port}"),
        };
        if !plain {
            return invalid("the URL must name a host and maybe a port, and nothing else");
        }
        let name = Name::read(host)?;
        let path = uri.path_and_query().filter(|path| path.as_str().starts_with('/')).cloned();
        let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
        if path.as_str().len() > URL_BYTES {
            return Err(Refusal::TooLarge(URL_BYTES as u64));
        }
        check_headers(request.headers())?;
        check_length(request)?;
        Ok(Self { tls, name, port: port.unwrap_or(if tls { 443 } else { 80 }), path })
    }

    /// The host, and the port unless it is the scheme's own: `Host` and `:authority`.
    pub(super) fn authority(&self) -> String {
        match (self.tls, self.port) {
            (true, 443) | (false, 80) => self.name.to_string(),
            _ => format!("{}:{}", self.name, self.port),
        }
    }

    /// What HTTP/1.1 writes into the request line.
    pub(super) fn origin_form(&self) -> Uri {
        Uri::from(self.path.clone())
    }

    /// What HTTP/2 makes its pseudo-headers of.
    pub(super) fn absolute_form(&self) -> Result<Uri, Refusal> {
        Uri::builder()
            .scheme(Scheme::HTTPS)
            .authority(self.authority())
            .path_and_query(self.path.clone())
            .build()
            .map_err(|_| Refusal::Invalid("the URL names no host".to_owned()))
    }
}

fn check_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    if let Some(name) = headers.keys().find(|name| is_forbidden(name)) {
        return Err(Refusal::Denied(format!("the header `{name}` is the host's to set")));
    }
    if headers.len() > HEADERS {
        return Err(Refusal::Quota(HEADERS as u64));
    }
    if size(headers) > HEAD_BYTES {
        return Err(Refusal::TooLarge(HEAD_BYTES as u64));
    }
    Ok(())
}

pub(super) fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// A length that is written must be the body's, where that is known before it is sent.
fn check_length(request: &Request<Body>) -> Result<(), Refusal> {
    let mut written = request.headers().get_all(header::CONTENT_LENGTH).iter();
    let Some(length) = written.next() else { return Ok(()) };
    let digits = !length.is_empty() && length.as_bytes().iter().all(u8::is_ascii_digit);
    let length: Option<u64> =
        length.to_str().ok().filter(|_| digits).and_then(|text| text.parse().ok());
    let exact = request.body().size_hint().exact();
    let fits = match (length, exact) {
        (Some(length), Some(exact)) => exact == length,
        (Some(_), None) => true,
        (None, _) => false,
    };
    if written.next().is_some() || !fits {
        return Err(Refusal::Invalid("`content-length` is not the body's".to_owned()));
    }
    Ok(())
}
