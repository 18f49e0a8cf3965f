(module (memory (export "memory") 1) (func $f unreachable) (start $f) (func (export "_start")))
