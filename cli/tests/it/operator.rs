//! What the operator stores: grants, revocations, and what is told of them.

use crate::support::{COMPONENT, ECHO, Place};

#[test]
fn a_toolkit_without_capabilities_is_revoked_and_restored() {
    let place = Place::new();
    place.toolkit("echo", "#+EXEC: command", ECHO);
    assert_eq!(place.run(&["revoke", "echo"]).status, 0);
    assert_eq!(place.run(&["toolkit", "run", "echo"]).status, 7);
    assert_eq!(place.run(&["grant", "echo"]).status, 0);
    assert_eq!(place.run(&["toolkit", "run", "echo"]).status, 7, "it exits with 7 by itself");
    assert_eq!(place.run_with(&["toolkit", "run", "echo", "a"], "b").stdout, "ab");
}

#[test]
fn a_foreign_folder_with_the_id_of_a_granted_toolkit_gets_nothing() {
    let place = Place::new();
    place.toolkit("vic", "#+EXEC: component\n#+CAPS: kv", COMPONENT);
    assert_eq!(place.run(&["grant", "vic", "kv"]).status, 0);
    let text = std::fs::read_to_string(place.path("toolkits/vic/manifest.org")).unwrap();
    place.write("evil/vic/manifest.org", &text).write("evil/vic/tool.wat", COMPONENT);
    let evil = place.path("evil/vic").display().to_string();
    let (_, shown) = place.json(&["toolkit", "show", &evil]);
    assert_eq!(shown["data"]["grant"]["capabilities"], serde_json::json!([]), "{shown}");
    let (_, shown) = place.json(&["toolkit", "show", "vic"]);
    assert_eq!(shown["data"]["grant"]["capabilities"], serde_json::json!(["kv"]), "{shown}");
}

#[test]
fn grants_that_come_at_once_are_all_stored() {
    let place = Place::new();
    place.run(&["grant", "first", "kv"]);
    std::thread::scope(|scope| {
        for n in 0..8 {
            let place = &place;
            scope
                .spawn(move || assert_eq!(place.run(&["grant", &format!("t{n}"), "kv"]).status, 0));
        }
    });
    let policy = std::fs::read_to_string(place.path("home/policy.toml")).unwrap();
    for n in 0..8 {
        assert!(policy.contains(&format!("[toolkit.t{n}]")), "t{n} is lost:\n{policy}");
    }
}

#[test]
fn revoking_what_is_not_there_is_remarked() {
    let place = Place::new();
    place.toolkit("hello", "#+EXEC: command", ECHO);
    let ended = place.run(&["revoke", "helo"]);
    assert_eq!(ended.status, 0);
    assert!(ended.stderr.contains("there is no toolkit `helo`"), "{}", ended.stderr);
}

#[test]
fn a_shape_that_is_not_available_is_said_to_be_before_anything_is_built() {
    let place = Place::new();
    for shape in ["task", "federation", "posix"] {
        place.toolkit(shape, &format!("#+EXEC: {shape}"), COMPONENT);
        let (status, envelope) = place.json(&["toolkit", "run", shape]);
        assert_eq!(envelope["error"]["code"], "workbooks::run::not_available", "{envelope}");
        assert_eq!(status, 1);
    }
}

#[test]
fn a_known_export_of_another_shape_is_a_mismatch_of_a_bare_file() {
    let place = Place::new();
    place.write(
        "tool.wat",
        r#"(component
          (core module $m (func (export "f")))
          (core instance $i (instantiate $m))
          (func $f (canon lift (core func $i "f")))
          (component $shim (import "f" (func $f)) (export "describe" (func $f)))
          (instance $tool (instantiate $shim (with "f" (func $f))))
          (export "workbooks:engine/tool@0.1.0-dev" (instance $tool)))"#,
    );
    let (status, envelope) = place.json(&["toolkit", "check", "tool.wat"]);
    assert_eq!(envelope["error"]["code"], "workbooks::check::mismatch", "{envelope}");
    assert_eq!(status, 5);
}
