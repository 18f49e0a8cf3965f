//! `wbx command`, the commands that toolkits find, and components of the world `legacy`.

use crate::support::{KERNEL, Place};

/// Writes what it reads.
pub(crate) const CAT: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 4096))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.store (i32.const 4) (i32.load (i32.const 8)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// Reads a request of the wire protocol and writes the answer; exits with 9 where there is none.
pub(crate) const CALLER: &str = r#"(module
  (import "env" "host_exec" (func $exec (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (func (export "_start") (local $n i32)
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 4096))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (local.set $n (call $exec (i32.const 1024) (i32.load (i32.const 8)) (i32.const 8192) (i32.const 4096)))
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (call $exit (i32.const 9))))
    (i32.store (i32.const 0) (i32.const 8192)) (i32.store (i32.const 4) (local.get $n))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// `cat` with `hi`.
pub(crate) const REQUEST: &str = "\x03\0\0\0cat\0\0\0\0\x02\0\0\0hi";

const RUN: [&str; 3] = ["toolkit", "run", "caller"];

fn place() -> Place {
    let place = Place::new();
    place.toolkit("caller", "#+CAPS: commands", CALLER).write("cat.wat", CAT);
    place
}

#[test]
fn a_command_is_added_listed_run_and_removed() {
    let place = place();
    assert_eq!(place.run_with(&RUN, REQUEST).status, 9);
    assert_eq!(place.run(&["command", "add", "cat", "cat.wat"]).status, 0);
    let (_, envelope) = place.json(&["command", "list"]);
    let commands = envelope["data"]["commands"].as_array().unwrap();
    assert_eq!(
        (commands[0]["name"].as_str(), commands[0]["source"].as_str()),
        (Some("cat"), Some("added"))
    );
    assert_eq!(commands[1]["name"], "caller");
    let ended = place.run_with(&RUN, REQUEST);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "hi"), "{}", ended.stderr);
    assert_eq!(place.run(&["command", "remove", "cat"]).status, 0);
    assert_eq!(place.run_with(&RUN, REQUEST).status, 9);
    assert_eq!(place.run(&["command", "remove", "cat"]).status, 4);
}

#[test]
fn toolkits_of_the_project_find_each_other_and_a_bare_file_finds_none_of_them() {
    let place = place();
    place.toolkit("cat", "", CAT).write("caller.wat", CALLER);
    let ended = place.run_with(&RUN, REQUEST);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "hi"), "{}", ended.stderr);
    let bare = ["toolkit", "run", "--grant", "commands", "caller.wat"];
    assert_eq!(place.run_with(&bare, REQUEST).status, 9);
    // What the operator revoked is no command either.
    assert_eq!(place.run(&["revoke", "cat"]).status, 0);
    assert_eq!(place.run_with(&RUN, REQUEST).status, 9);
}

#[test]
fn what_is_no_command_or_no_name_is_not_added() {
    let place = place();
    place.write("kernel.wat", KERNEL);
    for (name, file, status, code) in [
        ("../cat", "cat.wat", 2, "workbooks::value::invalid"),
        ("kernel", "kernel.wat", 5, "workbooks::adapt::other_shape"),
        ("cat", "nothing.wasm", 4, "workbooks::cli::not_found::path"),
    ] {
        let (ended, envelope) = place.json(&["command", "add", name, file]);
        assert_eq!((ended, envelope["error"]["code"].as_str()), (status, Some(code)), "{name}");
    }
}

#[test]
fn a_component_of_texts_answers_its_input_or_a_call() {
    let place = Place::new();
    let same = r#"(component
      (core module $m (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "run") (param i32 i32) (result i32)
          (i32.store (i32.const 64) (local.get 0)) (i32.store (i32.const 68) (local.get 1))
          (i32.const 64)))
      (core instance $i (instantiate $m))
      (func (export "run") (param "input" string) (result string)
        (canon lift (core func $i "run") (memory $i "memory") (realloc (func $i "realloc")))))"#;
    place.write("same.wat", same);
    let ended = place.run_with(&["toolkit", "run", "same.wat"], "a \"text\"\n");
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "a \"text\"\n"), "{}", ended.stderr);
    let (_, envelope) = place.json(&["toolkit", "run", "same.wat"]);
    assert_eq!(envelope["data"]["stdout"], "");
    let ended = place.run(&["toolkit", "run", "--invoke", r#"run("x")"#, "same.wat"]);
    assert_eq!((ended.status, ended.stdout.trim()), (0, r#""x""#));
}
