;; A kernel: its input backwards; an input of over 1000 bytes is its own error -7.
(module
  (memory (export "memory") 80)
  (func (export "process") (param $n i32) (result i32) (local $i i32)
    (if (i32.gt_s (local.get $n) (i32.const 1000)) (then (return (i32.const -7))))
    (loop $next
      (if (i32.lt_u (local.get $i) (local.get $n))
        (then
          (i32.store8 (i32.add (i32.const 65536) (local.get $i))
            (i32.load8_u (i32.add (i32.const 1023) (i32.sub (local.get $n) (local.get $i)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next))))
    (local.get $n)))
