package main

import "fmt"

type node struct {
	next *node
	data [100]byte
}

func main() {
	// 24 MiB stay in use, as the largest third of what there is.
	kept := make([]*node, 200_000)
	var made uint64
	for i := 0; made < 500_000_000; i++ {
		at := i % len(kept)
		kept[at] = &node{next: nil}
		kept[at].data[0] = byte(i)
		made += 108
	}
	fmt.Println(len(kept), made/1_000_000, "MB")
}
