package main

import "internal/abi"

func main() { _ = abi.Escape[int] }
