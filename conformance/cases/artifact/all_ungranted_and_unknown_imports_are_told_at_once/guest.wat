(component
  (import "workbooks:engine/queue@0.2.0" (instance (export "f" (func))))
  (import "wasi:sockets/tcp@0.2.3" (instance (export "f" (func))))
  (import "acme:own/thing" (instance (export "f" (func))))
  (import "vfs-query" (func (param "sql" string) (result string))))
