//! Pages from servers: refusals first.

use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Response;
use http_body_util::Full;
use tokio::io::AsyncWriteExt as _;
use wasmtime::component::ResourceTable;
use workbooks_bindings::engine::browse::{Format, Host as _, Page};

use crate::admission::{Caller, Decision};
use crate::capabilities::Browse;
use crate::capability::{Call, Refusal};
use crate::egress::doubles::{
    Dns, Raw, Web, caller, caller_under, dialled, egress, stranger, text,
};

async fn fetch(caller: &Arc<Caller>, url: &str) -> Result<Page, Refusal> {
    let browse = Browse::new(Arc::new(egress(Dns::start().await.resolver(), None)), None);
    Call::new(&browse, caller, &mut ResourceTable::new()).fetch(url.to_owned(), Format::Text).await
}

fn typed(media: &str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut answer = text(200, body);
    answer.headers_mut().insert("content-type", media.parse().unwrap());
    answer
}

fn leading(to: &str) -> Response<Full<Bytes>> {
    let mut answer = text(302, "");
    answer.headers_mut().insert("location", to.parse().unwrap());
    answer
}

#[tokio::test]
async fn an_address_that_is_not_public_is_refused_and_not_dialled() {
    let network = Arc::new(egress(Dns::start().await.resolver(), None));
    let browse = Browse::new(network.clone(), None);
    let (caller, audit) = caller_under("");
    for url in [
        "http://127.0.0.1/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "https://router.internal/",
        "file:///etc/passwd",
        "ftp://example.org/",
        "https://user:word@example.org/",
    ] {
        let mut table = ResourceTable::new();
        let mut call = Call::new(&browse, &caller, &mut table);
        let refused = call.fetch(url.to_owned(), Format::Text).await.map(|_| ()).unwrap_err();
        assert!(matches!(refused, Refusal::Denied(_)), "{url}: {refused:?}");
    }
    assert_eq!(dialled(&network), 0);
    assert_eq!(audit.records()[0].decision, Decision::Denied("denied".into()));
}

#[tokio::test]
async fn a_redirect_to_what_may_not_be_dialled_is_refused() {
    let (named, _) = caller_under("private = ['127.0.0.0/8']");
    for to in ["http://10.0.0.1/", "http://169.254.169.254/", "file:///etc/passwd", "http://[::1]/"]
    {
        let web = Web::start(None, move |_| leading(to)).await;
        let refused = fetch(&named, &format!("http://{}/", web.address())).await.map(|_| ());
        assert!(matches!(refused, Err(Refusal::Denied(_))), "{to}: {refused:?}");
        assert_eq!(web.connections(), 1);
    }
}

#[tokio::test]
async fn a_sixth_redirect_is_refused_and_five_lead_to_the_page() {
    let web = Web::start(None, |seen| {
        let left: u32 = seen.uri.path()[1..].parse().unwrap();
        if left == 0 {
            typed("text/html", "<p>here <a href=x>x</a>")
        } else {
            leading(&format!("/{}", left - 1))
        }
    });
    let web = web.await;
    let refused = fetch(&caller(), &format!("http://{}/6", web.address())).await.map(|_| ());
    assert!(matches!(refused, Err(Refusal::Unavailable(_))));
    let page = fetch(&caller(), &format!("http://{}/5", web.address())).await.unwrap();
    assert_eq!(page.url, format!("http://{}/0", web.address()));
    assert_eq!(page.links, [format!("http://{}/x", web.address())]);
    assert_eq!(page.body, "here x");
}

#[tokio::test]
async fn what_is_no_page_is_refused_and_so_is_what_is_not_there() {
    let web = Web::start(None, |seen| match seen.uri.path() {
        "/image" => typed("image/png", "x"),
        path => text(path[1..].parse().unwrap(), "x"),
    });
    let web = web.await;
    for (path, code) in [
        ("image", "unsupported"),
        ("404", "not-found"),
        ("410", "not-found"),
        ("403", "unavailable"),
        ("503", "unavailable"),
    ] {
        let refused = fetch(&caller(), &format!("http://{}/{path}", web.address())).await;
        assert_eq!(refused.map(|_| ()).unwrap_err().code(), code, "{path}");
    }
}

#[tokio::test]
async fn a_body_over_the_cap_is_refused_packed_or_not() {
    let web = Web::start(None, |seen| {
        assert_eq!(seen.headers["accept-encoding"], "identity");
        let body = vec![b' '; (4 << 20) + 1];
        if seen.uri.path() == "/plain" {
            return typed("text/plain", body);
        }
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(&body).unwrap();
        let mut answer = typed("text/html", packer.finish().unwrap());
        answer.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        answer
    });
    let web = web.await;
    for path in ["plain", "bomb"] {
        let refused = fetch(&caller(), &format!("http://{}/{path}", web.address())).await;
        assert_eq!(refused.map(|_| ()).unwrap_err(), Refusal::TooLarge(4 << 20), "{path}");
    }
}

#[tokio::test]
async fn a_body_without_an_end_is_refused_at_the_cap() {
    let web = Raw::start(|mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n";
        let mut written = stream.write_all(head).await;
        while written.is_ok() {
            written = stream.write_all(&[b'x'; 1 << 12]).await;
        }
    });
    let web = web.await;
    let refused = fetch(&caller(), &format!("http://127.0.0.1:{}/", web.port())).await;
    assert_eq!(refused.map(|_| ()).unwrap_err(), Refusal::TooLarge(4 << 20));
}

#[tokio::test]
async fn a_packed_page_is_unpacked() {
    let web = Web::start(None, |_| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(b"<title>t</title><p>caf\xe9").unwrap();
        let mut answer = typed("text/html; charset=latin1", packer.finish().unwrap());
        answer.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        answer
    });
    let web = web.await;
    let page = fetch(&caller(), &format!("http://{}/", web.address())).await.unwrap();
    assert_eq!((page.title.as_str(), page.body.as_str()), ("t", "caf\u{e9}"));
}

#[tokio::test]
async fn who_is_revoked_is_refused_at_the_gate() {
    let caller = stranger();
    caller.principal().revoke();
    let refused = fetch(&caller, "https://example.org/").await.map(|_| ());
    assert_eq!(refused, Err(Refusal::Revoked));
}
