//! What a request's head must look like before a guest sees it. Pure.

use std::net::{IpAddr, SocketAddr};

use http::header::{CONNECTION, CONTENT_LENGTH, HOST, RETRY_AFTER, UPGRADE};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Method, Response, StatusCode, Version};

use super::ServeLimits;

/// Why a request is not answered by the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    /// One word for the record.
    pub(super) code: &'static str,
    /// Seconds after which it may be tried again.
    retry_after: Option<u64>,
}

impl Refused {
    pub(super) const fn new(status: StatusCode, code: &'static str) -> Self {
        Self { status, code, retry_after: None }
    }

    /// Over the client's rate.
    pub(super) fn rate(wait_ms: u64) -> Self {
        let mut refused = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited");
        refused.retry_after = Some(wait_ms.div_ceil(1_000).max(1));
        refused
    }

    /// All places are taken.
    pub(super) fn busy() -> Self {
        let mut refused = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy");
        refused.retry_after = Some(1);
        refused
    }

    /// A body over the cap.
    pub(super) const fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large")
    }

    /// What the peer is told: a status, and nothing of why. One that has sent what nobody should
    /// send is not listened to any more.
    pub(super) fn response<B: Default>(self, version: Version) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        if self.retry_after.is_none() && self.status.is_client_error() && version < Version::HTTP_2
        {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        headers.extend(self.retry_after.map(|s| (RETRY_AFTER, HeaderValue::from(s))));
        response
    }
}

const BAD: Refused = Refused::new(StatusCode::BAD_REQUEST, "bad-request");
const MISDIRECTED: Refused = Refused::new(StatusCode::MISDIRECTED_REQUEST, "misdirected");
const HEAD: Refused = Refused::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large");
const CONNECT: Refused = Refused::new(StatusCode::METHOD_NOT_ALLOWED, "connect");
const UPGRADED: Refused = Refused::new(StatusCode::BAD_REQUEST, "upgrade");

/// Whether a guest may see this request.
///
/// # Errors
///
/// What the peer is told instead.
pub(super) fn check(
    parts: &Parts,
    limits: &ServeLimits,
    names: &[String],
    local: SocketAddr,
) -> Result<(), Refused> {
    let headers = &parts.headers;
    let bytes: usize = headers.iter().map(|(n, v)| n.as_str().len() + v.len()).sum();
    let uri = parts.uri.path_and_query().map_or(0, |path| path.as_str().len());
    if limits.headers < headers.len() || limits.head_bytes < bytes + uri {
        return Err(HEAD);
    }
    if parts.method == Method::CONNECT {
        return Err(CONNECT);
    }
    if headers.contains_key(UPGRADE) {
        return Err(UPGRADED);
    }
    let asked = authority(parts)?;
    if parts.uri.scheme_str().is_some_and(|scheme| scheme != "http") {
        return Err(MISDIRECTED);
    }
    let path = parts.uri.path();
    let whole = path == "*" && parts.method == Method::OPTIONS;
    if !whole && !path.starts_with('/') {
        return Err(BAD);
    }
    if is_ours(&asked, names, local) { Ok(()) } else { Err(MISDIRECTED) }
}

/// The one host that the request names (RFC 9112 §3.2, RFC 9113 §8.3.1).
fn authority(parts: &Parts) -> Result<Authority, Refused> {
    let mut hosts = parts.headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => {
            let host = Authority::try_from(host.as_bytes()).map_err(|_| BAD)?;
            Some(host)
        }
        (None, _) => None,
        (Some(_), Some(_)) => return Err(BAD),
    };
    let target = parts.uri.authority().cloned();
    let asked = match (target, host) {
        (Some(target), Some(host)) if target == host => target,
        // In HTTP/1 a target without a `Host` is malformed.
        (Some(target), None) if parts.version == Version::HTTP_2 => target,
        (None, Some(host)) => host,
        _ => return Err(BAD),
    };
    let text = asked.as_str();
    let bare = text == asked.host() && !text.is_empty();
    let with_port = asked
        .port_u16()
        .is_some_and(|port| text.len() == asked.host().len() + 1 + port.to_string().len());
    if text.contains('@') || !(bare || with_port) {
        return Err(BAD);
    }
    Ok(asked)
}

/// Whether the name is one of this endpoint's: a page of a stranger that has let its own name
/// point here (DNS rebinding) asks for another.
fn is_ours(asked: &Authority, names: &[String], local: SocketAddr) -> bool {
    let here = asked.port_u16().unwrap_or(80) == local.port();
    let host = asked.host();
    let ip = local.ip().to_canonical();
    let literal = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    if literal.parse::<IpAddr>().is_ok_and(|literal| literal.to_canonical() == ip) {
        return here;
    }
    if ip.is_loopback() && host.eq_ignore_ascii_case("localhost") {
        return here;
    }
    names.iter().any(|name| match name.split_once(':') {
        Some((name, port)) => {
            host.eq_ignore_ascii_case(name) && asked.port().is_some_and(|p| p.as_str() == port)
        }
        None => host.eq_ignore_ascii_case(name) && (asked.port().is_none() || here),
    })
}

#[cfg(test)]
mod tests {
    use http::Request;
    use proptest::prelude::*;

    use super::*;

    fn request(target: &str, hosts: &[&str]) -> Parts {
        let mut request = Request::builder().uri(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn status(parts: &Parts, names: &[&str], local: &str) -> u16 {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let checked = check(parts, &ServeLimits::default(), &names, local.parse().unwrap());
        checked.map_or_else(|refused| refused.status.as_u16(), |()| 200)
    }

    fn host(host: &str) -> u16 {
        status(&request("/", &[host]), &["notes.example.org", "a.org:81"], "127.0.0.1:8080")
    }

    #[test]
    fn a_host_that_is_not_ours_is_misdirected() {
        for name in [
            "evil.example.org:8080",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.2:8080",
            "[::1]:8080",
            "localhost",
            "localhost.:8080",
            "foo.localhost:8080",
            "2130706433:8080",
            "127.1:8080",
            "0x7f.0.0.1:8080",
            "notes.example.org:1",
            "a.org",
            "a.org:8080",
            "notes.example.org.:8080",
            "xnotes.example.org",
        ] {
            assert_eq!(host(name), 421, "{name}");
        }
    }

    #[test]
    fn a_host_that_is_malformed_missing_or_there_twice_is_a_bad_request() {
        for name in [
            "",
            "a@127.0.0.1:8080",
            "127.0.0.1:8080@a",
            "127.0.0.1:99999",
            "127.0.0.1:",
            "127.0.0.1:08080",
            "127.0.0.1:8080, a",
            "http://127.0.0.1:8080",
            "127.0.0.1:8080/",
            "127.0.0.1:+8080",
            "[::1",
            "a b",
            "%31:8080",
        ] {
            assert_eq!(host(name), 400, "{name}");
        }
        let local = "127.0.0.1:8080";
        assert_eq!(status(&request("/", &[]), &[], local), 400);
        assert_eq!(status(&request("/", &[local, local]), &[], local), 400);
        assert_eq!(status(&request("http://127.0.0.1:8080/", &[]), &[], local), 400);
    }

    #[test]
    fn an_absolute_target_must_name_the_same_host() {
        let local = "127.0.0.1:8080";
        let at = |target, host| status(&request(target, &[host]), &["a.org"], local);
        assert_eq!(at("http://127.0.0.1:8080/", "a.org"), 400);
        assert_eq!(at("http://evil.org/", local), 400);
        assert_eq!(at("http://evil.org/", "evil.org"), 421);
        assert_eq!(at("https://127.0.0.1:8080/", local), 421);
        assert_eq!(at("http://127.0.0.1:8080/", local), 200);
    }

    #[test]
    fn the_address_localhost_and_the_names_of_the_policy_are_ours() {
        for name in [
            "127.0.0.1:8080",
            "localhost:8080",
            "LOCALHOST:8080",
            "notes.example.org",
            "Notes.Example.org:8080",
            "a.org:81",
        ] {
            assert_eq!(host(name), 200, "{name}");
        }
        assert_eq!(status(&request("/", &["[::1]:80"]), &[], "[::1]:80"), 200);
        assert_eq!(status(&request("/", &["127.0.0.1"]), &[], "[::ffff:127.0.0.1]:80"), 200);
        assert_eq!(status(&request("/", &["localhost"]), &[], "192.0.2.1:80"), 421);
    }

    #[test]
    fn connect_and_upgrades_are_refused() {
        let mut parts = request("/", &["127.0.0.1:8080"]);
        parts.headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        assert_eq!(status(&parts, &[], "127.0.0.1:8080"), 400);
        let mut parts = request("127.0.0.1:8080", &["127.0.0.1:8080"]);
        parts.method = Method::CONNECT;
        assert_eq!(status(&parts, &[], "127.0.0.1:8080"), 405);
    }

    #[test]
    fn a_head_at_the_caps_passes_and_one_over_does_not() {
        let local = "127.0.0.1:8080";
        let limits = ServeLimits::default();
        let with = |headers: usize, bytes: usize| {
            let mut parts = request("/", &[local]);
            for n in 0..headers - 2 {
                let name = format!("x{n}").parse::<http::HeaderName>().unwrap();
                parts.headers.append(name, HeaderValue::from_static(""));
            }
            let so_far: usize =
                parts.headers.iter().map(|(n, v)| n.as_str().len() + v.len()).sum::<usize>() + 1;
            let rest = "a".repeat(bytes - so_far - 4);
            parts.headers.insert("last", HeaderValue::from_str(&rest).unwrap());
            status(&parts, &[], local)
        };
        assert_eq!(with(limits.headers, limits.head_bytes), 200);
        assert_eq!(with(limits.headers + 1, limits.head_bytes), 431);
        assert_eq!(with(limits.headers, limits.head_bytes + 1), 431);
    }

    proptest! {
        #[test]
        fn no_host_but_ours_passes(name in "[ -~]{0,30}") {
            let Ok(value) = HeaderValue::from_str(&name) else { return Ok(()) };
            let mut parts = request("/", &[]);
            parts.headers.insert(HOST, value);
            let passed = status(&parts, &[], "127.0.0.1:8080") == 200;
            let ours = ["127.0.0.1:8080", "localhost:8080"];
            prop_assert_eq!(passed, ours.iter().any(|o| name.eq_ignore_ascii_case(o)));
        }
    }
}
