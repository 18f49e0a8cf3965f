//! Name lookup, and what it opens.

use tokio::net::TcpListener;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{Host, HostResolveAddressStream};
use wasmtime_wasi::p2::bindings::sockets::tcp::HostTcpSocket;

use super::super::lookup::Lookup;
use super::*;
use crate::capabilities::tests::doubles::{FORBIDDEN, traps};
use crate::egress::doubles::egress;

impl Guest {
    /// Every address of a name.
    async fn look_up(&mut self, name: &str) -> Result<Vec<String>, ErrorCode> {
        let network = self.network();
        let stream = said(self.gate().resolve_addresses(network, name.into()))?;
        self.ready::<Lookup>(stream.rep()).await;
        let mut gate = self.gate();
        let mut found = Vec::new();
        while let Some(address) = said(gate.resolve_next_address(again(&stream)))? {
            found.push(format!("{address:?}"));
        }
        HostResolveAddressStream::drop(&mut gate, stream).unwrap();
        Ok(found)
    }
}

#[tokio::test]
async fn nothing_that_is_not_public_is_found() {
    for name in FORBIDDEN {
        let dns = traps().await;
        let mut guest = Guest::new(Fixture::under(&[ALL], &dns));
        let found = guest.look_up(name).await;
        let refused = matches!(found, Err(ErrorCode::AccessDenied | ErrorCode::InvalidArgument));
        assert!(refused, "{name:?}: {found:?}");
        assert!(dns.lookups(name) <= 1, "{name:?}");
    }
}

#[tokio::test]
async fn a_name_that_the_grant_does_not_have_leaves_no_query() {
    let mut guest = Guest::under(&[ALL, LOCAL, "net = ['peer.example:80']"]).await;
    for name in ["other.example", "secret.peer.example", "peer.example.", "1.1.1.1", "::1"] {
        let found = guest.look_up(name).await;
        let refused = matches!(found, Err(ErrorCode::AccessDenied | ErrorCode::InvalidArgument));
        assert!(refused, "{name}: {found:?}");
    }
    assert!(guest.fixture.dns.asked().is_empty());
    assert_eq!(guest.fixture.denied(), 1);
}

#[tokio::test]
async fn a_name_of_the_grant_opens_its_ports_and_only_once_it_was_looked_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let port = listener.local_addr().unwrap().port();
    let net = format!("net = ['peer.example:{port}']");
    let mut guest = Guest::under(&[ALL, LOCAL, &net]).await;
    let socket = guest.tcp().unwrap();
    assert_eq!(guest.start(&socket, &at), Err(ErrorCode::AccessDenied));
    assert_eq!(guest.look_up("peer.example").await.unwrap().len(), 1);
    assert_eq!(guest.start(&socket, "127.0.0.1:1"), Err(ErrorCode::AccessDenied));
    assert_eq!(guest.start(&socket, "127.0.0.2:1"), Err(ErrorCode::AccessDenied));
    assert_eq!(guest.start(&socket, &at), Ok(()));
    assert_eq!(guest.fixture.dns.lookups("peer.example"), 1);
}

#[tokio::test]
async fn an_address_of_the_grant_needs_no_lookup() {
    let mut guest = Guest::under(&[ALL, LOCAL, "net = ['127.0.0.1:7']"]).await;
    assert_eq!(guest.look_up("127.0.0.1").await.unwrap().len(), 1);
    let socket = guest.tcp().unwrap();
    assert_eq!(guest.start(&socket, "127.0.0.1:7"), Ok(()));
    assert!(guest.fixture.dns.asked().is_empty());
}

#[tokio::test]
async fn a_lookup_is_a_socket_as_long_as_it_waits() {
    let mut guest = Guest::local().await;
    let sockets: Vec<_> = (0..64).map(|_| guest.tcp().unwrap()).collect();
    let found = guest.look_up("peer.example").await;
    assert_eq!(found, Err(ErrorCode::NewSocketLimit));
    assert!(guest.fixture.dns.asked().is_empty());
    for socket in sockets {
        HostTcpSocket::drop(&mut guest.gate(), socket).unwrap();
    }
    for _ in 0..65 {
        assert_eq!(guest.look_up("peer.example").await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_lookup_that_waits_ends_with_the_grant() {
    struct Silent;
    impl crate::egress::Resolver for Silent {
        fn resolve<'a>(
            &'a self,
            _: &'a str,
        ) -> std::pin::Pin<Box<dyn Future<Output = crate::egress::Answer> + Send + 'a>> {
            Box::pin(std::future::pending())
        }
    }
    let mut fixture = Fixture::local().await;
    fixture.egress = Arc::new(egress(Arc::new(Silent), None));
    let mut guest = Guest::new(fixture);
    let network = guest.network();
    let stream = said(guest.gate().resolve_addresses(network, "peer.example".into())).unwrap();
    let waits = said(guest.gate().resolve_next_address(again(&stream)));
    assert_eq!(waits.err(), Some(ErrorCode::WouldBlock));
    let pollable = HostResolveAddressStream::subscribe(&mut guest.gate(), again(&stream)).unwrap();
    let principal = guest.fixture.caller.principal().clone();
    let blocks = wasmtime_wasi::p2::bindings::io::poll::HostPollable::block(
        &mut guest.fixture.table,
        pollable,
    );
    let (blocked, ()) = tokio::join!(blocks, async {
        tokio::task::yield_now().await;
        principal.revoke();
    });
    blocked.unwrap();
    let refused = said(guest.gate().resolve_next_address(stream));
    assert_eq!(refused.err(), Some(ErrorCode::AccessDenied));
}
