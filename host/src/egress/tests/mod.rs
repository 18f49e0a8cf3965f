//! The attacks, at each door: what is refused, and that nothing was asked for or dialled.

mod dialling;
mod exchange;
mod fetch;
mod following;
mod guard;
mod holding;
mod secrets;
mod wasi_http;

use std::sync::Arc;

use http::{Request, Response};
use workbooks_bindings::Refusal;

use super::Egress;
use super::doubles::soon;
use super::http::{Body, Bounds, Outgoing, collect, read_url, whole};
use crate::admission::Caller;

/// URLs that no guest may fetch, by the number of the class that they stand for; none of them is
/// worth a lookup.
const FORBIDDEN_URLS: &[&str] = &[
    // Spellings of an address.
    "http://127.0.0.1/",
    "http://127.0.0.2/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0.0.0.0/",
    "http://0/",
    "http://0.1.2.3/",
    "http://localhost/",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://foo.localhost/",
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:1::]/",
    "http://[::5efe:10.0.0.1]/",
    "http://[fe80::1%25eth0]/",
    "http://169.254.169.254/latest/",
    "http://169.254.170.2/",
    "http://169.254.169.253/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
    "http://metadata.google.internal/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://192.0.0.1/",
    "http://192.0.2.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[fc00::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://[100::1]/",
    // Spellings of a host.
    "http://１２７。0。0。1/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%00/",
    "http://a%0d%0ab/",
    "http://example.org./",
    "http://intranet/",
    "http://xn--/",
    // Users, fragments, backslashes.
    "http://example.org@127.0.0.1/",
    "http://a:b@example.org/",
    "http://@127.0.0.1/",
    "http://127.0.0.1#@example.org",
    "http://127.0.0.1\\@example.org/",
    "http:\\\\127.0.0.1/",
    "http://example.org\\.localhost/",
    // Schemes and ports.
    "file:///etc/passwd",
    "gopher://example.org/",
    "ftp://example.org/",
    "data:text/plain,x",
    "unix:/run/x",
    "ws://example.org/",
    "javascript:0",
    "//example.org/",
    "/x",
    "",
    "http://",
    "https:///",
    "http://example.org:0/",
    "http://example.org:22/",
    "http://example.org:25/",
    "http://example.org:6667/",
    "http://example.org:65536/",
    "http://example.org:-1/",
    // What browsers drop.
    " http://example.org/",
    "http://exam\tple.org/",
    "http://example.org/\r\nX: y",
    "ht\ntp://a.org/",
    "http://example.org/\0",
    "http://example.org/a b",
];

async fn send(
    egress: &Egress,
    caller: &Arc<Caller>,
    request: Request<Body>,
) -> Result<Response<Body>, Refusal> {
    egress.send(caller, request, &Bounds::until(soon())).await
}

fn get(url: &str) -> Request<Body> {
    Request::get(url).body(whole("")).unwrap()
}

fn outgoing(method: &str, url: &str) -> Outgoing {
    Outgoing {
        method: method.parse().unwrap(),
        url: read_url(url).unwrap(),
        headers: http::HeaderMap::new(),
        body: "body".into(),
    }
}

async fn read(response: Response<Body>) -> Result<String, Refusal> {
    let bytes = collect(response.into_body(), 80 << 20).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
