;; A command that does nothing.
(module (memory (export "memory") 1) (func (export "_start")))
