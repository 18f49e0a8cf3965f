//! `serve.listener.open`: a guest that runs opens an endpoint of its grant.

use std::net::{SocketAddr, TcpListener};

use super::client::{ask, connect};
use super::{Fixture, block_on, grant, guest};
use crate::{Artifact, Instance, Run};

/// Cases of `types.error`, in the order of the WIT.
const CONFLICT: u32 = 7;
const DENIED: u32 = 10;

/// An address that was free a moment ago: a guest is not told which one it got.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

async fn call(instance: &mut Instance, call: &str) -> u32 {
    instance.invoke(call).await.unwrap().text.parse().unwrap()
}

fn at(fixture: &Fixture, address: SocketAddr) -> crate::Prepared {
    let mut grant = grant(|_| {});
    grant.endpoints.get_mut("web").unwrap().address = address;
    fixture.host.prepare(&Artifact::bare(guest::component()), &grant).unwrap()
}

#[test]
fn an_endpoint_that_the_grant_does_not_name_is_denied_and_on_record() {
    let fixture = Fixture::new();
    block_on(async {
        let mut instance = fixture.prepared.start(Run::default()).await.unwrap();
        for name in ["other", "", "http://127.0.0.1:80", "127.0.0.1:80"] {
            assert_eq!(call(&mut instance, &format!("open({name:?})")).await, DENIED);
        }
    });
    assert_eq!(fixture.refused(), ["denied", "denied"], "the first, and then the rest");
}

#[test]
fn a_listener_handles_with_fresh_instances_while_its_handle_lives() {
    let fixture = Fixture::new();
    let address = free();
    block_on(async {
        let prepared = at(&fixture, address);
        let mut instance = prepared.start(Run::default()).await.unwrap();
        let handle = call(&mut instance, r#"open("web")"#).await;
        assert!(handle >= 100, "{handle}");
        assert_eq!(ask(address, "/").await, (200, "hello".to_owned()));
        // Of one name there is one listener, whoever asks.
        assert_eq!(call(&mut instance, r#"open("web")"#).await, CONFLICT);
        let mut other = prepared.start(Run::default()).await.unwrap();
        assert_eq!(call(&mut other, r#"open("web")"#).await, CONFLICT);
        instance.invoke(&format!("close({handle})")).await.unwrap();
        assert!(connect(address).await.is_err());
        let again = call(&mut other, r#"open("web")"#).await;
        assert!(again >= 100, "{again}");
        assert_eq!(ask(address, "/").await.0, 200);
        drop(other);
        while connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn an_address_that_somebody_else_has_is_a_conflict() {
    let fixture = Fixture::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    block_on(async {
        let prepared = at(&fixture, taken.local_addr().unwrap());
        let mut instance = prepared.start(Run::default()).await.unwrap();
        assert_eq!(call(&mut instance, r#"open("web")"#).await, CONFLICT);
        drop(taken);
        let handle = call(&mut instance, r#"open("web")"#).await;
        assert!(handle >= 100, "a refused name is free again: {handle}");
    });
}

#[test]
fn a_revoked_guest_opens_nothing_and_what_it_opened_is_closed() {
    let fixture = Fixture::new();
    let address = free();
    block_on(async {
        let prepared = at(&fixture, address);
        let mut instance = prepared.start(Run::default()).await.unwrap();
        assert!(call(&mut instance, r#"open("web")"#).await >= 100);
        fixture.host.revoke("guest");
        assert_eq!(call(&mut instance, r#"open("raw")"#).await, 0, "revoked");
        while connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
}
