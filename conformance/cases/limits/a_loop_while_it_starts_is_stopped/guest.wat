(module (memory (export "memory") 1) (func $f (loop $l (br $l))) (start $f) (func (export "_start")))
