// Adds, and asks back, in assembly.
package main

import (
	"fmt"

	"m/mix"
)

type pair struct{ a, b int64 }

const bias = 7

// add gives a + b + bias.
func add(a, b int64) int64

// second gives the second of a pair.
func second(p *pair) int64

// twice asks double.
func twice(x int64) int64

func double(x int64) int64 { return 2 * x }

func main() {
	fmt.Println(add(1, 2), second(&pair{3, 4}), twice(21))
	fmt.Println(mix.Ones(255), mix.Turned(1, 4))
}
