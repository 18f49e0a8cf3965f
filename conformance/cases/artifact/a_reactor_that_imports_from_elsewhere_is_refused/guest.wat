(module
  (import "env" "host_call" (func $call))
  (memory (export "memory") 1)
  (func (export "_initialize"))
  (func (export "go") (call $call)))
