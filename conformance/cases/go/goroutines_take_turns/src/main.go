package main

import (
	"fmt"
	"sync"
	"time"
)

func main() {
	numbers, sums := make(chan int), make(chan int)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			sum := 0
			for n := range numbers {
				sum += n
			}
			sums <- sum
		})
	}
	go func() {
		for n := range 1000 {
			numbers <- n
		}
		close(numbers)
		workers.Wait()
		close(sums)
	}()
	total := 0
	for sum := range sums {
		total += sum
	}
	select {
	case <-time.After(5 * time.Millisecond):
		fmt.Println(total)
	}
}
