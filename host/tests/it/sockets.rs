//! `wasi:sockets` as a guest calls it, against peers on the loopback interface.

use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;
use workbooks_host::egress::{Answer, ResolveError, Resolver};
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Artifact, Grant, Host, Prepared, Profile, Run};

use crate::support::block_on;

/// Looks a name up and connects to what was found (or to 127.0.0.1 if the name is empty), sends
/// `hello`, and returns what comes back first; or the error code's number.
const WORLD: &str = "package t:t;
    world w {
      import wasi:io/poll@0.2.12;
      import wasi:io/streams@0.2.12;
      import wasi:sockets/network@0.2.12;
      import wasi:sockets/instance-network@0.2.12;
      import wasi:sockets/ip-name-lookup@0.2.12;
      import wasi:sockets/tcp@0.2.12;
      import wasi:sockets/tcp-create-socket@0.2.12;
      export greet: func(name: string, port: u16) -> result<list<u8>, u8>;
    }";

/// The results of imports are written at 64; the result of the export stands at 32.
const MODULE: &str = r#"(module
  (import "wasi:sockets/instance-network@0.2.12" "instance-network" (func $network (result i32)))
  (import "wasi:sockets/ip-name-lookup@0.2.12" "resolve-addresses"
    (func $look-up (param i32 i32 i32 i32)))
  (import "wasi:sockets/ip-name-lookup@0.2.12" "[method]resolve-address-stream.resolve-next-address"
    (func $next (param i32 i32)))
  (import "wasi:sockets/ip-name-lookup@0.2.12" "[method]resolve-address-stream.subscribe"
    (func $found (param i32) (result i32)))
  (import "wasi:sockets/tcp-create-socket@0.2.12" "create-tcp-socket" (func $create (param i32 i32)))
  (import "wasi:sockets/tcp@0.2.12" "[method]tcp-socket.start-connect"
    (func $start (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:sockets/tcp@0.2.12" "[method]tcp-socket.finish-connect" (func $finish (param i32 i32)))
  (import "wasi:sockets/tcp@0.2.12" "[method]tcp-socket.subscribe" (func $ready (param i32) (result i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.12" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "hello")
  (global $free (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func $failed (param $code i32) (result i32)
    (i32.store8 (i32.const 32) (i32.const 1))
    (i32.store8 (i32.const 36) (local.get $code))
    (i32.const 32))
  (func $is-error (result i32) (i32.load8_u (i32.const 64)))
  (func (export "greet") (param $name i32) (param $length i32) (param $port i32) (result i32)
    (local $net i32) (local $names i32) (local $socket i32)
    (local.set $net (call $network))
    (if (local.get $length) (then
      (call $look-up (local.get $net) (local.get $name) (local.get $length) (i32.const 64))
      (if (call $is-error) (then (return (call $failed (i32.load8_u (i32.const 68))))))
      (local.set $names (i32.load (i32.const 68)))
      (call $block (call $found (local.get $names)))
      (call $next (local.get $names) (i32.const 64))
      (if (call $is-error) (then (return (call $failed (i32.load8_u (i32.const 66))))))))
    (call $create (i32.const 0) (i32.const 64))
    (if (call $is-error) (then (return (call $failed (i32.load8_u (i32.const 68))))))
    (local.set $socket (i32.load (i32.const 68)))
    (call $start (local.get $socket) (local.get $net)
      (i32.const 0) (local.get $port) (i32.const 127) (i32.const 0) (i32.const 0) (i32.const 1)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 64))
    (if (call $is-error) (then (return (call $failed (i32.load8_u (i32.const 65))))))
    (call $block (call $ready (local.get $socket)))
    (call $finish (local.get $socket) (i32.const 64))
    (if (call $is-error) (then (return (call $failed (i32.load8_u (i32.const 68))))))
    (local.set $socket (i32.load (i32.const 68)))
    (call $write (i32.load (i32.const 72)) (i32.const 16) (i32.const 5) (i32.const 64))
    (if (call $is-error) (then (return (call $failed (i32.const 254)))))
    (call $read (local.get $socket) (i64.const 99) (i32.const 64))
    (if (call $is-error) (then (return (call $failed (i32.const 255)))))
    (i32.store8 (i32.const 32) (i32.const 0))
    (i64.store (i32.const 36) (i64.load (i32.const 68)))
    (i32.const 32)))"#;

/// `access-denied`, by its place in `error-code`.
const DENIED: &str = "err(1)";

fn guest() -> Vec<u8> {
    let mut resolve = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    resolve.push_path(wit).unwrap();
    let package = resolve.push_str("t.wit", WORLD).unwrap();
    let world = resolve.select_world(&[package], Some("w")).unwrap();
    let mut module = workbooks_host::adapt::text_to_binary(MODULE.as_bytes()).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

/// Knows `peer.example`, and counts.
#[derive(Default)]
struct Names(AtomicUsize);

impl Resolver for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let known = name == "peer.example";
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let answer = if known { Ok(vec![loopback]) } else { Err(ResolveError::NotFound) };
        Box::pin(std::future::ready(answer))
    }
}

/// A guest that may reach `net` and, on the loopback interface, nothing or all.
fn prepared(private: bool, net: Option<String>) -> (Host, Prepared, Arc<Names>) {
    let names = Arc::new(Names::default());
    let host = Host::builder().threads(2).resolver(names.clone()).build().unwrap();
    let range = private.then(|| "127.0.0.0/8".parse().unwrap());
    let operator = ToolkitPolicy {
        grants: ["tcp".to_owned()].into(),
        net: net.map(|net| vec![net.parse().unwrap()]),
        private: range.into_iter().collect(),
        ..ToolkitPolicy::default()
    };
    let grant = Grant::bare("guest", &Profile::named("posix"), &operator);
    let prepared = host.prepare(&Artifact::bare(&guest()), &grant).unwrap();
    (host, prepared, names)
}

async fn greet(prepared: &Prepared, name: &str, port: u16) -> String {
    let mut instance = prepared.start(Run::default()).await.unwrap();
    instance.invoke(&format!("greet({name:?}, {port})")).await.unwrap().text
}

#[test]
fn a_private_address_is_refused_to_a_guest_that_may_dial_anything_public() {
    let (_host, guest, names) = prepared(false, None);
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(greet(&guest, "", port).await, DENIED);
        assert_eq!(greet(&guest, "peer.example", port).await, DENIED);
    });
    assert_eq!(names.0.load(Ordering::Relaxed), 1);
}

#[test]
fn a_name_of_the_grant_is_looked_up_once_and_opens_its_port_alone() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (_host, guest, names) = prepared(true, Some(format!("peer.example:{port}")));
        assert_eq!(greet(&guest, "", port).await, DENIED);
        assert_eq!(greet(&guest, "other.example", port).await, DENIED);
        assert_eq!(names.0.load(Ordering::Relaxed), 0);
        assert_eq!(greet(&guest, "peer.example", port ^ 1).await, DENIED);
        let peer = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = [0; 5];
            stream.read_exact(&mut heard).await.unwrap();
            stream.write_all(&[heard[4], 33]).await.unwrap();
        };
        let (said, ()) = tokio::join!(greet(&guest, "peer.example", port), peer);
        assert_eq!(said, "ok([111, 33])");
        assert_eq!(names.0.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn a_guest_that_waits_for_its_peer_is_refused_with_its_grant_and_its_socket_closes() {
    let (host, guest, _) = prepared(true, None);
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let peer = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = [0; 5];
            stream.read_exact(&mut heard).await.unwrap();
            host.revoke("guest");
            assert_eq!(stream.read(&mut heard).await.unwrap(), 0);
        };
        let (said, ()) = tokio::join!(greet(&guest, "", port), peer);
        // The peer can hear the five bytes before the guest's flush has returned.
        assert!(["err(254)", "err(255)"].contains(&said.as_str()), "{said}");
    });
}
