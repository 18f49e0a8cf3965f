(component (import "workbooks:engine/kv@0.2.0" (instance (export "get" (func)))))
