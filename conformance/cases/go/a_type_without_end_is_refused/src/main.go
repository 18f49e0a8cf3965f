package main

type list[T any] struct{ next *list[list[T]] }

func grow[T any](n int, x T) {
	if n > 0 {
		grow(n-1, []T{x})
	}
}

func main() {
	grow(3, 1)
	_ = list[int]{}
}
