//! `wbx secret`: what is stored signs, and shows itself nowhere.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Ended, Place};

/// Stands in no output and in no file but its own.
const CANARY: &str = "canary-7f3a-canary-7f3a";

/// Hands its calls of `sign` and `exists` through.
const SIGNER: &str = r#"(component
  (import "workbooks:engine/types@0.1.0-dev" (instance $types
    (type $failure (record (field "code" string) (field "message" string) (field "retryable" bool)))
    (export "failure" (type $f (eq $failure)))
    (type $error (variant
      (case "revoked") (case "rate-limited" u64) (case "too-large" u64) (case "quota" u64)
      (case "timeout") (case "cancelled") (case "not-found") (case "conflict")
      (case "unsupported" string) (case "invalid" string) (case "denied" string)
      (case "unavailable" string) (case "other" $f)))
    (export "error" (type (eq $error)))))
  (alias export $types "error" (type $error))
  (import "workbooks:engine/secrets@0.1.0-dev" (instance $secrets
    (alias outer 1 $error (type $outer))
    (export "error" (type $e (eq $outer)))
    (export "exists" (func (param "name" string) (result (result bool (error $e)))))
    (export "sign" (func (param "name" string) (param "message" (list u8)) (result (result (list u8) (error $e)))))))
  (core module $libc
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $exists (canon lower (func $secrets "exists") (memory $memory) (realloc $realloc)))
  (core func $sign (canon lower (func $secrets "sign") (memory $memory) (realloc $realloc)))
  (core module $main
    (import "secrets" "exists" (func $exists (param i32 i32 i32)))
    (import "secrets" "sign" (func $sign (param i32 i32 i32 i32 i32)))
    (func (export "exists") (param i32 i32) (result i32)
      (call $exists (local.get 0) (local.get 1) (i32.const 64)) (i32.const 64))
    (func (export "sign") (param i32 i32 i32 i32) (result i32)
      (call $sign (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 64)) (i32.const 64)))
  (core instance $main (instantiate $main (with "secrets" (instance
    (export "exists" (func $exists)) (export "sign" (func $sign))))))
  (export $e "fault" (type $error))
  (func (export "exists") (param "name" string) (result (result bool (error $e)))
    (canon lift (core func $main "exists") (memory $memory) (realloc $realloc)))
  (func (export "sign") (param "name" string) (param "message" (list u8)) (result (result (list u8) (error $e)))
    (canon lift (core func $main "sign") (memory $memory) (realloc $realloc))))"#;

/// HMAC-SHA-256 of `what do ya want for nothing?` under `Jefe-Jefe-Jefe-Jefe`, by Python's `hmac`.
const SIGNED: &str = "ok([61, 19, 10, 180, 133, 252, 173, 197, 76, 246, 212, 16, 29, 11, 213, 234, 169, 19, 183, 245, 210, 149, 89, 226, 5, 238, 82, 160, 213, 134, 244, 236])";

fn set(place: &Place, args: &[&str], value: &str) -> Ended {
    place.run_with(&[&["secret", "set"], args].concat(), value)
}

/// A place with a toolkit that may sign with `KEY`.
fn signer() -> Place {
    let place = Place::new();
    place.toolkit("signer", "#+EXEC: component\n#+CAPS: secrets", SIGNER);
    place.write("home/policy.toml", "[toolkit.signer]\nsign = [\"KEY\"]\n");
    fs::set_permissions(place.path("home"), Permissions::from_mode(0o700)).unwrap();
    place
}

fn call(place: &Place, call: &str) -> String {
    place.run(&["toolkit", "run", "--invoke", call, "signer"]).stdout.trim().to_owned()
}

#[test]
fn what_cannot_be_a_secret_is_refused_and_nothing_is_stored() {
    let place = Place::new();
    for (args, value, status) in [
        (&["KEY"][..], "", 2),
        (&["KEY"], "\n", 2),
        (&["KEY"], "two\nlines\n", 2),
        (&["KEY", "--for", "hmac-sha256"], "fifteen bytes..", 2),
        (&["KEY", "--for", "ed25519"], "not 32 bytes", 2),
        (&["KEY", "--for", "rsa"], CANARY, 2),
        (&["../KEY"], CANARY, 2),
        (&["KEY", CANARY], "", 2),
        (&[], CANARY, 2),
    ] {
        let ended = set(&place, args, value);
        assert_eq!(ended.status, status, "{args:?}: {}", ended.stderr);
    }
    let over = "x".repeat((64 << 10) + 1);
    assert_eq!(set(&place, &["KEY"], &over).status, 2);
    assert!(place.run(&["secret", "list"]).stdout.starts_with("no secrets"));
    assert_eq!(place.run(&["secret", "remove", "KEY"]).status, 4);
}

#[test]
fn secrets_are_listed_by_name_and_purpose_and_removed() {
    let place = Place::new();
    assert_eq!(set(&place, &["TOKEN"], "token\n").status, 0);
    assert_eq!(set(&place, &["KEY", "--for", "hmac-sha512"], CANARY).status, 0);
    assert_eq!(place.run(&["secret", "list"]).stdout, "KEY    hmac-sha512\nTOKEN  credential\n");
    let (_, listed) = place.json(&["secret", "list"]);
    let wanted = serde_json::json!([
        { "secret": "KEY", "for": "hmac-sha512" }, { "secret": "TOKEN", "for": "credential" },
    ]);
    assert_eq!(listed["data"]["secrets"], wanted);
    assert_eq!(place.run(&["secret", "remove", "KEY"]).status, 0);
    assert_eq!(place.run(&["secret", "list"]).stdout, "TOKEN  credential\n");
    let mode = |path: &str| fs::metadata(place.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("home/keys/secrets"), 0o700);
    assert_eq!(mode("home/keys/secrets/local/TOKEN"), 0o600);
}

#[test]
fn a_secret_that_others_may_read_is_not_used() {
    let place = signer();
    set(&place, &["KEY", "--for", "hmac-sha256"], CANARY);
    let file = place.path("home/keys/secrets/local/KEY");
    fs::set_permissions(file, Permissions::from_mode(0o644)).unwrap();
    assert_eq!(
        call(&place, r#"sign("KEY", [])"#),
        r#"err(unavailable("the secret cannot be read"))"#
    );
    let ended = place.run(&["secret", "list"]);
    assert_eq!(ended.status, 5, "{}", ended.stderr);
}

#[test]
fn a_toolkit_signs_with_what_the_policy_names_and_with_nothing_else() {
    let place = signer();
    set(&place, &["KEY", "--for", "hmac-sha256"], "Jefe-Jefe-Jefe-Jefe\n");
    set(&place, &["OTHER", "--for", "hmac-sha256"], CANARY);
    let message = format!("{:?}", b"what do ya want for nothing?");
    let signed = call(&place, &format!(r#"sign("KEY", {message})"#));
    assert_eq!(signed, SIGNED);
    assert_eq!(call(&place, r#"exists("KEY")"#), "ok(true)");
    assert_eq!(call(&place, r#"exists("OTHER")"#), "ok(false)");
    assert_eq!(call(&place, r#"sign("OTHER", [])"#), "err(not-found)");
    assert!(place.run(&["audit", "--stats"]).stdout.contains("secrets.sign"));
    set(&place, &["KEY", "--for", "credential"], "token");
    assert!(call(&place, r#"sign("KEY", [])"#).starts_with("err(denied("));
}

#[test]
fn a_secret_stands_in_its_own_file_and_nowhere_else() {
    let place = signer();
    let mut all = Vec::new();
    let mut keep = |ended: Ended| all.extend([ended.stdout, ended.stderr]);
    keep(set(&place, &["KEY", "--for", "hmac-sha256"], CANARY));
    keep(set(&place, &["--json", "KEY", "--for", "hmac-sha512"], CANARY));
    keep(set(&place, &["KEY", "--for", "ed25519"], CANARY));
    keep(set(&place, &["a/b"], CANARY));
    for args in [
        &["secret", "list"][..],
        &["--json", "secret", "list"],
        &["secret", "remove", "NONE"],
        &["toolkit", "show", "signer"],
        &["toolkit", "run", "--timings", "--invoke", r#"sign("KEY", [1])"#, "signer"],
        &["--json", "toolkit", "run", "--invoke", r#"sign("NONE", [1])"#, "signer"],
        &["audit"],
        &["--json", "audit", "--stats"],
        &["doctor"],
    ] {
        keep(place.run(args));
    }
    let shown = all.concat();
    assert!(shown.contains("ok([") && shown.contains("hmac-sha512"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
    let mut folders = vec![place.path("")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read(&path).unwrap().windows(6).any(|bytes| bytes == b"canary") {
                found.push(path);
            }
        }
    }
    assert_eq!(found, [place.path("home/keys/secrets/local/KEY")]);
}
