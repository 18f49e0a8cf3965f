(component
  (core module $m (memory (export "memory") 1)
    (func (export "lie") (result i32)
      (i32.store (i32.const 0) (i32.const -8)) (i32.store (i32.const 4) (i32.const 100)) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "lie") (result (list u8)) (canon lift (core func $i "lie") (memory $i "memory"))))
