(module (memory (export "memory") 2) (func (export "process") (param i32) (result i32) (loop $l (br $l)) (i32.const 0)))
