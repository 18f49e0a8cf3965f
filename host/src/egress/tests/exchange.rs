//! One request and its response: what may stand in a head, and how much of anything.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderName, Request, Version};
use http_body::Frame;
use http_body_util::BodyExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use workbooks_bindings::Refusal;

use super::{get, read, send};
use crate::egress::Egress;
use crate::egress::doubles::{Authority, Dns, Raw, Web, caller, egress, soon, stranger, text};
use crate::egress::http::{Bounds, whole};

async fn quiet() -> Egress {
    egress(Dns::start().await.resolver(), None)
}

#[tokio::test]
async fn headers_that_are_the_host_s_are_denied_before_anything_is_dialled() {
    let web = Web::start(None, |_| text(200, "")).await;
    for name in [
        "Host",
        "Connection",
        "Keep-Alive",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Proxy-Anything",
        "Transfer-Encoding",
        "TE",
        "Trailer",
        "Upgrade",
        "HTTP2-Settings",
        "Expect",
    ] {
        let url = format!("http://127.0.0.1:{}/", web.port());
        let request = Request::get(url).header(name, "x").body(whole("")).unwrap();
        let refused = send(&quiet().await, &caller(), request).await.unwrap_err();
        assert!(matches!(refused, Refusal::Denied(_)), "{name}: {refused:?}");
    }
    assert_eq!(web.connections(), 0);
}

#[tokio::test]
async fn a_head_over_its_bounds_or_with_a_false_length_is_refused() {
    let request = || Request::post("http://8.8.8.8/");
    let mut many = request();
    for at in 0..101 {
        many = many.header(format!("x-{at}"), "y");
    }
    let long = request().header("x", "y".repeat(65 << 10));
    let path = Request::post(format!("http://8.8.8.8/{}", "x".repeat(9 << 10)));
    let cases = [
        (many, Refusal::Quota(100)),
        (long, Refusal::TooLarge(64 << 10)),
        (path, Refusal::TooLarge(8 << 10)),
    ];
    for (request, refusal) in cases {
        let request = request.body(whole("body")).unwrap();
        assert_eq!(send(&quiet().await, &stranger(), request).await.unwrap_err(), refusal);
    }
    for length in ["3", "5", "-4", "+4", "", "4x", "99999999999999999999"] {
        let request = request().header("content-length", length).body(whole("body")).unwrap();
        let refused = send(&quiet().await, &stranger(), request).await.unwrap_err();
        assert!(matches!(refused, Refusal::Invalid(_)), "{length}: {refused:?}");
    }
    let twice = request().header("content-length", "4").header("content-length", "4");
    let twice = twice.body(whole("body")).unwrap();
    assert!(send(&quiet().await, &stranger(), twice).await.is_err());
}

#[tokio::test]
async fn tunnels_and_targets_that_are_not_http_are_refused() {
    for (method, uri) in [
        ("CONNECT", "8.8.8.8:443"),
        ("CONNECT", "http://8.8.8.8/"),
        ("TRACE", "http://8.8.8.8/"),
        ("GET", "/"),
        ("GET", "ftp://8.8.8.8/"),
        ("GET", "http://user@8.8.8.8/"),
        ("GET", "http://8.8.8.8:99999/"),
        ("GET", "http://8.8.8.8:22/"),
    ] {
        let Ok(request) = Request::builder().method(method).uri(uri).body(whole("")) else {
            continue;
        };
        let refused = send(&quiet().await, &stranger(), request).await.unwrap_err();
        let plain = matches!(refused, Refusal::Denied(_) | Refusal::Invalid(_));
        assert!(plain, "{method} {uri}: {refused:?}");
    }
}

#[tokio::test]
async fn a_request_goes_out_as_it_is_by_either_version() {
    let authority = Authority::new();
    let dns = Dns::start().await.with("a.example.org", &["127.0.0.1"]);
    let egress = egress(dns.resolver(), Some(&authority));
    for (alpn, version) in
        [("h2", Version::HTTP_2), ("http/1.1", Version::HTTP_11), ("", Version::HTTP_11)]
    {
        let alpn: Vec<_> = [alpn].into_iter().filter(|name| !name.is_empty()).collect();
        let server = authority.server(&["a.example.org"], &alpn);
        let web = Web::start(Some(server), |seen| text(201, seen.body.clone())).await;
        let authority = format!("a.example.org:{}", web.port());
        for _ in 0..2 {
            let request = Request::put(format!("https://A.example.org:{}/p?q=1", web.port()))
                .header("x-a", "b")
                .body(whole("hello"))
                .unwrap();
            let response = send(&egress, &caller(), request).await.unwrap();
            assert_eq!(response.status(), 201);
            assert_eq!(read(response).await.unwrap(), "hello");
        }
        let seen = &web.seen()[0];
        assert_eq!((seen.version, seen.method.as_str()), (version, "PUT"));
        assert_eq!(seen.uri.path_and_query().unwrap(), "/p?q=1");
        let host = seen
            .uri
            .authority()
            .map_or_else(|| seen.headers["host"].to_str().unwrap().to_owned(), ToString::to_string);
        assert_eq!(host, authority);
        assert_eq!(seen.headers["x-a"], "b");
        assert_eq!(seen.headers["accept-encoding"], "identity");
        assert_eq!(web.connections(), 2, "a connection was used twice");
    }
}

#[tokio::test]
async fn a_name_with_no_lifetime_is_looked_up_for_each_request() {
    let web = Web::start(None, |_| text(200, "")).await;
    let dns = Dns::start().await.rebinding("a.example.org", &[&["127.0.0.1"], &["10.0.0.1"]]);
    let egress = egress(dns.resolver(), None);
    let url = format!("http://a.example.org:{}/", web.port());
    assert!(send(&egress, &caller(), get(&url)).await.is_ok());
    let refused = send(&egress, &caller(), get(&url)).await.unwrap_err();
    assert!(matches!(refused, Refusal::Denied(_)), "{refused:?}");
    assert_eq!((dns.lookups("a.example.org"), web.connections()), (2, 1));
}

#[tokio::test]
async fn hints_to_go_elsewhere_are_answers_and_nothing_more() {
    let web = Web::start(None, |_| {
        let mut response = text(200, "");
        for (name, value) in [
            ("alt-svc", "h3=\"10.0.0.1:443\""),
            ("refresh", "0; url=http://10.0.0.1/"),
            ("location", "http://10.0.0.1/"),
        ] {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        response
    })
    .await;
    let url = format!("http://127.0.0.1:{}/", web.port());
    let egress = quiet().await;
    let sent = super::outgoing("GET", &url);
    let bounds = Bounds::until(soon());
    let followed = egress.follow(&caller(), sent, None, &bounds).await.unwrap();
    assert!(followed.response.headers().contains_key("refresh"));
    assert_eq!(web.connections(), 1);
}

async fn raw(head: &'static str, piece: &'static str, times: usize, held: bool) -> Raw {
    Raw::start(move |mut stream: TcpStream| async move {
        drop(stream.write_all(head.as_bytes()).await);
        for _ in 0..times {
            if stream.write_all(piece.as_bytes()).await.is_err() {
                return;
            }
        }
        if held {
            std::future::pending::<()>().await;
        }
    })
    .await
}

async fn refusal(server: &Raw, bounds: Bounds) -> Refusal {
    let url = format!("http://127.0.0.1:{}/", server.port());
    match quiet().await.send(&caller(), get(&url), &bounds).await {
        Ok(response) => read(response).await.unwrap_err(),
        Err(refusal) => refusal,
    }
}

#[tokio::test]
async fn heads_without_end_are_cut_off() {
    let endless = raw("HTTP/1.1 200 OK\r\n", "x: y\r\n", 1_000_000, false).await;
    assert_eq!(refusal(&endless, Bounds::until(soon())).await, Refusal::TooLarge(64 << 10));
    let long = raw("HTTP/1.1 200 OK\r\nx: ", "yyyyyyyyyyyyyyyyyyyyyyyy", 100_000, false).await;
    assert_eq!(refusal(&long, Bounds::until(soon())).await, Refusal::TooLarge(64 << 10));
    let noise = raw("SSH-2.0-x\r\n", "", 0, false).await;
    let refused = refusal(&noise, Bounds::until(soon())).await;
    assert!(matches!(refused, Refusal::Unavailable(_)), "{refused:?}");
    let other =
        raw("HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: y\r\n\r\n", "", 0, true).await;
    let refused = refusal(&other, Bounds::until(soon())).await;
    assert!(matches!(refused, Refusal::Unavailable(_)), "{refused:?}");
}

#[tokio::test]
async fn a_head_of_http_2_has_the_same_bounds() {
    let authority = Authority::new();
    let dns = Dns::start().await.with("a.example.org", &["127.0.0.1"]);
    let egress = egress(dns.resolver(), Some(&authority));
    for (count, length) in [(200, 1), (20, 8 << 10)] {
        let tls = authority.server(&["a.example.org"], &["h2"]);
        let web = Web::start(Some(tls), move |_| {
            let mut response = text(200, "");
            for at in 0..count {
                let name: HeaderName = format!("x-{at}").parse().unwrap();
                response.headers_mut().insert(name, "y".repeat(length).parse().unwrap());
            }
            response
        })
        .await;
        let url = format!("https://a.example.org:{}/", web.port());
        let refused = send(&egress, &caller(), get(&url)).await.unwrap_err();
        let typed = matches!(refused, Refusal::TooLarge(_) | Refusal::Unavailable(_));
        assert!(typed, "{count} × {length}: {refused:?}");
    }
}

#[tokio::test]
async fn a_principal_has_so_many_connections_and_gets_them_back() {
    let web = Web::start(None, |_| text(200, "x")).await;
    let url = format!("http://127.0.0.1:{}/", web.port());
    let (egress, caller) = (quiet().await, caller());
    let held: Vec<_> = (0..64).map(|_| caller.principal().connection().unwrap()).collect();
    assert_eq!(send(&egress, &caller, get(&url)).await.unwrap_err(), Refusal::Quota(64));
    assert_eq!(web.connections(), 0);
    drop(held);
    for _ in 0..65 {
        let response = send(&egress, &caller, get(&url)).await.unwrap();
        drop(response);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_is_slow_is_not_waited_for() {
    let soon = || Instant::now() + Duration::from_millis(50);
    let head = raw("HTTP/1.1 200 OK\r\nx: ", "", 0, true).await;
    assert_eq!(refusal(&head, Bounds::until(soon())).await, Refusal::Timeout);
    let body = raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", "x", 1, true).await;
    assert_eq!(refusal(&body, Bounds::until(soon())).await, Refusal::Timeout);
    let long = Instant::now() + Duration::from_mins(1);
    let idle = Bounds { idle: Duration::from_millis(30), ..Bounds::until(long) };
    assert_eq!(refusal(&body, idle).await, Refusal::Timeout);
}

#[tokio::test]
async fn a_body_ends_at_its_cap_and_never_silently() {
    let cap = |response| Bounds { response, ..Bounds::until(soon()) };
    let endless = raw("HTTP/1.1 200 OK\r\n\r\n", "yyyyyyyyyyyyyyyy", 1_000_000, false).await;
    assert_eq!(refusal(&endless, cap(1 << 20)).await, Refusal::TooLarge(1 << 20));
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunked = raw(chunked, "8\r\nyyyyyyyy\r\n", 1_000_000, false).await;
    assert_eq!(refusal(&chunked, cap(1 << 20)).await, Refusal::TooLarge(1 << 20));
    let declared = raw("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n", "", 0, true).await;
    assert_eq!(refusal(&declared, cap(10)).await, Refusal::TooLarge(10));
    let short = raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", "x", 1, false).await;
    let refused = refusal(&short, cap(10)).await;
    assert_eq!(refused, Refusal::Unavailable("the far side broke off the exchange".into()));

    let exact = raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n", "y", 10, false).await;
    let url = format!("http://127.0.0.1:{}/", exact.port());
    let response = quiet().await.send(&caller(), get(&url), &cap(10)).await.unwrap();
    assert_eq!(read(response).await.unwrap().len(), 10);
}

#[tokio::test]
async fn a_bomb_is_just_bytes() {
    let bomb = raw(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n",
        "\x1f\x0b\x08\x00",
        1,
        false,
    )
    .await;
    let url = format!("http://127.0.0.1:{}/", bomb.port());
    let response = send(&quiet().await, &caller(), get(&url)).await.unwrap();
    assert_eq!(read(response).await.unwrap(), "\x1f\x0b\x08\x00");
}

#[tokio::test]
async fn a_request_s_body_ends_at_its_cap() {
    let web = Web::start(None, |_| text(200, "")).await;
    let url = format!("http://127.0.0.1:{}/", web.port());
    let bounds = Bounds { request: 10, ..Bounds::until(soon()) };
    let known = Request::post(&url).body(whole("eleven bytes")).unwrap();
    let refused = quiet().await.send(&caller(), known, &bounds).await.unwrap_err();
    assert_eq!((refused, web.connections()), (Refusal::TooLarge(10), 0));

    let endless = Endless.boxed_unsync();
    let request = Request::post(&url).body(endless).unwrap();
    let refused = quiet().await.send(&caller(), request, &bounds).await.unwrap_err();
    assert_eq!(refused, Refusal::TooLarge(10));
}

/// A body that never ends.
struct Endless;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"xxxx")))))
    }
}

#[tokio::test]
async fn a_withdrawn_grant_ends_a_wait_and_a_body_and_closes_the_connection() {
    let closed = Arc::new(Notify::new());
    let (told, begun) = (closed.clone(), Arc::new(Notify::new()));
    let began = begun.clone();
    let server = Raw::start(move |mut stream: TcpStream| {
        let (told, began) = (told.clone(), began.clone());
        async move {
            began.notify_one();
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nsome").await);
            // Nothing more comes from a client that has closed.
            drop(tokio::io::copy(&mut stream, &mut tokio::io::sink()).await);
            told.notify_one();
        }
    })
    .await;
    let (egress, caller) = (quiet().await, caller());
    let url = format!("http://127.0.0.1:{}/", server.port());
    let response = send(&egress, &caller, get(&url)).await.unwrap();
    begun.notified().await;
    caller.principal().revoke();
    // The guest reads nothing: the connection closes all the same.
    tokio::time::timeout(Duration::from_secs(10), closed.notified()).await.unwrap();
    assert_eq!(read(response).await.unwrap_err(), Refusal::Revoked);

    let silent = raw("", "", 0, true).await;
    let caller = crate::egress::doubles::caller();
    let url = format!("http://127.0.0.1:{}/", silent.port());
    let (sent, ()) = tokio::join!(send(&egress, &caller, get(&url)), async {
        tokio::task::yield_now().await;
        caller.principal().revoke();
    });
    assert_eq!(sent.unwrap_err(), Refusal::Revoked);
}
