package a

import "m/b"

func A() { b.B() }
