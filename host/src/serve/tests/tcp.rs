//! Connections of bytes.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::client::{connect, exchange, rest};
use super::{Fixture, block_on};

const PEER: &str = "127.0.0.1";

#[test]
fn bytes_go_both_ways_and_the_peer_is_an_address_and_no_more() {
    let fixture = Fixture::new();
    block_on(async {
        let server = fixture.serve("raw", |_| {});
        let mut stream = connect(server.local_addr()).await.unwrap();
        stream.write_all(b"ehello").await.unwrap();
        stream.shutdown().await.unwrap();
        assert_eq!(rest(&mut stream).await.unwrap(), format!("{PEER}hello"));
        let body = "x".repeat((1 << 20) - 1);
        let (mut read, mut write) = connect(server.local_addr()).await.unwrap().into_split();
        let sent = format!("e{body}");
        let sending = tokio::spawn(async move {
            write.write_all(sent.as_bytes()).await.unwrap();
            write.shutdown().await.unwrap();
        });
        let mut heard = String::new();
        read.read_to_string(&mut heard).await.unwrap();
        sending.await.unwrap();
        assert!(heard == format!("{PEER}{body}"), "{} bytes", heard.len());
    });
    assert!(fixture.refused().is_empty());
}

#[test]
fn a_guest_that_ends_closes_and_what_it_wrote_arrives_though_more_was_sent() {
    let fixture = Fixture::new();
    block_on(async {
        let server = fixture.serve("raw", |_| {});
        assert_eq!(exchange(server.local_addr(), b"xmore that nobody reads").await.unwrap(), PEER);
    });
}

#[test]
fn a_guest_that_fails_resets_the_connection() {
    let fixture = Fixture::new();
    block_on(async {
        let server = fixture.serve("raw", |_| {});
        for what in [b"t", b"r"] {
            assert!(exchange(server.local_addr(), what).await.is_err(), "{what:?}");
        }
    });
    assert_eq!(fixture.refused(), ["run::trapped", "guest-error"]);
}

#[test]
fn more_than_the_cap_is_neither_received_nor_sent() {
    let fixture = Fixture::new();
    block_on(async {
        let server = fixture.serve("raw", |limits| {
            limits.received_bytes = 10_000;
            limits.response_bytes = 100_000;
        });
        let sent = format!("u{}", "a".repeat(10_000));
        assert!(exchange(server.local_addr(), sent.as_bytes()).await.is_err());
        assert!(exchange(server.local_addr(), b"i").await.is_err());
        let mut stream = connect(server.local_addr()).await.unwrap();
        stream.write_all(&sent.as_bytes()[..10_000]).await.unwrap();
        stream.shutdown().await.unwrap();
        assert_eq!(rest(&mut stream).await.unwrap(), PEER);
    });
    let refused = fixture.refused();
    for code in ["too-large", "response-too-large"] {
        assert!(refused.iter().any(|r| r == code), "{code} is not in {refused:?}");
    }
}

#[test]
fn a_connection_ends_when_nothing_moves_and_when_its_time_is_over() {
    let fixture = Fixture::new();
    block_on(async {
        let soon = Duration::from_millis(200);
        let idle = fixture.serve("raw", |limits| limits.idle = soon);
        for beginning in [&b""[..], b"e", b"w"] {
            let began = Instant::now();
            drop(exchange(idle.local_addr(), beginning).await);
            assert!(soon <= began.elapsed(), "{beginning:?}");
        }
        let short = fixture.serve("raw", |limits| limits.request_time = soon);
        let (mut read, mut write) = connect(short.local_addr()).await.unwrap().into_split();
        let drip = tokio::spawn(async move {
            write.write_all(b"e").await.unwrap();
            while write.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let mut heard = Vec::new();
        drop(read.read_to_end(&mut heard).await);
        drip.await.unwrap();
    });
}

#[test]
fn a_client_over_its_rate_is_closed() {
    let fixture = Fixture::new();
    block_on(async {
        let server = fixture.serve("raw", |limits| limits.rate = 1);
        assert_eq!(exchange(server.local_addr(), b"x").await.unwrap(), PEER);
        assert_ne!(exchange(server.local_addr(), b"x").await.unwrap_or_default(), PEER);
    });
    assert_eq!(fixture.refused(), ["rate-limited"]);
}
