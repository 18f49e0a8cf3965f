;; Runs itself through the wire protocol and writes the answer and an `x`; a `.` where it was refused.
(module
  (import "env" "host_exec" (func $exec (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "\04\00\00\00bomb\00\00\00\00\00\00\00\00")
  (func (export "_start") (local $n i32)
    (local.set $n (call $exec (i32.const 1024) (i32.const 16) (i32.const 2048) (i32.const 64)))
    (if (i32.eq (local.get $n) (i32.const -1))
      (then (i32.store8 (i32.const 2048) (i32.const 46)) (local.set $n (i32.const 1)))
      (else (i32.store8 offset=2048 (local.get $n) (i32.const 120))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))))
    (i32.store (i32.const 0) (i32.const 2048)) (i32.store (i32.const 4) (local.get $n))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
