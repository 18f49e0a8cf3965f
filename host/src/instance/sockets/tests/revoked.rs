//! What becomes of open sockets when the grant is withdrawn, and of a guest over its rate.

use tokio::io::AsyncReadExt as _;
use wasmtime_wasi::p2::StreamError;
use wasmtime_wasi::p2::bindings::io::streams::{HostInputStream, HostOutputStream};
use wasmtime_wasi::p2::bindings::sockets::tcp::HostTcpSocket;

use super::*;

#[tokio::test]
async fn a_reader_that_waits_is_refused_and_the_peer_sees_the_end() {
    let mut guest = Guest::local().await;
    let (_socket, (input, output), mut peer) = guest.connected().await;
    let principal = guest.fixture.caller.principal().clone();
    let reads = guest.fixture.table.blocking_read(again(&input), 9);
    let (read, ()) = tokio::join!(reads, async {
        tokio::task::yield_now().await;
        principal.revoke();
    });
    let Err(StreamError::LastOperationFailed(why)) = read else { panic!("{read:?}") };
    let why = guest.fixture.table.push(why).unwrap();
    let code = network::Host::network_error_code(&mut guest.gate(), why).unwrap();
    assert_eq!(code, Some(ErrorCode::AccessDenied));
    assert_eq!(peer.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    let written = guest.fixture.table.check_write(output);
    assert!(matches!(written, Err(StreamError::LastOperationFailed(_))));
}

#[tokio::test]
async fn the_sockets_of_a_guest_that_does_nothing_close() {
    let mut guest = Guest::local().await;
    let (socket, (input, output), mut peer) = guest.connected().await;
    guest.fixture.revoke();
    assert_eq!(peer.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    HostInputStream::drop(&mut guest.fixture.table, input).await.unwrap();
    HostOutputStream::drop(&mut guest.fixture.table, output).await.unwrap();
    HostTcpSocket::drop(&mut guest.gate(), socket).unwrap();
}

#[tokio::test]
async fn the_datagrams_of_a_guest_that_does_nothing_are_heard_by_nobody() {
    let peer = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut guest = Guest::local().await;
    let (_socket, (_incoming, outgoing)) = guest.streams(None).await.unwrap();
    let at = peer.local_addr().unwrap().to_string();
    guest.send(&outgoing, &[Some(&at)]).await.unwrap();
    let (_, from) = peer.recv_from(&mut [0; 9]).await.unwrap();
    peer.connect(from).await.unwrap();
    guest.fixture.revoke();
    // The system says so once the port is closed.
    while peer.send(b"anybody?").await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn over_the_rate_it_is_to_be_tried_again() {
    let mut guest = Guest::local().await;
    let socket = guest.tcp().unwrap();
    let mut last = Ok(0);
    for _ in 0..1_001 {
        last = said(guest.gate().hop_limit(again(&socket)));
    }
    assert_eq!(last, Err(ErrorCode::WouldBlock));
}
