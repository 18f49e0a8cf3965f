package main

var all = [1 << 30]byte{1<<30 - 1: 1}

func main() { println(all[0]) }
