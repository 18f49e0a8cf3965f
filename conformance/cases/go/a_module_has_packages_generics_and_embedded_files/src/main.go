package main

import (
	"fmt"

	"example.com/shop/internal/text"
	"example.com/stack"
)

func main() {
	var all stack.Stack[string]
	for line := range text.Lines() {
		all.Push(line)
	}
	for all.Len() > 0 {
		fmt.Println(all.Pop())
	}
}
