package main

import "fmt"

func main() {
	// What stays in use would have the collector wait until there is twice as much.
	kept := make([][]byte, 30<<10)
	made := 0
	for i := 0; made < 500_000_000; i++ {
		kept[i%len(kept)] = make([]byte, 1<<10)
		made += 1 << 10
	}
	fmt.Println(len(kept)>>10, "MiB of", made/1_000_000, "MB stay in use")
}
