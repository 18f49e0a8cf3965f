//! Commands of WASI preview 1, written as text.

use workbooks_host::{Run, RunError};

use crate::support::{block_on, grant, host, prepare};

const ECHO: &str = r#"(module
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

#[test]
fn a_command_reads_writes_and_exits_with_its_status() {
    let host = host();
    let echo = prepare(&host, ECHO, &grant(&[])).unwrap();
    let outcome = block_on(echo.run(Run::args(["echo"]).stdin("hello")));
    assert_eq!(outcome.ended.unwrap(), 7);
    assert_eq!(outcome.stdout, b"hello");
    assert!(!outcome.truncated);
}

#[test]
fn a_loop_is_stopped_when_its_cpu_time_is_spent() {
    let host = host();
    let mut limits = grant(&[]).limits().clone();
    limits.cpu_time = std::time::Duration::from_millis(50);
    let spin = r#"(module (memory (export "memory") 1) (func (export "_start") (loop $l (br $l))))"#;
    let spin = prepare(&host, spin, &grant(&[]).with_limits(limits)).unwrap();
    let outcome = block_on(spin.run(Run::default()));
    assert!(matches!(outcome.ended, Err(RunError::CpuTimeout { .. })), "{:?}", outcome.ended);
}
