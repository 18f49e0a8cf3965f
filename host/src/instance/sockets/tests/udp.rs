//! UDP sockets: every datagram's address is looked at, on its way out and in.

use tokio::net::UdpSocket as Peer;
use wasmtime_wasi::p2::bindings::sockets::udp::{
    HostIncomingDatagramStream, HostOutgoingDatagramStream, HostUdpSocket, IncomingDatagramStream,
    OutgoingDatagram, OutgoingDatagramStream,
};

use super::super::held::{Incoming, Outgoing};
use super::*;

type Streams = (Resource<IncomingDatagramStream>, Resource<OutgoingDatagramStream>);

impl Guest {
    /// A bound socket and its streams, to one peer if it is named.
    pub(super) async fn streams(
        &mut self,
        remote: Option<&str>,
    ) -> Result<(Resource<UdpSocket>, Streams), ErrorCode> {
        let (socket, network) = (self.udp().await?, self.network());
        let mut gate = self.gate();
        said(gate.start_bind(again(&socket), network, address("0.0.0.0:0")).await)?;
        said(gate.finish_bind(again(&socket)))?;
        let streams = said(gate.stream(again(&socket), remote.map(address)).await)?;
        Ok((socket, streams))
    }

    pub(super) async fn send(
        &mut self,
        outgoing: &Resource<OutgoingDatagramStream>,
        to: &[Option<&str>],
    ) -> Result<u64, ErrorCode> {
        self.ready::<Outgoing>(outgoing.rep()).await;
        said(self.gate().check_send(again(outgoing)))?;
        let datagram = |to: Option<&str>| OutgoingDatagram {
            data: b"hello".into(),
            remote_address: to.map(address),
        };
        let datagrams = to.iter().copied().map(datagram).collect();
        said(self.gate().send(again(outgoing), datagrams))
    }
}

async fn peer() -> (Peer, String) {
    let peer = Peer::bind("127.0.0.1:0").await.unwrap();
    let at = peer.local_addr().unwrap().to_string();
    (peer, at)
}

/// What a peer hears next.
async fn hears(peer: &Peer) -> (Vec<u8>, SocketAddr) {
    let mut heard = vec![0; 99];
    let (length, from) = peer.recv_from(&mut heard).await.unwrap();
    heard.truncate(length);
    (heard, from)
}

/// Whether a peer hears first what only now is sent.
async fn has_heard_nothing(peer: &Peer) -> bool {
    let test = Peer::bind("127.0.0.1:0").await.unwrap();
    test.send_to(b"from the test", peer.local_addr().unwrap()).await.unwrap();
    hears(peer).await.1 == test.local_addr().unwrap()
}

#[tokio::test]
async fn no_datagram_leaves_when_one_of_them_is_out_of_reach() {
    let (loopback, at) = peer().await;
    let mut guest = Guest::under(&["grants = ['udp']\n", "private = ['10.0.0.0/8']"]).await;
    let (_, (_, outgoing)) = guest.streams(None).await.unwrap();
    for to in [&*at, "0.0.0.0:80", "255.255.255.255:80", "224.0.0.1:80", "192.168.0.1:80"] {
        let sent = guest.send(&outgoing, &[Some("10.0.0.1:9"), Some(to)]).await;
        assert_eq!(sent, Err(ErrorCode::AccessDenied), "{to}");
    }
    assert_eq!(guest.streams(Some(&at)).await.err(), Some(ErrorCode::AccessDenied));
    assert!(has_heard_nothing(&loopback).await);
    assert_eq!(guest.fixture.denied(), 2);
}

#[tokio::test]
async fn a_connected_socket_sends_to_no_other() {
    let ((one, at), (other, elsewhere)) = (peer().await, peer().await);
    let mut guest = Guest::local().await;
    let (_, (_, outgoing)) = guest.streams(Some(&at)).await.unwrap();
    let sent = guest.send(&outgoing, &[Some(&elsewhere)]).await;
    assert_eq!(sent, Err(ErrorCode::InvalidArgument));
    assert_eq!(guest.send(&outgoing, &[None, Some(&at)]).await, Ok(2));
    assert_eq!(hears(&one).await.0, b"hello");
    assert!(has_heard_nothing(&other).await);
}

#[tokio::test]
async fn nobody_is_heard_but_who_was_sent_to() {
    let ((one, at), (other, _)) = (peer().await, peer().await);
    let mut guest = Guest::local().await;
    let (_, (incoming, outgoing)) = guest.streams(None).await.unwrap();
    assert_eq!(guest.send(&outgoing, &[Some(&at)]).await, Ok(1));
    let (heard, from) = hears(&one).await;
    assert_eq!(heard, b"hello");
    other.send_to(b"not I", from).await.unwrap();
    one.send_to(b"I", from).await.unwrap();
    guest.ready::<Incoming>(incoming.rep()).await;
    let received = said(guest.gate().receive(again(&incoming), 99)).unwrap();
    let datas: Vec<_> = received.iter().map(|datagram| &datagram.data[..]).collect();
    assert_eq!(datas, [b"I"]);
    assert_eq!(SocketAddr::from(received[0].remote_address), one.local_addr().unwrap());
}

#[tokio::test]
async fn a_socket_is_bound_to_nothing_of_its_own() {
    let mut guest = Guest::local().await;
    let (socket, network) = (guest.udp().await.unwrap(), guest.network());
    for local in ["127.0.0.1:0", "0.0.0.0:8080", "224.0.0.1:0"] {
        let mut gate = guest.gate();
        let bound = gate.start_bind(again(&socket), again(&network), address(local)).await;
        assert_eq!(said(bound), Err(ErrorCode::AccessDenied), "{local}");
    }
    assert_eq!(guest.fixture.denied(), 1);
}

#[tokio::test]
async fn a_guest_without_udp_gets_no_udp_socket() {
    let mut guest = Guest::under(&["grants = ['tcp']\n", "private = ['127.0.0.0/8']"]).await;
    assert_eq!(guest.udp().await.err(), Some(ErrorCode::AccessDenied));
    assert_eq!(guest.fixture.denied(), 1);
    guest.tcp().unwrap();
}

#[tokio::test]
async fn of_the_hosts_own_address_only_the_port_is_told() {
    let (one, at) = peer().await;
    let mut guest = Guest::local().await;
    let (socket, (_, outgoing)) = guest.streams(Some(&at)).await.unwrap();
    guest.send(&outgoing, &[None]).await.unwrap();
    let (_, from) = hears(&one).await;
    let local = SocketAddr::from(said(guest.gate().local_address(socket)).unwrap());
    assert_eq!(local, SocketAddr::from(([0, 0, 0, 0], from.port())));
}

#[tokio::test]
async fn a_socket_streams_again_when_its_streams_are_dropped() {
    let (one, at) = peer().await;
    let mut guest = Guest::local().await;
    let (socket, (incoming, outgoing)) = guest.streams(None).await.unwrap();
    let mut gate = guest.gate();
    HostOutgoingDatagramStream::drop(&mut gate, outgoing).await.unwrap();
    HostIncomingDatagramStream::drop(&mut gate, incoming).unwrap();
    let again_streams = gate.stream(again(&socket), Some(address(&at))).await;
    let (incoming, outgoing) = said(again_streams).unwrap();
    guest.send(&outgoing, &[None]).await.unwrap();
    assert_eq!(hears(&one).await.0, b"hello");
    let mut gate = guest.gate();
    HostIncomingDatagramStream::drop(&mut gate, incoming).unwrap();
    HostOutgoingDatagramStream::drop(&mut gate, outgoing).await.unwrap();
    HostUdpSocket::drop(&mut gate, socket).unwrap();
}

#[tokio::test]
async fn a_revoked_guest_has_no_operation_left() {
    let mut guest = Guest::local().await;
    let (socket, (incoming, outgoing)) = guest.streams(None).await.unwrap();
    let network = guest.network();
    let this = || again(&socket);
    guest.fixture.revoke();
    assert_eq!(guest.udp().await.err(), Some(ErrorCode::AccessDenied));
    let mut gate = guest.gate();
    let to = address("127.0.0.1:1");
    let datagram = OutgoingDatagram { data: vec![], remote_address: Some(to) };
    let codes = codes![
        gate.start_bind(this(), network, address("0.0.0.0:0")).await,
        gate.finish_bind(this()),
        gate.stream(this(), Some(to)).await,
        gate.local_address(this()),
        gate.remote_address(this()),
        gate.unicast_hop_limit(this()),
        gate.set_unicast_hop_limit(this(), 1),
        gate.receive_buffer_size(this()),
        gate.set_receive_buffer_size(this(), 1),
        gate.send_buffer_size(this()),
        gate.set_send_buffer_size(this(), 1),
        gate.receive(again(&incoming), 1),
        gate.check_send(again(&outgoing)),
        gate.send(again(&outgoing), vec![datagram]),
    ];
    assert_eq!(codes, [Some(ErrorCode::AccessDenied); 14]);
    HostOutgoingDatagramStream::drop(&mut gate, outgoing).await.unwrap();
    HostIncomingDatagramStream::drop(&mut gate, incoming).unwrap();
    HostUdpSocket::drop(&mut gate, socket).unwrap();
    assert_eq!(guest.fixture.denied(), 15);
}
