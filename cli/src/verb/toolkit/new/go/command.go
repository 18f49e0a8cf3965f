// {id} greets whom it is told, or everybody on standard input.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	names := os.Args[1:]
	if len(names) == 0 {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			names = append(names, lines.Text())
		}
	}
	for _, name := range names {
		fmt.Printf("Hello, %s!\n", name)
	}
}
