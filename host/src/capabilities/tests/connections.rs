//! Connections and their streams, as a guest holds them.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::io::streams::{HostInputStream, HostOutputStream};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, StreamError};
use workbooks_bindings::engine::tcp::{Connection, HostConnection};

use super::{listen, peer};
use crate::capabilities::Tcp;
use crate::capabilities::tests::doubles::Fixture;
use crate::capability::Refusal;

/// A guest that is connected to a peer.
struct Connected {
    fixture: Fixture,
    tcp: Tcp,
    connection: u32,
    peer: TcpStream,
}

impl Connected {
    async fn new() -> Self {
        let mut fixture = Fixture::local().await;
        let (listener, port) = listen().await;
        let tcp = Tcp::new(fixture.egress.clone());
        let connection = connect(&mut fixture, &tcp, port).await.unwrap().rep();
        let (peer, _) = listener.accept().await.unwrap();
        Self { fixture, tcp, connection, peer }
    }

    fn this(&self) -> Resource<Connection> {
        Resource::new_borrow(self.connection)
    }

    async fn input(&mut self) -> Result<Resource<DynInputStream>, Refusal> {
        let this = self.this();
        HostConnection::input(&mut self.fixture.call(&self.tcp), this).await
    }

    async fn output(&mut self) -> Result<Resource<DynOutputStream>, Refusal> {
        let this = self.this();
        HostConnection::output(&mut self.fixture.call(&self.tcp), this).await
    }

    async fn shutdown(&mut self) -> Result<(), Refusal> {
        let this = self.this();
        HostConnection::shutdown(&mut self.fixture.call(&self.tcp), this).await
    }

    async fn close(&mut self) {
        let this = Resource::new_own(self.connection);
        HostConnection::drop(&mut self.fixture.call(&self.tcp), this).await.unwrap();
    }

    /// What the peer hears until the end.
    async fn heard(&mut self) -> Vec<u8> {
        let mut heard = Vec::new();
        self.peer.read_to_end(&mut heard).await.unwrap();
        heard
    }
}

async fn connect(
    fixture: &mut Fixture,
    tcp: &Tcp,
    port: u16,
) -> Result<Resource<Connection>, Refusal> {
    HostConnection::connect(&mut fixture.call(tcp), "peer.example".into(), port, 5_000).await
}

fn again<T: 'static>(resource: &Resource<T>) -> Resource<T> {
    Resource::new_borrow(resource.rep())
}

#[tokio::test]
async fn bytes_go_both_ways_until_each_side_has_ended() {
    let mut guest = Connected::new().await;
    let (input, output) = (guest.input().await.unwrap(), guest.output().await.unwrap());
    let table = &mut guest.fixture.table;
    table.blocking_write_and_flush(output, b"hello".to_vec()).await.unwrap();
    guest.peer.write_all(b"and you").await.unwrap();
    let heard = table.blocking_read(again(&input), 3).await.unwrap();
    assert_eq!(heard, b"and");
    guest.shutdown().await.unwrap();
    assert_eq!(guest.heard().await, b"hello");
    guest.peer.shutdown().await.unwrap();
    let table = &mut guest.fixture.table;
    assert_eq!(table.blocking_read(again(&input), 9).await.unwrap(), b" you");
    assert!(matches!(table.blocking_read(input, 9).await, Err(StreamError::Closed)));
}

#[tokio::test]
async fn a_reader_that_waits_is_refused_with_the_grant_and_the_socket_closes() {
    let mut guest = Connected::new().await;
    let input = guest.input().await.unwrap();
    let principal = guest.fixture.caller.principal().clone();
    let reads = guest.fixture.table.blocking_read(again(&input), 9);
    let (read, ()) = tokio::join!(reads, async {
        tokio::task::yield_now().await;
        principal.revoke();
    });
    let Err(StreamError::LastOperationFailed(why)) = read else { panic!("{read:?}") };
    assert_eq!(why.downcast_ref(), Some(&Refusal::Revoked));
    assert_eq!(guest.heard().await, b"");
    assert_eq!(guest.fixture.denied(), 1);
}

#[tokio::test]
async fn the_socket_of_a_revoked_guest_closes_though_it_does_nothing() {
    let mut guest = Connected::new().await;
    let (_input, output) = (guest.input().await.unwrap(), guest.output().await.unwrap());
    guest.fixture.revoke();
    assert_eq!(guest.heard().await, b"");
    let written = guest.fixture.table.write(again(&output), vec![1]);
    assert!(matches!(written, Err(StreamError::LastOperationFailed(_))));
    assert_eq!(guest.shutdown().await, Err(Refusal::Revoked));
    assert_eq!(guest.input().await.err(), Some(Refusal::Revoked));
}

#[tokio::test]
async fn a_peer_that_dies_is_an_error_and_no_end() {
    let mut guest = Connected::new().await;
    let input = guest.input().await.unwrap();
    guest.peer.set_zero_linger().unwrap();
    drop(guest.peer);
    let read = guest.fixture.table.blocking_read(input, 9).await;
    assert!(matches!(read, Err(StreamError::LastOperationFailed(_))), "{read:?}");
}

#[tokio::test]
async fn a_peer_that_takes_nothing_bounds_what_is_kept_for_it() {
    let mut guest = Connected::new().await;
    let output = guest.output().await.unwrap();
    let mut written = 0;
    loop {
        let room = guest.fixture.table.check_write(again(&output)).unwrap();
        if room == 0 {
            // The system may still take what is with the task that sends.
            tokio::task::yield_now().await;
            if guest.fixture.table.check_write(again(&output)).unwrap() == 0 {
                break;
            }
            continue;
        }
        assert!(room <= 64 << 10);
        let chunk = vec![0; usize::try_from(room).unwrap()];
        guest.fixture.table.write(again(&output), chunk).unwrap();
        written += room;
        assert!(written < 256 << 20, "it takes without end");
    }
}

#[tokio::test]
async fn handles_are_dropped_in_any_order_and_the_last_one_closes() {
    for order in ["ioc", "ico", "oic", "oci", "cio", "coi"] {
        let mut guest = Connected::new().await;
        let (input, output) = (guest.input().await.unwrap(), guest.output().await.unwrap());
        guest.fixture.table.check_write(again(&output)).unwrap();
        guest.fixture.table.write(again(&output), b"bye".to_vec()).unwrap();
        let (mut input, mut output) = (Some(input), Some(output));
        for handle in order.chars() {
            match handle {
                'i' => {
                    let input = Resource::<DynInputStream>::new_own(input.take().unwrap().rep());
                    HostInputStream::drop(&mut guest.fixture.table, input).await.unwrap();
                }
                'o' => {
                    let output = Resource::<DynOutputStream>::new_own(output.take().unwrap().rep());
                    HostOutputStream::drop(&mut guest.fixture.table, output).await.unwrap();
                }
                _ => guest.close().await,
            }
        }
        assert_eq!(guest.heard().await, b"bye", "{order}");
        assert!(guest.fixture.table.is_empty(), "{order}");
    }
}

#[tokio::test]
async fn a_stream_is_handed_out_once() {
    let mut guest = Connected::new().await;
    guest.input().await.unwrap();
    guest.output().await.unwrap();
    assert_eq!(guest.input().await.err(), Some(Refusal::Conflict));
    assert_eq!(guest.output().await.err(), Some(Refusal::Conflict));
}

#[tokio::test]
async fn the_sixty_fifth_connection_is_over_the_quota_until_one_closes() {
    let mut guest = Connected::new().await;
    let (listener, port) = listen().await;
    for _ in 1..64 {
        connect(&mut guest.fixture, &guest.tcp, port).await.unwrap();
    }
    let over = connect(&mut guest.fixture, &guest.tcp, port).await;
    assert_eq!(over.err(), Some(Refusal::Quota(64)));
    // A stream that is left keeps its connection open.
    let input = guest.input().await.unwrap();
    guest.close().await;
    let over = connect(&mut guest.fixture, &guest.tcp, port).await;
    assert_eq!(over.err(), Some(Refusal::Quota(64)));
    HostInputStream::drop(&mut guest.fixture.table, input).await.unwrap();
    connect(&mut guest.fixture, &guest.tcp, port).await.unwrap();
    drop(listener);
}

#[tokio::test]
async fn an_instance_that_ends_closes_its_sockets() {
    let (gone, is_gone) = oneshot::channel();
    let port = peer(async move |mut stream| {
        drop(stream.read_to_end(&mut Vec::new()).await);
        gone.send(()).unwrap();
    })
    .await;
    let mut fixture = Fixture::local().await;
    let tcp = Tcp::new(fixture.egress.clone());
    connect(&mut fixture, &tcp, port).await.unwrap();
    drop(fixture);
    is_gone.await.unwrap();
}
