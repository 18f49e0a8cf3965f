package main

func main() {
	recurse(0)
}

func recurse(n int) int { return recurse(n+1) + 1 }
