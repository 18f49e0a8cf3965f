//! How a server ends: drained, dropped, revoked.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::client::{ask, connect, get, rest, status};
use super::{Fixture, ServeOptions, block_on, grant, guest};
use crate::policy::{Scheme, ToolkitPolicy};
use crate::serve::Drained;
use crate::{Artifact, Grant, Host, Profile, ServeError};

/// A request whose answer has begun.
async fn begun(address: std::net::SocketAddr, path: &str) -> TcpStream {
    let mut stream = connect(address).await.unwrap();
    stream.write_all(get(address, path).as_bytes()).await.unwrap();
    let mut heard = [0; 12];
    stream.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"HTTP/1.1 200");
    stream
}

#[test]
fn what_may_not_be_served_is_not() {
    let host = Host::builder().threads(1).build().unwrap();
    let prepare = |grant: &Grant| host.prepare(&Artifact::bare(&guest::mute()), grant).unwrap();
    let bare = Grant::bare("guest", &Profile::named("compute"), &ToolkitPolicy::default());
    let refused = prepare(&bare).serve("web", ServeOptions::default());
    assert!(matches!(refused, Err(ServeError::NotGranted { .. })), "{refused:?}");
    let prepared = prepare(&grant(|_| {}));
    let refused = prepared.serve("other", ServeOptions::default());
    let Err(ServeError::UnknownEndpoint { names, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(names, ["raw", "web"]);
    for endpoint in ["web", "raw"] {
        let refused = prepared.serve(endpoint, ServeOptions::default());
        assert!(matches!(refused, Err(ServeError::NoHandler { .. })), "{refused:?}");
    }
    host.revoke("guest");
    let refused = prepared.serve("web", ServeOptions::default());
    assert!(matches!(refused, Err(ServeError::Revoked { .. })), "{refused:?}");
}

#[test]
fn an_address_in_use_is_told() {
    let fixture = Fixture::new();
    let (_server, address) = fixture.web();
    let mut again = fixture.prepared.grant().clone();
    again.endpoints.get_mut("web").unwrap().address = address;
    let prepared = fixture.host.prepare(&Artifact::bare(guest::component()), &again).unwrap();
    assert!(prepared.handles(Scheme::Http) && prepared.handles(Scheme::Tcp));
    let refused = prepared.serve("web", ServeOptions::default());
    assert!(matches!(refused, Err(ServeError::InUse { .. })), "{refused:?}");
}

#[test]
fn a_revocation_ends_what_is_under_way_and_closes_the_listener() {
    let fixture = Fixture::new();
    block_on(async {
        let (mut server, address) = fixture.web();
        let mut raw = fixture.serve("raw", |_| {});
        let mut streaming = begun(address, "/quarter").await;
        let mut waiting = connect(address).await.unwrap();
        waiting.write_all(get(address, "/wait").as_bytes()).await.unwrap();
        let mut idle = connect(address).await.unwrap();
        let mut open = connect(raw.local_addr()).await.unwrap();
        open.write_all(b"w").await.unwrap();
        let mut peer = [0; 9];
        open.read_exact(&mut peer).await.unwrap();
        fixture.host.revoke("guest");
        server.ended().await;
        raw.ended().await;
        for stream in [&mut streaming, &mut waiting, &mut idle, &mut open] {
            let rest = rest(stream).await.unwrap_or_default();
            assert!(!rest.ends_with("0\r\n\r\n"), "{rest}");
        }
        assert!(connect(address).await.is_err());
        assert!(connect(raw.local_addr()).await.is_err());
    });
}

#[test]
fn a_server_that_is_drained_answers_what_has_begun_and_nothing_more() {
    let fixture = Fixture::new();
    block_on(async {
        let (server, address) = fixture.web();
        let mut idle = begun_and_kept(address).await;
        let asked: Vec<_> =
            (0..16).map(|_| tokio::spawn(async move { ask(address, "/k").await })).collect();
        // The last of them has been heard when its guest waits.
        while fixture.prepared.0.principal.requests(0).available_permits() > 64 - 16 {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.drain(Duration::from_secs(20)).await, Drained::Whole);
        for answer in asked {
            assert_eq!(answer.await.unwrap(), (200, "hello".to_owned()));
        }
        assert_eq!(rest(&mut idle).await.unwrap_or_default(), "");
        assert!(connect(address).await.is_err());
    });
    assert!(fixture.refused().is_empty());
}

/// A connection that has been answered once and is kept open.
async fn begun_and_kept(address: std::net::SocketAddr) -> TcpStream {
    let mut stream = connect(address).await.unwrap();
    let head = get(address, "/").replace("connection: close\r\n", "");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"0\r\n\r\n") {
        stream.read_buf(&mut heard).await.unwrap();
    }
    stream
}

#[test]
fn what_does_not_end_in_time_is_cut() {
    let fixture = Fixture::new();
    block_on(async {
        let (server, address) = fixture.web();
        let mut streaming = begun(address, "/quarter").await;
        assert_eq!(server.drain(Duration::from_millis(50)).await, Drained::Cut);
        assert!(!rest(&mut streaming).await.unwrap_or_default().ends_with("0\r\n\r\n"));
    });
}

#[test]
fn a_guest_may_go_on_after_its_answer_and_a_drain_waits_for_it() {
    let fixture = Fixture::new();
    block_on(async {
        let (server, address) = fixture.web();
        assert_eq!(ask(address, "/f").await, (200, "hello".to_owned()));
        assert_eq!(server.drain(Duration::from_millis(50)).await, Drained::Cut);
    });
}

#[test]
fn a_server_that_is_dropped_no_longer_listens() {
    let fixture = Fixture::new();
    block_on(async {
        let (server, address) = fixture.web();
        assert_eq!(status(&format!("HTTP/1.1 {}", ask(address, "/").await.0)), 200);
        drop(server);
        while connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
}
