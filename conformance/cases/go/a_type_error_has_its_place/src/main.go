package main

func main() {
	var x int = "three"
	_ = x
}
