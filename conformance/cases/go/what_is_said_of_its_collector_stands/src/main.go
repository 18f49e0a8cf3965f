package main

import (
	"fmt"
	"os"
	"runtime/debug"
)

func main() {
	// What the manifest sets, and what it does not.
	fmt.Println(debug.SetMemoryLimit(-1), os.Getenv("GODEBUG"))
}
