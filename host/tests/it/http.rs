//! A stock component of `wasi:http/outgoing-handler`, through the linked host.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use workbooks_host::admission::{Decision, MemoryAudit};
use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Artifact, Grant, Host, Profile, Run};

use crate::support::block_on;

/// Sends `GET http://AUTHORITY/` and returns the status, or 1000 and the number of the error.
const CLIENT: &str = r#"(module
  (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.12" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-scheme"
    (func $scheme (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-authority"
    (func $authority (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-request.set-path-with-query"
    (func $path (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/outgoing-handler@0.2.12" "handle" (func $handle (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]future-incoming-response.subscribe"
    (func $subscribe (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]future-incoming-response.get" (func $get (param i32 i32)))
  (import "wasi:http/types@0.2.12" "[method]incoming-response.status" (func $status (param i32) (result i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "/")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
  (func (export "run") (param $at i32) (param $length i32) (result i32)
    (local $request i32) (local $future i32)
    (local.set $request (call $request (call $fields)))
    (drop (call $scheme (local.get $request) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $authority (local.get $request) (i32.const 1) (local.get $at) (local.get $length)))
    (drop (call $path (local.get $request) (i32.const 1) (i32.const 1024) (i32.const 1)))
    (call $handle (local.get $request) (i32.const 0) (i32.const 0) (i32.const 0))
    (if (i32.load8_u (i32.const 0))
      (then (return (i32.add (i32.const 1000) (i32.load8_u (i32.const 8))))))
    (local.set $future (i32.load (i32.const 8)))
    (call $block (call $subscribe (local.get $future)))
    (call $get (local.get $future) (i32.const 64))
    (if (i32.load8_u (i32.const 80))
      (then (return (i32.add (i32.const 1000) (i32.load8_u (i32.const 88))))))
    (call $status (i32.load (i32.const 88)))))"#;

fn client() -> Vec<u8> {
    let mut module = workbooks_host::adapt::text_to_binary(CLIENT.as_bytes()).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    resolve.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")).unwrap();
    let world = "package t:client; world client {
        import wasi:http/outgoing-handler@0.2.12;
        export run: func(authority: string) -> u32;
    }";
    let package = resolve.push_str("client.wit", world).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

/// A server on loopback that answers every request with 204, and how many came.
fn server() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, count) = (listener.local_addr().unwrap().port(), Arc::<AtomicUsize>::default());
    let counted = count.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            counted.fetch_add(1, Ordering::Relaxed);
            let mut head = [0; 1024];
            let _length = stream.read(&mut head).unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        }
    });
    (port, count)
}

fn grant(private: &[&str]) -> Grant {
    let operator = ToolkitPolicy {
        grants: ["net".to_owned()].into(),
        private: private.iter().map(|range| range.parse().unwrap()).collect(),
        ..ToolkitPolicy::default()
    };
    Grant::bare("guest", &Profile::named("posix"), &operator)
}

const DENIED: &str = "1015";

#[test]
fn a_stock_client_reaches_what_the_grant_opens_and_nothing_else() {
    let (port, count) = server();
    let audit = Arc::new(MemoryAudit::default());
    let host = Host::builder().threads(1).audit(audit.clone()).build().unwrap();
    let bytes = client();
    let said = |grant: &Grant, authority: &str| {
        let prepared = host.prepare(&Artifact::bare(&bytes), grant).unwrap();
        block_on(async {
            let mut instance = prepared.start(Run::default()).await.unwrap();
            instance.invoke(&format!("run({authority:?})")).await.unwrap().text
        })
    };
    let here = format!("127.0.0.1:{port}");
    for authority in [&here, &format!("127.1:{port}"), &format!("[::ffff:127.0.0.1]:{port}")] {
        assert_eq!(said(&grant(&[]), authority), DENIED, "{authority}");
    }
    assert_eq!(said(&grant(&["10.0.0.0/8"]), &here), DENIED);
    assert_eq!(said(&grant(&["127.0.0.1/32"]), &format!("127.0.0.2:{port}")), DENIED);
    assert_eq!(count.load(Ordering::Relaxed), 0);
    let denied = |record: &workbooks_host::admission::Record| {
        record.decision == Decision::Denied("denied".into())
            && (&*record.capability, &*record.operation) == ("net", "outgoing-handler.handle")
    };
    assert_eq!(audit.records().iter().filter(|record| denied(record)).count(), 5);
    assert_eq!(said(&grant(&["127.0.0.1/32"]), &here), "204");
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn a_withdrawn_grant_refuses_a_stock_client() {
    let (port, count) = server();
    let host = Host::builder().threads(1).build().unwrap();
    let prepared = host.prepare(&Artifact::bare(&client()), &grant(&["127.0.0.1/32"])).unwrap();
    block_on(async {
        let call = format!("run(\"127.0.0.1:{port}\")");
        let mut instance = prepared.start(Run::default()).await.unwrap();
        assert_eq!(instance.invoke(&call).await.unwrap().text, "204");
        host.revoke("guest");
        assert_eq!(instance.invoke(&call).await.unwrap().text, DENIED);
    });
    assert_eq!(count.load(Ordering::Relaxed), 1);
}
