//! Words that mean nothing, and the exit status of each class.

use snapbox::str;

use crate::support::{ECHO, Place, SPIN, WANTS_KV};

#[test]
fn a_misspelt_profile_is_a_usage_error_with_the_nearest() {
    Place::new()
        .write("echo.wat", ECHO)
        .command(&["toolkit", "run", "--profile", "computr", "echo.wat"])
        .assert()
        .code(2)
        .stdout_eq(str![""])
        .stderr_eq(str![[r"
workbooks::cli::usage

  x `computr` is not a profile
  help: did you mean `compute`? It may be: compute, minimal, network, posix

"]]);
}

#[test]
fn an_unknown_toolkit_is_not_found_and_the_nearest_is_named() {
    let place = Place::new();
    place.toolkit("hello", "", ECHO);
    place.command(&["toolkit", "run", "helo"]).assert().code(4).stderr_eq(str![[r"
workbooks::cli::not_found::toolkit

  x there is no toolkit `helo`
  help: did you mean `hello`? `wbx toolkit list` shows all

"]]);
}

#[test]
fn every_class_of_failure_has_its_exit_status() {
    let place = Place::new();
    place.write("spin.wat", SPIN).write("wants.wat", WANTS_KV).write("bad.wat", "(module (oops))");
    place.write("empty.wasm", "").write("random.wasm", "no wasm at all");
    place.write("toolkits/broken/manifest.org", "#+TOOLKIT: other\n");
    place.toolkit("third", "#+TRUST: third-party", SPIN);
    place.toolkit("changed", "", SPIN).write("toolkits/changed/tool.wat", "(module)");
    place.write("file", "");
    for (status, args) in [
        (2, &["nope"][..]),
        (2, &["toolkit"]),
        (2, &["toolkit", "run"]),
        (2, &["toolkit", "run", "--profil", "compute", "spin.wat"]),
        (2, &["toolkit", "run", "--grant", "kvv", "spin.wat"]),
        (2, &["toolkit", "run", "--mount", "x", "spin.wat"]),
        (2, &["toolkit", "run", "--deadline", "5", "spin.wat"]),
        (2, &["toolkit", "run", "--env", "=x", "spin.wat"]),
        (2, &["toolkit", "new", "Not-An-Id"]),
        (2, &["grant", "../x", "kv"]),
        (2, &["grant", "x", "kvv"]),
        (2, &["wit", "--caps", "kvv"]),
        (2, &["help", "nope"]),
        (2, &["completions", "nope"]),
        (4, &["toolkit", "show", "nope"]),
        (4, &["toolkit", "run", "./nope"]),
        (4, &["toolkit", "run", "nope.wasm"]),
        (4, &["lane", "install", "cobol"]),
        (4, &["lane", "install", "zig"]),
        (4, &["lane", "list", "rust"]),
        (2, &["lane", "install"]),
        (2, &["lane", "install", "--all", "c"]),
        (1, &["toolkit", "new", "--lang", "rust", "x"]),
        (5, &["toolkit", "run", "broken"]),
        (5, &["toolkit", "run", "bad.wat"]),
        (5, &["toolkit", "run", "empty.wasm"]),
        (5, &["toolkit", "run", "random.wasm"]),
        (5, &["toolkit", "run", "changed"]),
        (6, &["toolkit", "new", "third"]),
        (5, &["toolkit", "run", "third"]),
        (7, &["toolkit", "run", "wants.wat"]),
        (7, &["toolkit", "run", "--mount", ".::/data", "spin.wat"]),
        (7, &["toolkit", "run", "--grant", "vfs", "--mount", "home::/data", "spin.wat"]),
        (7, &["toolkit", "run", "--grant", "vfs", "--mount", "file::/data", "spin.wat"]),
        (8, &["toolkit", "run", "--deadline", "50ms", "spin.wat"]),
    ] {
        let ended = place.run(args);
        assert_eq!(ended.status, status, "{args:?}\n{}", ended.stderr);
        assert_eq!(ended.stdout, "", "{args:?}");
        assert!(!ended.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn nothing_is_coloured_when_nobody_looks() {
    let place = Place::new();
    for args in [&["doctor"][..], &[], &["help"], &["toolkit", "show", "nope"], &["--help"]] {
        let ended = place.run(args);
        assert!(!(ended.stdout + &ended.stderr).contains('\u{1b}'), "{args:?}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test starts what it tests")]
fn a_reader_that_goes_away_is_no_failure() {
    use std::process::{Command, Stdio};
    let place = Place::new();
    let mut wbx = Command::new(crate::support::wbx())
        .args(["completions", "bash"])
        .env("WBX_HOME", place.path("home"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(wbx.stdout.take());
    assert_eq!(wbx.wait().unwrap().code(), Some(0));
}
