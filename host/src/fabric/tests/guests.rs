//! Commands of WASI preview 1, as text.

/// Reads and writes; `$copy` hands input on to output until it ends.
const HEAD: &str = r#"
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))"#;

const FUNCTIONS: &str = r"
  (func $write (param $at i32) (param $length i32)
    (loop $more
      (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $length))
      (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))
        (then (call $exit (i32.const 74))))
      (local.set $at (i32.add (local.get $at) (i32.load (i32.const 8))))
      (local.set $length (i32.sub (local.get $length) (i32.load (i32.const 8))))
      (br_if $more (local.get $length))))
  (func $copy
    (loop $more
      (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (i32.const 32768))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (if (i32.load (i32.const 8))
        (then (call $write (i32.const 65536) (i32.load (i32.const 8))) (br $more)))))";

const HOST_EXEC: &str =
    r#"(import "env" "host_exec" (func $host_exec (param i32 i32 i32 i32) (result i32)))"#;
const HOST_MAP: &str =
    r#"(import "env" "host_parallel_map" (func $host_map (param i32 i32 i32 i32) (result i32)))"#;

fn guest(imports: &str, data: &str, body: &str) -> String {
    format!(
        r#"(module {HEAD} {imports} (memory (export "memory") 4) {FUNCTIONS}
           (data (i32.const 1024) "{data}") (func (export "_start") (local $n i32) {body}))"#
    )
}

/// Every guest, with its name.
pub(super) fn all() -> Vec<(&'static str, String)> {
    let exec = "(local.set $n (call $host_exec (i32.const 1024) (i32.const 64) (i32.const 2048) (i32.const 64)))";
    let mapped = "(local.set $n (call $host_map (i32.const 1024) (i32.const 64) (i32.const 2048) (i32.const 512)))";
    vec![
        // Its input.
        ("cat", guest("", "", "(call $copy)")),
        // Its arguments, each with a NUL.
        (
            "args",
            guest(
                "",
                "",
                "(drop (call $args_sizes (i32.const 16) (i32.const 20)))
            (drop (call $args (i32.const 65536) (i32.const 131072)))
            (call $write (i32.const 131072) (i32.load (i32.const 20)))",
            ),
        ),
        // Its environment, each variable with a NUL.
        (
            "env",
            guest(
                "",
                "",
                "(drop (call $env_sizes (i32.const 16) (i32.const 20)))
            (drop (call $env (i32.const 65536) (i32.const 131072)))
            (call $write (i32.const 131072) (i32.load (i32.const 20)))",
            ),
        ),
        (
            "fail",
            guest(
                "",
                "wrong",
                "(call $write (i32.const 1024) (i32.const 5)) (call $exit (i32.const 3))",
            ),
        ),
        ("trap", guest("", "", "unreachable")),
        ("spin", guest("", "", "(loop $more (br $more))")),
        // Output without an end.
        (
            "flood",
            guest(
                "",
                "",
                "(loop $more (call $write (i32.const 65536) (i32.const 4096)) (br $more))",
            ),
        ),
        // 40 MiB, a byte when it has them, and its input.
        (
            "hog",
            guest(
                "",
                "!",
                "(if (i32.eq (memory.grow (i32.const 640)) (i32.const -1)) (then unreachable))
            (call $write (i32.const 1024) (i32.const 1)) (call $copy)",
            ),
        ),
        // A child of its own kind: one `x` for each below it, and `.` for the one that was refused.
        (
            "bomb",
            guest(
                HOST_EXEC,
                r"\04\00\00\00bomb\00\00\00\00\00\00\00\00",
                &format!(
                    "{exec} (if (i32.eq (local.get $n) (i32.const -1))
              (then (i32.store8 (i32.const 2048) (i32.const 46)) (local.set $n (i32.const 1)))
              (else (i32.store8 offset=2048 (local.get $n) (i32.const 120))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))))
            (call $write (i32.const 2048) (local.get $n))"
                ),
            ),
        ),
        // What `cat` makes of `hi`.
        (
            "nested",
            guest(
                HOST_EXEC,
                r"\03\00\00\00cat\00\00\00\00\02\00\00\00hi",
                &format!(
                    "{exec} (if (i32.lt_s (local.get $n) (i32.const 0)) (then unreachable))
            (call $write (i32.const 2048) (local.get $n))"
                ),
            ),
        ),
        // The reply of a map of `cat` over `a`, `bc`.
        (
            "map",
            guest(
                HOST_MAP,
                r"\03\00\00\00cat\00\00\00\00\02\00\00\00\01\00\00\00a\02\00\00\00bc",
                &format!(
                    "{mapped} (if (i32.lt_s (local.get $n) (i32.const 0)) (then unreachable))
            (call $write (i32.const 2048) (local.get $n))"
                ),
            ),
        ),
        // Exits with what `host_exec` answers for `cat` with two bytes, where there is room for one.
        (
            "cramped",
            guest(
                HOST_EXEC,
                r"\03\00\00\00cat\00\00\00\00\02\00\00\00hi",
                "(call $exit (i32.sub (i32.const 0)
              (call $host_exec (i32.const 1024) (i32.const 64) (i32.const 2048) (i32.const 1))))",
            ),
        ),
    ]
}
