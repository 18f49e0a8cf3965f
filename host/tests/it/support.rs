//! Hosts, grants and guests for the tests.

use std::time::Duration;

use workbooks_host::policy::ToolkitPolicy;
use workbooks_host::{Artifact, Grant, Host, Limits, PrepareError, Prepared, Profile};

pub(crate) fn host() -> Host {
    Host::builder().threads(2).build().unwrap()
}

/// A grant of exactly these capabilities, under the largest profile.
pub(crate) fn grant(capabilities: &[&str]) -> Grant {
    let operator = ToolkitPolicy {
        grants: capabilities.iter().map(|&c| c.to_owned()).collect(),
        ..ToolkitPolicy::default()
    };
    Grant::bare("guest", &Profile::named("posix"), &operator)
}

/// The same with other limits.
pub(crate) fn limited(capabilities: &[&str], change: impl FnOnce(&mut Limits)) -> Grant {
    let grant = grant(capabilities);
    let mut limits = grant.limits().clone();
    change(&mut limits);
    grant.with_limits(limits)
}

pub(crate) fn prepare(host: &Host, wat: &str, grant: &Grant) -> Result<Prepared, PrepareError> {
    let bytes = workbooks_host::adapt::text_to_binary(wat.as_bytes()).unwrap();
    host.prepare(&Artifact::bare(&bytes), grant)
}

/// Waits at most a minute, so that a guest that is not stopped fails its test.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_mins(1), future).await }).unwrap()
}

/// Copies up to 4096 bytes from stdin to stdout and exits with 7.
pub(crate) const ECHO: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 4096))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.store (i32.const 4) (i32.load (i32.const 8)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $exit (i32.const 7))))"#;

/// The types that every capability shares, as a component imports them.
pub(crate) const TYPES: &str = r#"(import "workbooks:engine/types@0.1.0-dev" (instance $types
    (type $failure (record (field "code" string) (field "message" string) (field "retryable" bool)))
    (export "failure" (type $f (eq $failure)))
    (type $error (variant
      (case "revoked") (case "rate-limited" u64) (case "too-large" u64) (case "quota" u64)
      (case "timeout") (case "cancelled") (case "not-found") (case "conflict")
      (case "unsupported" string) (case "invalid" string) (case "denied" string)
      (case "unavailable" string) (case "other" $f)))
    (export "error" (type (eq $error)))))
  (alias export $types "error" (type $error))"#;

/// A component that imports `kv` and exports functions over it.
pub(crate) fn kv() -> String {
    format!("(component {TYPES} {KV}")
}

const KV: &str = r#"  (import "workbooks:engine/kv@0.1.0-dev" (instance $kv
    (alias outer 1 $error (type $outer))
    (export "error" (type $e (eq $outer)))
    (export "get" (func (param "key" string) (result (result (option (list u8)) (error $e)))))
    (export "set" (func (param "key" string) (param "value" (list u8)) (result (result (error $e)))))))
  (core module $libc
    (memory (export "memory") 40)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $get (canon lower (func $kv "get") (memory $memory) (realloc $realloc)))
  (core func $set (canon lower (func $kv "set") (memory $memory) (realloc $realloc)))
  (core module $main
    (import "kv" "get" (func $get (param i32 i32 i32)))
    (import "kv" "set" (func $set (param i32 i32 i32 i32 i32)))
    (func (export "get") (param i32 i32) (result i32)
      (call $get (local.get 0) (local.get 1) (i32.const 64)) (i32.const 64))
    (func (export "set") (param i32 i32 i32 i32) (result i32)
      (call $set (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 64)) (i32.const 64)))
  (core instance $main (instantiate $main (with "kv" (instance
    (export "get" (func $get)) (export "set" (func $set))))))
  (export $e "fault" (type $error))
  (func (export "get") (param "key" string) (result (result (option (list u8)) (error $e)))
    (canon lift (core func $main "get") (memory $memory) (realloc $realloc)))
  (func (export "set") (param "key" string) (param "value" (list u8)) (result (result (error $e)))
    (canon lift (core func $main "set") (memory $memory) (realloc $realloc))))"#;
