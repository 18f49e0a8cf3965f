// Package mix counts and turns bits by instructions of wasm.
package mix

// Ones counts the bits that are set.
func Ones(x uint64) uint64

// Turned turns x to the left by n bits.
func Turned(x, n uint64) uint64
