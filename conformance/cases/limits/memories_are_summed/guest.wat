(module (memory (export "memory") 16) (memory 16) (func (export "_start")))
