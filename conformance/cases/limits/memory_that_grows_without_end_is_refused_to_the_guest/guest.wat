(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (local $grown i32)
    (loop $more
      (if (i32.ne (memory.grow (i32.const 16)) (i32.const -1))
        (then (local.set $grown (i32.add (local.get $grown) (i32.const 1))) (br $more))))
    (call $exit (i32.gt_u (local.get $grown) (i32.const 3)))))
