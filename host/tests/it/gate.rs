//! Revocation, rate and audit, as a guest meets them.

use std::sync::Arc;

use workbooks_host::admission::{Decision, MemoryAudit};
use workbooks_host::{Host, Run};

use crate::support::{TYPES, block_on, grant, kv, limited, prepare};

#[test]
fn a_revoked_toolkit_is_refused_on_its_next_call_and_it_is_on_record() {
    let audit = Arc::new(MemoryAudit::default());
    let host = Host::builder().threads(1).audit(audit.clone()).build().unwrap();
    let pairs = prepare(&host, &kv(), &grant(&["kv"])).unwrap();
    block_on(async {
        let mut instance = pairs.start(Run::default()).await.unwrap();
        assert_eq!(instance.invoke(r#"get("a")"#).await.unwrap().text, "ok(none)");
        host.revoke("guest");
        assert_eq!(instance.invoke(r#"get("a")"#).await.unwrap().text, "err(revoked)");
    });
    let denied: Vec<_> =
        audit.records().into_iter().filter(|r| r.decision != Decision::Allowed).collect();
    assert_eq!(denied.len(), 1);
    assert_eq!((denied[0].capability.as_str(), denied[0].operation.as_str()), ("kv", "get"));
}

#[test]
fn a_call_over_the_rate_says_when_to_come_back() {
    let host = crate::support::host();
    let pairs = prepare(&host, &kv(), &limited(&["kv"], |limits| limits.rate = 2)).unwrap();
    block_on(async {
        let mut instance = pairs.start(Run::default()).await.unwrap();
        for _ in 0..2 {
            assert_eq!(instance.invoke(r#"get("a")"#).await.unwrap().text, "ok(none)");
        }
        let said = instance.invoke(r#"get("a")"#).await.unwrap().text;
        assert!(said.starts_with("err(rate-limited("), "{said}");
    });
}

#[test]
fn a_secret_that_is_not_granted_does_not_exist() {
    let host = crate::support::host();
    let secrets = format!(
        r#"(component {TYPES}
        (import "workbooks:engine/secrets@0.1.0-dev" (instance $secrets
          (alias outer 1 $error (type $outer))
          (export "error" (type $e (eq $outer)))
          (export "exists" (func (param "name" string) (result (result bool (error $e)))))))
        (core module $libc (memory (export "memory") 1)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
        (core instance $libc (instantiate $libc))
        (alias core export $libc "memory" (core memory $memory))
        (alias core export $libc "realloc" (core func $realloc))
        (core func $exists (canon lower (func $secrets "exists") (memory $memory) (realloc $realloc)))
        (core module $main
          (import "secrets" "exists" (func $exists (param i32 i32 i32)))
          (func (export "exists") (param i32 i32) (result i32)
            (call $exists (local.get 0) (local.get 1) (i32.const 64)) (i32.const 64)))
        (core instance $main (instantiate $main (with "secrets" (instance (export "exists" (func $exists))))))
        (export $e "fault" (type $error))
        (func (export "exists") (param "name" string) (result (result bool (error $e)))
          (canon lift (core func $main "exists") (memory $memory) (realloc $realloc))))"#
    );
    let component = prepare(&host, &secrets, &grant(&["secrets"])).unwrap();
    block_on(async {
        let mut instance = component.start(Run::default()).await.unwrap();
        let said = instance.invoke(r#"exists("key")"#).await.unwrap().text;
        assert_eq!(said, "ok(false)");
    });
}

#[test]
fn what_was_prepared_before_a_revocation_is_refused_and_what_is_prepared_after_is_not() {
    let host = crate::support::host();
    let pairs = prepare(&host, &kv(), &grant(&["kv"])).unwrap();
    host.revoke("guest");
    let again = prepare(&host, &kv(), &grant(&["kv"])).unwrap();
    block_on(async {
        let mut revoked = pairs.start(Run::default()).await.unwrap();
        assert_eq!(revoked.invoke(r#"get("a")"#).await.unwrap().text, "err(revoked)");
        let mut granted = again.start(Run::default()).await.unwrap();
        assert_eq!(granted.invoke(r#"get("a")"#).await.unwrap().text, "ok(none)");
    });
}

#[test]
fn another_grant_has_its_own_rate() {
    let host = crate::support::host();
    let _lax = prepare(&host, &kv(), &grant(&["kv"])).unwrap();
    let strict = prepare(&host, &kv(), &limited(&["kv"], |limits| limits.rate = 0)).unwrap();
    block_on(async {
        let mut instance = strict.start(Run::default()).await.unwrap();
        let said = instance.invoke(r#"get("a")"#).await.unwrap().text;
        assert!(said.starts_with("err(rate-limited("), "{said}");
    });
}
