(component
  (core module $m
    (func (export "work"))
    (func (export "loop") (loop $l (br $l))))
  (core instance $i (instantiate $m))
  (func (export "work") (canon lift (core func $i "work")))
  (func (export "loop") (canon lift (core func $i "loop"))))
