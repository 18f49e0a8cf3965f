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
