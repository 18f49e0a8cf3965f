// Package types has the generic types of WIT: option, result, tuples.
package types

// Unit is the value that says nothing.
type Unit struct{}

// The cases of an Option and of a Result.
const (
	OptionNone uint8 = 0
	OptionSome uint8 = 1
	ResultOk   uint8 = 0
	ResultErr  uint8 = 1
)

// An Option is a value or none.
type Option[T any] struct {
	some  bool
	value T
}

// Some is an Option with a value.
func Some[T any](value T) Option[T] { return Option[T]{true, value} }

// None is an Option without a value.
func None[T any]() Option[T] { return Option[T]{} }

// IsSome says whether there is a value.
func (o Option[T]) IsSome() bool { return o.some }

// IsNone says whether there is no value.
func (o Option[T]) IsNone() bool { return !o.some }

// Get gives the value, and whether there is one.
func (o Option[T]) Get() (T, bool) { return o.value, o.some }

// Some gives the value, and panics if there is none.
func (o Option[T]) Some() T {
	if !o.some {
		panic("an option without a value")
	}
	return o.value
}

// SomeOr gives the value, or other if there is none.
func (o Option[T]) SomeOr(other T) T {
	if o.some {
		return o.value
	}
	return other
}

// Tag gives OptionSome or OptionNone.
func (o Option[T]) Tag() uint8 {
	if o.some {
		return OptionSome
	}
	return OptionNone
}

// A Result is a value, or why there is none.
type Result[T, E any] struct {
	failed bool
	value  T
	why    E
}

// Ok is a Result with a value.
func Ok[T, E any](value T) Result[T, E] { return Result[T, E]{value: value} }

// Err is a Result without a value.
func Err[T, E any](why E) Result[T, E] { return Result[T, E]{failed: true, why: why} }

// IsOk says whether there is a value.
func (r Result[T, E]) IsOk() bool { return !r.failed }

// IsErr says whether there is no value.
func (r Result[T, E]) IsErr() bool { return r.failed }

// Ok gives the value, and panics if there is none.
func (r Result[T, E]) Ok() T {
	if r.failed {
		panic("a result without a value")
	}
	return r.value
}

// Err gives why there is no value, and panics if there is one.
func (r Result[T, E]) Err() E {
	if !r.failed {
		panic("a result with a value")
	}
	return r.why
}

// Tag gives ResultOk or ResultErr.
func (r Result[T, E]) Tag() uint8 {
	if r.failed {
		return ResultErr
	}
	return ResultOk
}
