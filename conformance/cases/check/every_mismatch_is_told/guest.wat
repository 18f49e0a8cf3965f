(component
  (import "workbooks:engine/kv@0.1.0-dev" (instance
    (export "get" (func (result u8)))
    (export "pop" (func))))
  (import "acme:own/thing" (instance (export "f" (func))))
  (import "workbooks:engine/queue@0.1.0-dev" (instance (export "depth" (func))))
  (core module $m (func (export "run")))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))
