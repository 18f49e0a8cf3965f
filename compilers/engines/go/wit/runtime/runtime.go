// Package runtime is what generated bindings lean on: memory that the host writes values into,
// values that the host reads, and handles of resources.
//
// The host writes a list or a string where cabi_realloc says, and the bindings then use that very
// memory as a Go slice or string. So it is ordinary memory of Go, held by this package until the
// bindings have taken it over.
package runtime

import "unsafe"

// A Pinner holds what the host may look at during one call.
type Pinner struct {
	held []unsafe.Pointer
	// Static holds for ever, and is no call.
	Static bool
}

var (
	// How many calls are on their way; goroutines may take turns within one.
	calls int
	// What the host wrote: during calls, and before this program was called.
	results, arguments []unsafe.Pointer
)

// Pin holds the value at pointer until Unpin. Go's memory does not move, so to hold it is enough;
// stacks do, and what is held is not on a stack.
func (p *Pinner) Pin(pointer any) {
	switch pointer := pointer.(type) {
	case unsafe.Pointer:
		p.hold(pointer)
	case nil:
	default:
		// The data word of the interface is the pointer itself.
		p.hold((*[2]unsafe.Pointer)(unsafe.Pointer(&pointer))[1])
	}
}

func (p *Pinner) hold(pointer unsafe.Pointer) {
	if p.held == nil && !p.Static {
		calls++
	}
	p.held = append(p.held, pointer)
}

// Unpin ends the call.
func (p *Pinner) Unpin() {
	if p.held == nil || p.Static {
		return
	}
	p.held = nil
	if calls--; calls == 0 {
		results = nil
	}
}

// Unpin ends the lifting of an exported function's arguments, which the bindings have by now.
func Unpin() {
	arguments = nil
}

// Allocate gives memory for the host to write into, held by pinner.
func Allocate(pinner *Pinner, size, align uintptr) unsafe.Pointer {
	pointer := allocate(size, align)
	pinner.hold(pointer)
	return pointer
}

// The memory never holds pointers of Go, so that it is of words, which also aligns it.
func allocate(size, align uintptr) unsafe.Pointer {
	if align > 8 {
		panic("no value is aligned to more than eight bytes")
	}
	return unsafe.Pointer(unsafe.SliceData(make([]uint64, max(1, (size+7)/8))))
}

//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

// The host may call this in the middle of another call, and as long as it runs, the program must
// call nothing of the host's. A collection would read the clock, and give way to goroutines that
// do more; none begins while the processor is pinned.
//
//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uintptr) unsafe.Pointer {
	procPin()
	defer procUnpin()
	pointer := allocate(size, align)
	if oldSize > 0 {
		copy(unsafe.Slice((*byte)(pointer), size), unsafe.Slice((*byte)(old), min(size, oldSize)))
	}
	if calls > 0 {
		results = append(results, pointer)
	} else {
		arguments = append(arguments, pointer)
	}
	return pointer
}

// A Handle is a resource, or nothing once it was given away.
type Handle struct {
	value int32
}

// MakeHandle wraps a handle that the host gave.
func MakeHandle(value int32) *Handle {
	if value == 0 {
		panic("the host gave no handle")
	}
	return &Handle{value}
}

// Use gives the handle and keeps it.
func (h *Handle) Use() int32 {
	if h.value == 0 {
		panic("the resource was given away or dropped")
	}
	return h.value
}

// Take gives the handle away.
func (h *Handle) Take() int32 {
	value := h.Use()
	h.value = 0
	return value
}

// TakeOrNil gives the handle away, or 0 if that was done before.
func (h *Handle) TakeOrNil() int32 {
	value := h.value
	h.value = 0
	return value
}

// Set puts a handle where there is none.
func (h *Handle) Set(value int32) {
	if value == 0 || h.value != 0 {
		panic("a handle is set once")
	}
	h.value = value
}

// AddCleanup does nothing: a resource goes when the program drops it, or with the instance. The
// collector knows no order, and would drop a connection while its streams are in use.
func AddCleanup[T, S any](value *T, cleanup func(S), argument S) {}
