(component (import "workbooks:engine/kv@0.1.0-dev" (instance (export "get" (func (result u8))))))
