(module
  (memory (export "memory") 1)
  (func (export "in_ptr") (result i32) (i32.const 1024))
  (func (export "out_ptr") (result i32) (i32.const 65530))
  (func (export "process") (param $n i32) (result i32)
    (drop (memory.grow (i32.const 1)))
    (memory.fill (i32.const 65530) (i32.const 120) (i32.const 20))
    (i32.const 20)))
