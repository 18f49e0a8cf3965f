package main

import (
	"fmt"
	"os"
)

func main() {
	for _, name := range []string{"/etc/passwd", "../../etc/passwd", "/proc/self/environ"} {
		_, err := os.ReadFile(name)
		fmt.Println(err != nil)
	}
}
