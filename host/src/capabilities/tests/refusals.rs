//! What is refused, at each of the three.

use workbooks_bindings::engine::{tcp, tls, udp};

use super::listen;
use crate::capabilities::tests::doubles::{ALL, FORBIDDEN, Fixture, LOCAL, traps};
use crate::capabilities::{Tcp, Tls, Udp};
use crate::capability::Refusal;
use crate::egress::doubles::{Dns, dialled};

/// What each door says to a host and port.
async fn at_each_door(fixture: &mut Fixture, host: &str, port: u16) -> [Option<Refusal>; 5] {
    let egress = fixture.egress.clone();
    let (tcp, tls, udp) = (Tcp::new(egress.clone()), Tls::new(egress.clone()), Udp::new(egress));
    let host = || host.to_owned();
    [
        tcp::HostConnection::connect(&mut fixture.call(&tcp), host(), port, 1_000).await.err(),
        tcp::Host::request(&mut fixture.call(&tcp), host(), port, vec![], 1_000).await.err(),
        tls::HostConnection::connect(&mut fixture.call(&tls), host(), port, 1_000).await.err(),
        tls::Host::request(&mut fixture.call(&tls), host(), port, vec![], 1_000).await.err(),
        udp::Host::request(&mut fixture.call(&udp), host(), port, vec![], 1_000).await.err(),
    ]
}

#[tokio::test]
async fn no_spelling_of_a_private_address_is_dialled() {
    let dns = traps().await;
    for host in FORBIDDEN {
        let mut fixture = Fixture::under(&[ALL], &dns);
        for said in at_each_door(&mut fixture, host, 80).await {
            let refused = matches!(said, Some(Refusal::Denied(_) | Refusal::Invalid(_)));
            assert!(refused, "{host:?}: {said:?}");
        }
        assert_eq!(dialled(&fixture.egress), 0, "{host:?}");
        assert!(dns.lookups(host) <= 5, "{host:?} was looked up more than once a call");
    }
}

#[tokio::test]
async fn a_destination_that_the_grant_does_not_name_is_refused_before_any_query() {
    let (_listener, port) = listen().await;
    let dns = Dns::start().await.with("peer.example", &["127.0.0.1"]);
    let dns = dns.with("other.example", &["127.0.0.1"]);
    let net = format!("net = ['peer.example:{port}']\n");
    let mut fixture = Fixture::under(&[ALL, LOCAL, &net], &dns);
    for (host, port) in [
        ("other.example", port),
        ("sub.peer.example", port),
        ("peer.example.", port),
        ("peer.example", port ^ 1),
        ("127.0.0.1", port),
    ] {
        let said = at_each_door(&mut fixture, host, port).await;
        assert!(said.iter().flatten().count() == 5, "{host}: {said:?}");
    }
    assert!(dns.asked().is_empty());
    assert_eq!(dialled(&fixture.egress), 0);
    assert_eq!(fixture.denied(), 5);
}

#[tokio::test]
async fn closed_ports_are_refused() {
    let mut fixture = Fixture::local().await;
    for port in [0, 25] {
        let said = at_each_door(&mut fixture, "127.0.0.1", port).await;
        assert!(
            said.iter().flatten().filter(|why| matches!(why, Refusal::Denied(_))).count() == 5,
            "{port}: {said:?}"
        );
    }
}

#[tokio::test]
async fn a_revoked_caller_looks_nothing_up_and_dials_nobody() {
    let mut fixture = Fixture::local().await;
    fixture.revoke();
    let said = at_each_door(&mut fixture, "peer.example", 80).await;
    assert!(said.iter().all(|said| *said == Some(Refusal::Revoked)), "{said:?}");
    assert_eq!((fixture.dns.asked().len(), fixture.denied()), (0, 5));
}

#[tokio::test]
async fn input_over_the_cap_is_refused_before_any_query() {
    let mut fixture = Fixture::local().await;
    let (tcp, udp) = (Tcp::new(fixture.egress.clone()), Udp::new(fixture.egress.clone()));
    let host = || "peer.example".to_owned();
    let over = vec![0; (4 << 20) + 1];
    let said = tcp::Host::request(&mut fixture.call(&tcp), host(), 80, over, 1_000).await;
    assert_eq!(said, Err(Refusal::TooLarge(4 << 20)));
    let said = udp::Host::request(&mut fixture.call(&udp), host(), 80, vec![0; 65_508], 1).await;
    assert_eq!(said, Err(Refusal::TooLarge(65_507)));
    assert_eq!((fixture.dns.asked().len(), fixture.denied()), (0, 2));
}

#[tokio::test]
async fn what_is_said_names_no_address_that_the_guest_did_not_write() {
    let dns = Dns::start().await.with("peer.example", &["10.1.2.3"]);
    let mut fixture = Fixture::under(&[ALL, LOCAL], &dns.with("gone.example", &["127.9.8.7"]));
    for host in ["peer.example", "gone.example"] {
        let said = format!("{:?}", at_each_door(&mut fixture, host, 1).await);
        assert!(!said.contains("10.1") && !said.contains("127."), "{said}");
    }
}
