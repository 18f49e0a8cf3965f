(component
  (import "wasi:io/poll@0.2.12" (instance $poll (export "pollable" (type (sub resource)))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.12" (instance $clock
    (alias outer 1 $pollable (type $p))
    (export "pollable" (type $pollable (eq $p)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
  (core func $subscribe (canon lower (func $clock "subscribe-duration")))
  (core module $m
    (import "clock" "subscribe" (func $subscribe (param i64) (result i32)))
    (func (export "take") (param $n i32)
      (loop $more
        (drop (call $subscribe (i64.const 1000000000)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_if $more (local.get $n)))))
  (core instance $i (instantiate $m (with "clock" (instance (export "subscribe" (func $subscribe))))))
  (func (export "take") (param "n" u32) (canon lift (core func $i "take"))))
