package main

import "fmt"

type node struct {
	next *node
	data [1000]byte
}

func main() {
	sum := 0
	for round := range 8 {
		var root *node
		for i := range 2000 {
			root = &node{next: root}
			root.data[i%1000] = byte(round + 1)
		}
		for at := root; at != nil; at = at.next {
			for _, b := range at.data {
				sum += int(b)
			}
		}
		fmt.Println(round, sum)
	}
}
