//! TCP sockets.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wasmtime_wasi::p2::bindings::io::streams::{HostInputStream, HostOutputStream};
use wasmtime_wasi::p2::bindings::sockets::tcp::{HostTcpSocket, ShutdownType};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, StreamError};
use wasmtime_wasi::sockets::SocketAddrUse::{
    TcpAccept, TcpBind, TcpConnect, TcpListen, UdpBind, UdpReceive, UdpSend,
};

use super::*;
use crate::egress::doubles::dialled;

type Streams = (Resource<DynInputStream>, Resource<DynOutputStream>);

impl Guest {
    pub(super) fn start(
        &mut self,
        socket: &Resource<TcpSocket>,
        to: &str,
    ) -> Result<(), ErrorCode> {
        let network = self.network();
        said(self.gate().start_connect(again(socket), network, address(to)))
    }

    async fn finish(&mut self, socket: &Resource<TcpSocket>) -> Result<Streams, ErrorCode> {
        self.ready::<Socket<TcpSocket>>(socket.rep()).await;
        said(self.gate().finish_connect(again(socket)))
    }

    /// A socket that is connected, its streams, and the peer's end.
    pub(super) async fn connected(&mut self) -> (Resource<TcpSocket>, Streams, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = self.tcp().unwrap();
        self.start(&socket, &listener.local_addr().unwrap().to_string()).unwrap();
        let streams = self.finish(&socket).await.unwrap();
        (socket, streams, listener.accept().await.unwrap().0)
    }
}

#[tokio::test]
async fn no_address_that_is_not_public_is_dialled() {
    let mut guest = Guest::under(&[ALL]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let open = listener.local_addr().unwrap().to_string();
    let addresses = [
        &open,
        "0.0.0.0:80",
        "0.1.2.3:80",
        "10.0.0.1:80",
        "100.64.0.1:80",
        "127.0.0.2:80",
        "169.254.169.254:80",
        "172.16.0.1:80",
        "192.0.0.1:80",
        "192.0.2.1:80",
        "192.168.1.1:80",
        "198.18.0.1:80",
        "224.0.0.1:80",
        "240.0.0.1:80",
        "255.255.255.255:80",
        "[::]:80",
        "[::1]:80",
        "[::ffff:127.0.0.1]:80",
        "[::127.0.0.1]:80",
        "[64:ff9b::7f00:1]:80",
        "[64:ff9b:1::1]:80",
        "[2002:7f00:1::]:80",
        "[2001::1]:80",
        "[::5efe:a00:1]:80",
        "[fe80::1%1]:80",
        "[2606:4700:4700::1111%1]:80",
        "[fc00::1]:80",
        "[fec0::1]:80",
        "[ff02::1]:80",
        "[2001:db8::1]:80",
        "[3fff::1]:80",
        "[5f00::1]:80",
        "[100::1]:80",
        "1.1.1.1:0",
        "1.1.1.1:25",
    ];
    for to in addresses {
        let family = match address(to) {
            IpSocketAddress::Ipv4(_) => IpAddressFamily::Ipv4,
            IpSocketAddress::Ipv6(_) => IpAddressFamily::Ipv6,
        };
        let made = tcp_create_socket::Host::create_tcp_socket(&mut guest.gate(), family);
        let Ok(socket) = made else { continue };
        assert_eq!(guest.start(&socket, to), Err(ErrorCode::AccessDenied), "{to}");
        let finished = said(guest.gate().finish_connect(again(&socket)));
        assert_eq!(finished.err(), Some(ErrorCode::NotInProgress), "{to}");
        HostTcpSocket::drop(&mut guest.gate(), socket).unwrap();
    }
    assert_eq!(guest.fixture.denied(), 1);
    #[expect(clippy::disallowed_methods, reason = "to a listener of the test's own")]
    let test = TcpStream::connect(open).await.unwrap();
    let (_, first) = listener.accept().await.unwrap();
    assert_eq!(first, test.local_addr().unwrap(), "somebody was there before the test");
}

#[tokio::test]
async fn what_dials_asks_again() {
    let guest = Guest::under(&[ALL]).await;
    for purpose in [TcpAccept, TcpBind, TcpConnect, TcpListen, UdpBind, UdpReceive, UdpSend] {
        assert!(!guest.reach.permits("127.0.0.1:80".parse().unwrap(), purpose), "{purpose:?}");
    }
}

#[tokio::test]
async fn a_socket_listens_nowhere_and_is_bound_to_nothing_of_its_own() {
    let mut guest = Guest::local().await;
    let (socket, network) = (guest.tcp().unwrap(), guest.network());
    let mut gate = guest.gate();
    for local in ["127.0.0.1:0", "0.0.0.0:8080", "127.0.0.1:8080"] {
        let bound = gate.start_bind(again(&socket), again(&network), address(local)).await;
        assert_eq!(said(bound), Err(ErrorCode::AccessDenied), "{local}");
    }
    said(gate.start_bind(again(&socket), network, address("0.0.0.0:0")).await).unwrap();
    said(gate.finish_bind(again(&socket))).unwrap();
    assert_eq!(said(gate.start_listen(again(&socket)).await), Err(ErrorCode::AccessDenied));
    assert_eq!(said(gate.finish_listen(again(&socket))), Err(ErrorCode::AccessDenied));
    assert_eq!(said(gate.accept(again(&socket))).err(), Some(ErrorCode::AccessDenied));
    assert!(!gate.is_listening(socket).unwrap());
    assert_eq!(guest.fixture.denied(), 4);
}

#[tokio::test]
async fn a_guest_without_tcp_gets_no_tcp_socket() {
    let mut guest = Guest::under(&["grants = ['udp']\n", "private = ['127.0.0.0/8']"]).await;
    assert_eq!(guest.tcp().err(), Some(ErrorCode::AccessDenied));
    assert_eq!(guest.fixture.denied(), 1);
    guest.udp().await.unwrap();
}

#[tokio::test]
async fn the_sixty_fifth_socket_is_over_the_limit_until_one_is_dropped() {
    let mut guest = Guest::local().await;
    let first = guest.tcp().unwrap();
    for _ in 1..64 {
        guest.udp().await.unwrap();
    }
    assert_eq!(guest.tcp().err(), Some(ErrorCode::NewSocketLimit));
    assert_eq!(guest.udp().await.err(), Some(ErrorCode::NewSocketLimit));
    HostTcpSocket::drop(&mut guest.gate(), first).unwrap();
    guest.tcp().unwrap();
}

#[tokio::test]
async fn bytes_go_both_ways_and_an_end_is_an_end() {
    let mut guest = Guest::local().await;
    let (socket, (input, output), mut peer) = guest.connected().await;
    let table = &mut guest.fixture.table;
    table.blocking_write_and_flush(again(&output), b"hello".into()).await.unwrap();
    peer.write_all(b"and you").await.unwrap();
    assert_eq!(table.blocking_read(again(&input), 99).await.unwrap(), b"and you");
    said(guest.gate().shutdown(again(&socket), ShutdownType::Send)).unwrap();
    let mut heard = Vec::new();
    peer.read_to_end(&mut heard).await.unwrap();
    assert_eq!(heard, b"hello");
    drop(peer);
    let read = guest.fixture.table.blocking_read(input, 99).await;
    assert!(matches!(read, Err(StreamError::Closed)), "{read:?}");
}

#[tokio::test]
async fn of_the_hosts_own_address_only_the_port_is_told() {
    let mut guest = Guest::local().await;
    let (socket, _, peer) = guest.connected().await;
    let port = peer.peer_addr().unwrap().port();
    let local = SocketAddr::from(said(guest.gate().local_address(again(&socket))).unwrap());
    assert_eq!(local, SocketAddr::from(([0, 0, 0, 0], port)));
    let remote = SocketAddr::from(said(guest.gate().remote_address(socket)).unwrap());
    assert_eq!(remote, peer.local_addr().unwrap());
}

#[tokio::test]
async fn a_closed_port_is_said_to_refuse() {
    let mut guest = Guest::local().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = listener.local_addr().unwrap().to_string();
    drop(listener);
    let socket = guest.tcp().unwrap();
    guest.start(&socket, &to).unwrap();
    assert_eq!(guest.finish(&socket).await.err(), Some(ErrorCode::ConnectionRefused));
}

#[tokio::test]
async fn a_socket_outlives_its_streams() {
    let mut guest = Guest::local().await;
    let (socket, (input, output), mut peer) = guest.connected().await;
    let owned = Resource::new_own(socket.rep());
    assert!(HostTcpSocket::drop(&mut guest.gate(), owned).is_err(), "its streams are its children");
    let table = &mut guest.fixture.table;
    table.check_write(again(&output)).unwrap();
    table.write(again(&output), b"bye".into()).unwrap();
    HostOutputStream::drop(table, output).await.unwrap();
    HostInputStream::drop(table, input).await.unwrap();
    HostTcpSocket::drop(&mut guest.gate(), socket).unwrap();
    let mut heard = Vec::new();
    peer.read_to_end(&mut heard).await.unwrap();
    assert_eq!(heard, b"bye");
    assert_eq!(dialled(&guest.fixture.egress), 0, "wasmtime dialled");
}

#[tokio::test]
async fn a_revoked_guest_has_no_operation_left() {
    let mut guest = Guest::local().await;
    let (socket, network) = (guest.tcp().unwrap(), guest.network());
    let (this, net) = (|| again(&socket), || again(&network));
    guest.fixture.revoke();
    assert_eq!(guest.tcp().err(), Some(ErrorCode::AccessDenied));
    let mut gate = guest.gate();
    let to = address("127.0.0.1:1");
    let codes = codes![
        gate.start_bind(this(), net(), address("0.0.0.0:0")).await,
        gate.finish_bind(this()),
        gate.start_connect(this(), net(), to),
        gate.finish_connect(this()),
        gate.start_listen(this()).await,
        gate.finish_listen(this()),
        gate.accept(this()),
        gate.local_address(this()),
        gate.remote_address(this()),
        gate.set_listen_backlog_size(this(), 1),
        gate.keep_alive_enabled(this()),
        gate.set_keep_alive_enabled(this(), true),
        gate.keep_alive_idle_time(this()),
        gate.set_keep_alive_idle_time(this(), 1),
        gate.keep_alive_interval(this()),
        gate.set_keep_alive_interval(this(), 1),
        gate.keep_alive_count(this()),
        gate.set_keep_alive_count(this(), 1),
        gate.hop_limit(this()),
        gate.set_hop_limit(this(), 1),
        gate.receive_buffer_size(this()),
        gate.set_receive_buffer_size(this(), 1),
        gate.send_buffer_size(this()),
        gate.set_send_buffer_size(this(), 1),
        gate.shutdown(this(), ShutdownType::Both),
        ip_name_lookup::Host::resolve_addresses(&mut gate, net(), "peer.example".into()),
    ];
    assert_eq!(codes, [Some(ErrorCode::AccessDenied); 26]);
    assert!(!gate.is_listening(this()).unwrap());
    assert!(guest.fixture.dns.asked().is_empty());
    assert_eq!(guest.fixture.denied(), 27);
}
