package main

import "os"

func main() {
	for {
		os.Stdout.WriteString("0123456789abcde\n")
	}
}
