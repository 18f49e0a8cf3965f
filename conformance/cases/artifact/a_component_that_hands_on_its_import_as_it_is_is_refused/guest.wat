(component
  (import "workbooks:engine/secrets@0.1.0-dev" (instance $s (export "exists" (func))))
  (export "workbooks:engine/secrets@0.1.0-dev" (instance $s)))
