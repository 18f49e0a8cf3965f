//! One-shot requests, over TCP and UDP.

use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UdpSocket;
use workbooks_bindings::engine::{tcp, udp};

use super::{listen, peer};
use crate::capabilities::connection::EXCHANGE_MAX;
use crate::capabilities::tests::doubles::Fixture;
use crate::capabilities::{Tcp, Udp};
use crate::capability::Refusal;

const PEER: &str = "peer.example";

async fn ask_tcp(
    fixture: &mut Fixture,
    port: u16,
    data: &[u8],
    timeout: u32,
) -> Result<Vec<u8>, Refusal> {
    let tcp = Tcp::new(fixture.egress.clone());
    let call = &mut fixture.call(&tcp);
    tcp::Host::request(call, PEER.into(), port, data.to_vec(), timeout).await
}

async fn ask_udp(
    fixture: &mut Fixture,
    port: u16,
    data: Vec<u8>,
    timeout: u32,
) -> Result<Option<Vec<u8>>, Refusal> {
    let udp = Udp::new(fixture.egress.clone());
    udp::Host::request(&mut fixture.call(&udp), PEER.into(), port, data, timeout).await
}

/// A peer that sends so many bytes and ends.
async fn sends(count: usize) -> u16 {
    peer(async move |mut stream| {
        drop(stream.write_all(&vec![7; count]).await);
        drop(stream.shutdown().await);
        drop(stream.read_to_end(&mut Vec::new()).await);
    })
    .await
}

#[tokio::test]
async fn a_peer_hears_all_and_then_the_end_and_is_heard_to_its_end() {
    let port = peer(async |mut stream| {
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        heard.reverse();
        stream.write_all(&heard).await.unwrap();
    })
    .await;
    let mut fixture = Fixture::local().await;
    assert_eq!(ask_tcp(&mut fixture, port, b"abc", 5_000).await, Ok(b"cba".to_vec()));
    assert_eq!(fixture.dns.lookups(PEER), 1);
}

#[tokio::test]
async fn a_reply_is_as_large_as_the_cap_and_not_larger() {
    let mut fixture = Fixture::local().await;
    let whole = ask_tcp(&mut fixture, sends(EXCHANGE_MAX).await, b"", 9_000).await;
    assert_eq!(whole.map(|reply| reply.len()), Ok(EXCHANGE_MAX));
    let over = ask_tcp(&mut fixture, sends(EXCHANGE_MAX + 1).await, b"", 9_000).await;
    assert_eq!(over, Err(Refusal::TooLarge(EXCHANGE_MAX as u64)));
}

#[tokio::test]
async fn an_endless_peer_is_cut_off() {
    let (gone, is_gone) = tokio::sync::oneshot::channel();
    let port = peer(async move |mut stream| {
        while stream.write_all(&[0; 4096]).await.is_ok() {}
        gone.send(()).unwrap();
    })
    .await;
    let said = ask_tcp(&mut Fixture::local().await, port, b"", 9_000).await;
    assert_eq!(said, Err(Refusal::TooLarge(EXCHANGE_MAX as u64)));
    is_gone.await.unwrap();
}

#[tokio::test]
async fn what_is_sent_and_answered_at_once_is_not_stuck() {
    let port = peer(async |mut stream| {
        let (mut reader, mut writer) = stream.split();
        drop(tokio::io::copy(&mut reader, &mut writer).await);
    })
    .await;
    let data: Vec<u8> = (0..EXCHANGE_MAX).map(|at| at.to_le_bytes()[0]).collect();
    assert_eq!(ask_tcp(&mut Fixture::local().await, port, &data, 9_000).await, Ok(data));
}

#[tokio::test]
async fn a_silent_peer_is_not_waited_for_beyond_the_time() {
    let port = peer(async |stream| {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let begun = Instant::now();
    assert_eq!(ask_tcp(&mut Fixture::local().await, port, b"", 30).await, Err(Refusal::Timeout));
    assert!(begun.elapsed().as_secs() < 5);
}

#[tokio::test]
async fn a_revoked_caller_waits_no_longer() {
    let port = peer(async |mut stream| {
        drop(stream.read_to_end(&mut Vec::new()).await);
        std::future::pending::<()>().await;
    })
    .await;
    let mut fixture = Fixture::local().await;
    let principal = fixture.caller.principal().clone();
    let (said, ()) = tokio::join!(ask_tcp(&mut fixture, port, b"", 9_000), async {
        tokio::task::yield_now().await;
        principal.revoke();
    });
    assert_eq!(said, Err(Refusal::Revoked));
}

#[tokio::test]
async fn a_peer_that_dies_is_no_end() {
    let port = peer(async |mut stream| {
        stream.write_all(b"half").await.unwrap();
        stream.set_zero_linger().unwrap();
    })
    .await;
    let said = ask_tcp(&mut Fixture::local().await, port, b"", 5_000).await;
    assert!(matches!(said, Err(Refusal::Unavailable(_))), "{said:?}");
}

#[tokio::test]
async fn a_closed_port_is_unavailable() {
    let (listener, port) = listen().await;
    drop(listener);
    let said = ask_tcp(&mut Fixture::local().await, port, b"", 5_000).await;
    assert!(matches!(said, Err(Refusal::Unavailable(_))), "{said:?}");
}

/// A UDP peer that answers each datagram with what `answer` makes of it.
async fn udp_peer(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut heard = vec![0; 65_536];
        while let Ok((length, from)) = socket.recv_from(&mut heard).await {
            // Somebody else answers first, and is not heard.
            let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            other.send_to(b"not I", from).await.unwrap();
            if let Some(reply) = answer(&heard[..length]) {
                socket.send_to(&reply, from).await.unwrap();
            }
        }
    });
    port
}

#[tokio::test]
async fn a_datagram_is_answered_by_its_peer_alone() {
    let port = udp_peer(|heard| Some(heard.iter().rev().copied().collect())).await;
    let mut fixture = Fixture::local().await;
    assert_eq!(ask_udp(&mut fixture, port, b"abc".to_vec(), 5_000).await, Ok(Some(b"cba".into())));
    assert_eq!(ask_udp(&mut fixture, port, vec![], 5_000).await, Ok(Some(vec![])));
    assert_eq!(fixture.dns.lookups(PEER), 2);
}

#[tokio::test]
async fn the_largest_datagram_goes_and_comes_whole() {
    let port = udp_peer(|heard| Some(heard.to_vec())).await;
    let data: Vec<u8> = (0..65_507_usize).map(|at| at.to_le_bytes()[0]).collect();
    assert_eq!(
        ask_udp(&mut Fixture::local().await, port, data.clone(), 5_000).await,
        Ok(Some(data))
    );
}

#[tokio::test]
async fn no_reply_in_time_is_none() {
    let port = udp_peer(|_| None).await;
    assert_eq!(ask_udp(&mut Fixture::local().await, port, vec![1], 30).await, Ok(None));
}
