(component
  (core module $m (memory (export "memory") 16)
    (func (export "big") (result i32)
      (i32.store (i32.const 0) (i32.const 8)) (i32.store (i32.const 4) (i32.const 1000000)) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "big") (result (list u8)) (canon lift (core func $i "big") (memory $i "memory"))))
