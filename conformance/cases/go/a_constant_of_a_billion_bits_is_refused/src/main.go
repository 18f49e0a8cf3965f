package main

const huge = 1 << 1000000000

func main() { println(huge >> 999999999) }
