package main

import "m/sub"

func main() { println(sub.Add(1, 2)) }
