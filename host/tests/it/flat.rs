//! Components of the world `legacy`, whose imports are functions.

use std::sync::Arc;

use miette::Diagnostic as _;
use workbooks_host::fabric::{Command, CommandError, Commands};
use workbooks_host::{Host, PrepareError, Run};

use crate::support::{ECHO, block_on, grant, host, limited, prepare};

/// A component whose `run` is the import of this name and type, called by these core arguments;
/// what the import returns lies at 64.
fn flat(import: &str, params: &str, core: &str, arguments: &str) -> String {
    format!(
        r#"(component
  (import "{import}" (func $import {params} (result string)))
  (core module $libc (memory (export "memory") 40) (global $next (mut i32) (i32.const 4096))
    (data (i32.const 128) "echo") (data (i32.const 160) "[\"a\",\"b\"]")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3)))))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $lowered (canon lower (func $import) (memory $memory) (realloc $realloc)))
  (core module $main (import "i" "f" (func $f (param {core})))
    (func (export "run") (param i32 i32) (result i32)
      (call $f {arguments} (i32.const 64)) (i32.const 64)))
  (core instance $main (instantiate $main (with "i" (instance (export "f" (func $lowered))))))
  (func (export "run") (param "input" string) (result string)
    (canon lift (core func $main "run") (memory $memory) (realloc $realloc))))"#
    )
}

/// One whose import takes its input.
fn of_text(import: &str, param: &str) -> String {
    let params = format!(r#"(param "{param}" string)"#);
    flat(import, &params, "i32 i32 i32", "(local.get 0) (local.get 1)")
}

fn command() -> String {
    let params = r#"(param "command" string) (param "input" string) (param "args" (list string))"#;
    let echo =
        "(i32.const 128) (i32.const 4) (local.get 0) (local.get 1) (i32.const 0) (i32.const 0)";
    flat("run-command", params, "i32 i32 i32 i32 i32 i32 i32", echo)
}

struct Echo;

impl Commands for Echo {
    fn names(&self, _: &str) -> Result<Vec<String>, CommandError> {
        Ok(vec!["echo".to_owned()])
    }

    fn find(&self, tenant: &str, name: &str) -> Result<Option<Command>, CommandError> {
        let quiet = ECHO.replace("(call $exit (i32.const 7))", "");
        let bytes = workbooks_host::adapt::text_to_binary(quiet.as_bytes()).unwrap();
        Ok((tenant == "local" && name == "echo").then(|| Command::bytes(bytes, grant(&[]))))
    }
}

fn with_echo() -> Host {
    Host::builder().threads(2).commands(Arc::new(Echo)).build().unwrap()
}

fn say(host: &Host, wat: &str, words: &[&str], input: &str) -> String {
    let prepared = prepare(host, wat, &grant(words)).unwrap();
    assert!(prepared.is_flat());
    block_on(async { prepared.start(Run::default()).await.unwrap().run_flat(input).await.unwrap() })
}

#[test]
fn an_import_that_was_not_granted_is_an_error_with_its_remedy() {
    for (wat, word) in [
        (of_text("vfs-query", "sql"), "vfs"),
        (command(), "commands"),
        (of_text("llm-complete", "prompt"), "llm"),
        (of_text("browse-fetch", "url"), "browse"),
    ] {
        let refused = prepare(&host(), &wat, &grant(&[])).unwrap_err();
        assert!(matches!(refused, PrepareError::Link(_)), "{refused:?}");
        assert_eq!(refused.code().unwrap().to_string(), "workbooks::link::not_granted");
        assert!(refused.help().unwrap().to_string().contains(&format!("--grant {word}")));
    }
}

#[test]
fn an_import_of_another_type_is_refused() {
    let old = flat(
        "run-command",
        r#"(param "command" string)"#,
        "i32 i32 i32",
        "(local.get 0) (local.get 1)",
    );
    let refused = prepare(&host(), &old, &grant(&["commands"])).unwrap_err();
    assert_eq!(refused.code().unwrap().to_string(), "workbooks::link::shape");
}

#[test]
fn who_it_is_is_told_to_everybody() {
    let info = flat("session-info", "", "i32", "");
    let said = say(&host(), &info, &[], "");
    assert_eq!(said, r#"{"tenant":"local","toolkit":"guest","instance":"guest"}"#);
}

#[test]
fn a_query_sees_the_table_of_the_original_and_errors_are_json() {
    let (host, query) = (host(), of_text("vfs-query", "sql"));
    let ask = |sql: &str| say(&host, &query, &["vfs"], sql);
    assert_eq!(ask("SELECT count(*), 'x' FROM vfs"), r#"[[0,"x"]]"#);
    assert_eq!(ask("WITH a AS (SELECT 1) SELECT * FROM a"), "[[1]]");
    for refused in ["DELETE FROM files", "SELECT * FROM sqlite_master", "ATTACH 'x' AS y", ""] {
        assert!(ask(refused).starts_with(r#"{"error":"#), "{refused}");
    }
}

#[test]
fn a_command_runs_on_its_input_and_its_output_is_trimmed() {
    assert_eq!(say(&with_echo(), &command(), &["commands"], "hello\n"), "hello");
    let said = say(&host(), &command(), &["commands"], "hello");
    assert_eq!(said, r#"{"error":"not found"}"#);
}

#[test]
fn many_commands_answer_in_order() {
    let params = r#"(param "command" string) (param "inputs" string)"#;
    let echo = "(i32.const 128) (i32.const 4) (local.get 0) (local.get 1)";
    let many = flat("run-command-many", params, "i32 i32 i32 i32 i32", echo);
    let ask = |inputs: &str| say(&with_echo(), &many, &["parallel"], inputs);
    assert_eq!(ask(r#"["a","b"]"#), r#"[{"ok":"a"},{"ok":"b"}]"#);
    assert!(ask("[1]").starts_with(r#"{"error":"#));
}

#[test]
fn they_pass_the_gate_like_any_other() {
    let host = host();
    let query = of_text("vfs-query", "sql");
    let prepared = prepare(&host, &query, &limited(&["vfs"], |limits| limits.rate = 1)).unwrap();
    block_on(async {
        let mut instance = prepared.start(Run::default()).await.unwrap();
        assert_eq!(instance.run_flat("SELECT 1").await.unwrap(), "[[1]]");
        let said = instance.run_flat("SELECT 1").await.unwrap();
        assert!(said.contains("over the rate"), "{said}");
        host.revoke("guest");
        let said = instance.run_flat("SELECT 1").await.unwrap();
        assert!(said.contains("withdrawn"), "{said}");
    });
}

#[test]
fn what_nobody_serves_says_so_in_the_same_way() {
    let said = say(&host(), &of_text("llm-complete", "prompt"), &["llm"], "hi");
    assert!(said.starts_with(r#"{"error":"#), "{said}");
}
