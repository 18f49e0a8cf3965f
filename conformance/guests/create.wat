;; Creates or truncates the file of its first argument below its first preopened folder
;; (descriptor 3) and writes `written` to it. Exits with 0, or with preview 1's error number.
(module
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 8192) "written")
  (func $check (param $errno i32) (if (local.get $errno) (then (call $exit (local.get $errno)))))
  (func $length (param $at i32) (result i32) (local $n i32)
    (loop $next
      (if (i32.load8_u (i32.add (local.get $at) (local.get $n)))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $next))))
    (local.get $n))
  (func (export "_start") (local $path i32)
    (call $check (call $args (i32.const 0) (i32.const 256)))
    (local.set $path (i32.load (i32.const 4)))
    ;; create and truncate; rights: fd_write
    (call $check (call $open (i32.const 3) (i32.const 1) (local.get $path) (call $length (local.get $path))
      (i32.const 9) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 128)))
    (i32.store (i32.const 132) (i32.const 8192))
    (i32.store (i32.const 136) (i32.const 7))
    (call $check (call $write (i32.load (i32.const 128)) (i32.const 132) (i32.const 1) (i32.const 140)))))
