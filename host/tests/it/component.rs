//! Typed components, called in WAVE.

use workbooks_host::{Run, RunError};

use crate::support::{block_on, grant, host, kv, prepare};

#[test]
fn what_was_set_is_got_on_the_same_and_on_another_instance() {
    let host = host();
    let pairs = prepare(&host, &kv(), &grant(&["kv"])).unwrap();
    block_on(async {
        let mut first = pairs.start(Run::default()).await.unwrap();
        assert_eq!(first.invoke(r#"set("colour", [1, 2])"#).await.unwrap().text, "ok");
        assert_eq!(first.invoke(r#"get("colour")"#).await.unwrap().text, "ok(some([1, 2]))");
        let mut second = pairs.start(Run::default()).await.unwrap();
        assert_eq!(second.invoke(r#"get("colour")"#).await.unwrap().text, "ok(some([1, 2]))");
        assert_eq!(second.invoke(r#"get("shape")"#).await.unwrap().text, "ok(none)");
    });
}

#[test]
fn a_key_that_is_refused_comes_back_as_the_typed_error() {
    let host = host();
    let pairs = prepare(&host, &kv(), &grant(&["kv"])).unwrap();
    block_on(async {
        let mut instance = pairs.start(Run::default()).await.unwrap();
        let said = instance.invoke(r#"get("")"#).await.unwrap();
        assert!(said.failed && said.text.starts_with("err(invalid("), "{}", said.text);
    });
}

#[test]
fn a_call_that_does_not_fit_says_what_is_exported_and_the_instance_lives_on() {
    let host = host();
    let pairs = prepare(&host, &kv(), &grant(&["kv"])).unwrap();
    block_on(async {
        let mut instance = pairs.start(Run::default()).await.unwrap();
        for wrong in ["nope()", "get(1)", "get(", ""] {
            let error = instance.invoke(wrong).await.unwrap_err();
            let RunError::Invoke { exported, .. } = error else { panic!("{wrong}: {error:?}") };
            assert_eq!(exported, "get, set");
        }
        assert_eq!(instance.invoke(r#"get("x")"#).await.unwrap().text, "ok(none)");
    });
}

#[test]
fn a_function_that_returns_a_handle_is_refused_and_does_not_panic() {
    let host = host();
    let resource = r#"(component
      (core module $m (func (export "f") (result i32) (i32.const 1)))
      (core instance $i (instantiate $m))
      (type $r (resource (rep i32)))
      (export $e "r" (type $r))
      (core func $new (canon resource.new $r))
      (core module $main (import "h" "new" (func $new (param i32) (result i32)))
        (func (export "f") (result i32) (call $new (i32.const 7))))
      (core instance $main (instantiate $main (with "h" (instance (export "new" (func $new))))))
      (func (export "f") (result (own $e)) (canon lift (core func $main "f"))))"#;
    let prepared = prepare(&host, resource, &grant(&[])).unwrap();
    block_on(async {
        let mut instance = prepared.start(Run::default()).await.unwrap();
        let error = instance.invoke("f()").await.unwrap_err();
        assert!(matches!(error, RunError::Handle), "{error:?}");
    });
}

#[test]
fn a_call_that_nobody_waits_for_any_more_has_ended_its_instance() {
    use std::time::Duration;
    let host = host();
    let spin = r#"(component
      (core module $m (func (export "f") (loop $l (br $l))))
      (core instance $i (instantiate $m))
      (func (export "f") (canon lift (core func $i "f"))))"#;
    let prepared = prepare(&host, spin, &grant(&[])).unwrap();
    block_on(async {
        let mut instance = prepared.start(Run::default()).await.unwrap();
        let waited = tokio::time::timeout(Duration::from_millis(30), instance.invoke("f()")).await;
        assert!(waited.is_err());
        assert!(matches!(instance.invoke("f()").await, Err(RunError::Ended)));
    });
}
