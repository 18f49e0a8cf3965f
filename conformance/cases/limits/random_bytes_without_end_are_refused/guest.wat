(component
  (import "wasi:random/random@0.2.12" (instance $random
    (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
  (core module $libc (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $libc (instantiate $libc))
  (core func $get (canon lower (func $random "get-random-bytes") (memory $libc "memory") (realloc (func $libc "realloc"))))
  (core module $m
    (import "random" "get" (func $get (param i64 i32)))
    (import "libc" "memory" (memory 1))
    (func (export "ask") (param $n i64) (result i32) (call $get (local.get $n) (i32.const 16)) (i32.load (i32.const 20))))
  (core instance $i (instantiate $m
    (with "random" (instance (export "get" (func $get))))
    (with "libc" (instance $libc))))
  (func (export "ask") (param "n" u64) (result u32) (canon lift (core func $i "ask"))))
