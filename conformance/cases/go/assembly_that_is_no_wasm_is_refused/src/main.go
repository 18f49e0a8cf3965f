package main

func add(a, b int64) int64

func main() { println(add(1, 2)) }
