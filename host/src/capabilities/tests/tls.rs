//! TLS, by a private authority.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use wasmtime_wasi::p2::StreamError;
use wasmtime_wasi::p2::bindings::io::streams::{HostInputStream, HostOutputStream};
use workbooks_bindings::engine::tls::{Host, HostConnection};

use super::peer;
use crate::capabilities::Tls;
use crate::capabilities::tests::doubles::{ALL, Fixture, LOCAL};
use crate::capability::Refusal;
use crate::egress::doubles::{Authority, Dns};

/// A guest that trusts an authority, and a server that the authority vouches for as `name`.
async fn with_server(name: &str) -> (Fixture, TlsAcceptor) {
    let authority = Authority::new();
    let dns = Dns::start().await.with("peer.example", &["127.0.0.1"]);
    let fixture = Fixture::trusting(Some(&authority), &[ALL, LOCAL], &dns);
    (fixture, TlsAcceptor::from(authority.server(&[name], &[])))
}

/// A server that does this to whoever gets through the handshake.
async fn serve<F: Future<Output = ()> + Send>(
    acceptor: TlsAcceptor,
    serve: impl FnOnce(TlsStream<TcpStream>) -> F + Send + 'static,
) -> u16 {
    peer(async move |stream| {
        if let Ok(stream) = acceptor.accept(stream).await {
            serve(stream).await;
        }
    })
    .await
}

async fn ask(fixture: &mut Fixture, host: &str, port: u16) -> Result<Vec<u8>, Refusal> {
    let tls = Tls::new(fixture.egress.clone());
    Host::request(&mut fixture.call(&tls), host.into(), port, b"abc".into(), 5_000).await
}

/// Takes an end for a peer that has gone, as many servers do: it has three bytes to hear and no end.
async fn echo(mut stream: TlsStream<TcpStream>) {
    let mut heard = [0; 3];
    stream.read_exact(&mut heard).await.unwrap();
    let more = tokio::time::timeout(Duration::from_millis(50), stream.read_u8()).await;
    assert!(more.is_err(), "the end was told");
    let name = stream.get_ref().1.server_name().unwrap_or("nobody").to_owned();
    stream.write_all(&[&heard[..], name.as_bytes()].concat()).await.unwrap();
    stream.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_certificate_of_another_name_is_refused() {
    let (mut fixture, acceptor) = with_server("other.example").await;
    let port = serve(acceptor, echo).await;
    let said = ask(&mut fixture, "peer.example", port).await;
    assert!(matches!(said, Err(Refusal::Unavailable(_))), "{said:?}");
}

#[tokio::test]
async fn an_authority_that_nobody_trusts_is_refused() {
    let (mut fixture, _) = with_server("peer.example").await;
    let (_, acceptor) = with_server("peer.example").await;
    let port = serve(acceptor, echo).await;
    let said = ask(&mut fixture, "peer.example", port).await;
    assert!(matches!(said, Err(Refusal::Unavailable(_))), "{said:?}");
}

#[tokio::test]
async fn a_certificate_for_a_name_is_not_good_for_its_address() {
    let (mut fixture, acceptor) = with_server("peer.example").await;
    let port = serve(acceptor, echo).await;
    let said = ask(&mut fixture, "127.0.0.1", port).await;
    assert!(matches!(said, Err(Refusal::Unavailable(_))), "{said:?}");
}

#[tokio::test]
async fn a_peer_that_does_not_speak_tls_is_unavailable() {
    let (mut fixture, _) = with_server("peer.example").await;
    let port = peer(async |mut stream| drop(stream.write_all(b"220 hello\r\n").await)).await;
    let said = ask(&mut fixture, "peer.example", port).await;
    assert!(matches!(said, Err(Refusal::Unavailable(_))), "{said:?}");
}

#[tokio::test]
async fn the_name_goes_along_and_the_reply_comes_whole() {
    let (mut fixture, acceptor) = with_server("peer.example").await;
    let port = serve(acceptor, echo).await;
    assert_eq!(ask(&mut fixture, "peer.example", port).await, Ok(b"abcpeer.example".into()));
    assert_eq!(fixture.dns.lookups("peer.example"), 1);
}

#[tokio::test]
async fn a_reply_that_was_cut_off_is_no_reply() {
    let (mut fixture, acceptor) = with_server("peer.example").await;
    let port = serve(acceptor, async |mut stream| {
        stream.write_all(b"half").await.unwrap();
        // The end of TCP without the end of TLS: anybody in between could have sent it.
        let (mut tcp, _) = stream.into_inner();
        tcp.shutdown().await.unwrap();
        drop(tcp.read_to_end(&mut Vec::new()).await);
    })
    .await;
    let said = ask(&mut fixture, "peer.example", port).await;
    assert!(matches!(said, Err(Refusal::Unavailable(_))), "{said:?}");
}

#[tokio::test]
async fn a_connection_reads_writes_ends_and_closes_with_the_grant() {
    let (mut fixture, acceptor) = with_server("peer.example").await;
    let (said, hears) = tokio::sync::oneshot::channel();
    let port = serve(acceptor, async |mut stream| {
        stream.write_all(b"hello").await.unwrap();
        let mut heard = Vec::new();
        let ended = stream.read_to_end(&mut heard).await;
        said.send((heard, ended.is_ok())).unwrap();
        // Nothing more is said: the guest waits.
        drop(stream.get_mut().0.read_to_end(&mut Vec::new()).await);
    })
    .await;
    let tls = Tls::new(fixture.egress.clone());
    let call = &mut fixture.call(&tls);
    let this = HostConnection::connect(call, "peer.example".into(), port, 5_000).await.unwrap();
    let borrowed = || wasmtime::component::Resource::new_borrow(this.rep());
    let input = HostConnection::input(call, borrowed()).await.unwrap();
    let output = HostConnection::output(call, borrowed()).await.unwrap();
    let again = || wasmtime::component::Resource::new_borrow(input.rep());
    let table = &mut fixture.table;
    table.blocking_write_and_flush(output, b"and you".into()).await.unwrap();
    assert_eq!(table.blocking_read(again(), 99).await.unwrap(), b"hello");
    HostConnection::shutdown(&mut fixture.call(&tls), borrowed()).await.unwrap();
    assert_eq!(hears.await.unwrap(), (b"and you".to_vec(), true));
    fixture.revoke();
    let read = fixture.table.blocking_read(again(), 99).await;
    assert!(matches!(read, Err(StreamError::LastOperationFailed(_))), "{read:?}");
}
