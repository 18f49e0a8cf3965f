//! A project and an installation of their own for each test, and guests written as text.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use snapbox::cmd::Command;

/// Prints its first argument and what it reads, and exits with 7.
pub(crate) const ECHO: &str = r#"(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (func $length (param $text i32) (result i32) (local $at i32)
    (local.set $at (local.get $text))
    (block $end (loop $next
      (br_if $end (i32.eqz (i32.load8_u (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
    (i32.sub (local.get $at) (local.get $text)))
  (func (export "_start")
    (drop (call $sizes (i32.const 0) (i32.const 4)))
    (drop (call $args (i32.const 64) (i32.const 1024)))
    (if (i32.lt_u (i32.const 1) (i32.load (i32.const 0))) (then
      (i32.store (i32.const 16) (i32.load (i32.const 68)))
      (i32.store (i32.const 20) (call $length (i32.load (i32.const 68))))
      (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))))
    (i32.store (i32.const 16) (i32.const 8192)) (i32.store (i32.const 20) (i32.const 4096))
    (drop (call $read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 24)))
    (i32.store (i32.const 20) (i32.load (i32.const 24)))
    (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))
    (call $exit (i32.const 7))))"#;

/// Never ends.
pub(crate) const SPIN: &str =
    r#"(module (memory (export "memory") 1) (func (export "_start") (loop $again (br $again))))"#;

/// Answers with its input, the first byte twice.
pub(crate) const KERNEL: &str = r#"(module (memory (export "memory") 4)
  (func (export "process") (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const -3))
      (else
        (i32.store8 (i32.const 65536) (i32.load8_u (i32.const 1024)))
        (memory.copy (i32.const 65537) (i32.const 1024) (local.get $n))
        (i32.add (local.get $n) (i32.const 1))))))"#;

/// Exports `add`, and `fail`, which returns the `err` of a `result`.
pub(crate) const COMPONENT: &str = r#"(component
  (core module $m
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "fail") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
  (func (export "fail") (result (result)) (canon lift (core func $i "fail"))))"#;

/// Wants a capability.
pub(crate) const WANTS_KV: &str = r#"(component
  (import "workbooks:engine/kv@0.1.0-dev" (instance (export "list" (func))))
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func (export "f") (canon lift (core func $i "f"))))"#;

/// A project and an installation.
pub(crate) struct Place(tempfile::TempDir);

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir(place.path("toolkits")).unwrap();
        place
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// A toolkit whose artifact is a text, so that no lane is needed.
    pub(crate) fn toolkit(&self, id: &str, lines: &str, wat: &str) -> &Self {
        let digest = Sha256::digest(wat)
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let manifest =
            format!("#+TOOLKIT: {id}\n{lines}\n#+BUILD_SRC: wasm:tool.wat\n#+SHA256: {digest}\n");
        self.write(&format!("toolkits/{id}/tool.wat"), wat);
        self.write(&format!("toolkits/{id}/manifest.org"), &manifest)
    }

    /// `wbx` here, with nothing of the tests' own environment but the PATH.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        Command::new(wbx())
            .args(args)
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", option_env!("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("WBX_HOME", self.path("home"))
            .env("WBX_CACHE", self.path("cache"))
            .env("WBX_TOOLKITS_ROOT", self.path("toolkits"))
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        self.run_with(args, "")
    }

    pub(crate) fn run_with(&self, args: &[&str], stdin: &str) -> Ended {
        let output = self.command(args).stdin(stdin).output().unwrap();
        Ended {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs with `--json`, and gives status and envelope.
    pub(crate) fn json(&self, args: &[&str]) -> (i32, Value) {
        let with_json: Vec<_> = ["--json"].iter().chain(args).copied().collect();
        let ended = self.run(&with_json);
        let envelope = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| {
            panic!("{args:?}: {error}\n{}\n{}", ended.stdout, ended.stderr)
        });
        (ended.status, envelope)
    }
}

pub(crate) fn wbx() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_wbx"))
}
