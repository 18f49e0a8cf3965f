(module (memory (export "memory") 2) (func $f (loop $l (br $l))) (start $f) (func (export "process") (param i32) (result i32) (i32.const 0)))
