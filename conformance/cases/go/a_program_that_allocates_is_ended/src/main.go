package main

import "runtime/debug"

func main() {
	debug.SetTraceback("none")
	var all [][]byte
	for {
		all = append(all, make([]byte, 1<<20))
	}
}
