//! What guests and those who call them say: modules and components, WAVE, the brokers' protocol.

use std::sync::Mutex;

use tokio::runtime::Runtime;
use workbooks_host::adapt::{Options, adapt, text_to_binary};
use workbooks_host::fabric::wire::{ExecRequest, MapReply, MapRequest};
use workbooks_host::{Artifact, Grant, Host, Policy, Prepared, Profile, Run};

use super::accepted;

pub(super) fn messages() -> Vec<Vec<u8>> {
    let (name, args) = ("sort".to_owned(), vec!["-n".to_owned(), String::new()]);
    vec![
        ExecRequest { name: name.clone(), args: args.clone(), stdin: b"b\na\n".to_vec() }.encode(),
        MapRequest { name, args, inputs: vec![b"a".to_vec(), Vec::new()] }.encode(),
        MapReply(vec![Some(b"a".to_vec()), None]).encode(),
    ]
}

pub(super) fn message(bytes: &[u8]) -> bool {
    let exec = ExecRequest::parse(bytes)
        .map(|read| assert_eq!(ExecRequest::parse(&read.encode()), Ok(read)));
    let map = MapRequest::parse(bytes)
        .map(|read| assert_eq!(MapRequest::parse(&read.encode()), Ok(read)));
    let reply =
        MapReply::parse(bytes).map(|read| assert_eq!(MapReply::parse(&read.encode()), Ok(read)));
    exec.is_ok() || map.is_ok() || reply.is_ok()
}

const COMMAND: &str = r#"(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 0))))"#;
const KERNEL: &str = r#"(module (memory (export "memory") 4)
  (func (export "process") (param i32) (result i32) (local.get 0)))"#;
/// Takes what has no name in WIT, and ignores it.
const TAKES: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "f") (param i32 i32)))
  (core instance $i (instantiate $m))
  (func (export "f")
    (param "a" (list (tuple u8 (option string) (result (list char) (error f64)) bool s64 f32)))
    (canon lift (core func $i "f") (memory $i "memory") (realloc (func $i "realloc")))))"#;

fn binary(text: &str) -> Vec<u8> {
    text_to_binary(text.as_bytes()).expect("it is WebAssembly")
}

pub(super) fn artifacts() -> Vec<Vec<u8>> {
    let texts = [COMMAND, KERNEL, TAKES];
    texts.map(binary).into_iter().chain(texts.map(|text| text.as_bytes().to_vec())).collect()
}

pub(super) fn artifact(bytes: &[u8]) -> bool {
    let text = bytes.first() == Some(&b'(') && accepted(text_to_binary(bytes)).is_some();
    accepted(adapt(bytes, &Options::default())).is_some() || text
}

/// A component that takes whatever fits its type.
struct Callee {
    runtime: Runtime,
    prepared: Prepared,
}

fn callee() -> Callee {
    let host = Host::builder().threads(1).build().expect("a host");
    let profile = Profile::find("posix").expect("a profile");
    let mut policy = Policy::default();
    let grant = Grant::bare("callee", &profile, policy.toolkit_mut("callee"));
    let prepared = host.prepare(&Artifact::bare(&binary(TAKES)), &grant).expect("it is sound");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Callee { runtime: runtime.expect("a runtime"), prepared }
}

pub(super) fn calls() -> Vec<Vec<u8>> {
    [
        "f([])",
        r#"f([(1, some("a\n\u{e9}"), ok(['x', '\u{1F600}']), true, -9, 0.5)])"#,
        "f([(255, none, err(-inf), false, 9223372036854775807, nan), (0, none, ok([]), true, 0, 1e9)])",
        "g(1)",
    ]
    .map(|call| call.as_bytes().to_vec())
    .to_vec()
}

pub(super) fn call(bytes: &[u8]) -> bool {
    static CALLEE: Mutex<Option<Callee>> = Mutex::new(None);
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut held = CALLEE.lock().expect("whoever panicked has ended the test");
    let Callee { runtime, prepared } = held.get_or_insert_with(callee);
    runtime.block_on(async {
        let mut instance = prepared.start(Run::default()).await.expect("it starts");
        accepted(instance.invoke(text).await).is_some()
    })
}
