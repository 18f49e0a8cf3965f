// Package stream makes the streams of the host those of Go.
package stream

import (
	"errors"
	"io"

	streams "guest/wasi_io_streams"
)

// What one write takes.
const piece = 4096

// Reader reads until the other side closes. It waits, and other goroutines with it.
func Reader(from *streams.InputStream) io.Reader { return reader{from} }

// Writer writes, and waits until all is on its way. What is full or closed is an error.
func Writer(to *streams.OutputStream) io.Writer { return writer{to} }

type (
	reader struct{ from *streams.InputStream }
	writer struct{ to *streams.OutputStream }
)

func (r reader) Read(into []byte) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	heard := r.from.BlockingRead(uint64(len(into)))
	if heard.IsErr() {
		return 0, ended(heard.Err(), io.EOF)
	}
	return copy(into, heard.Ok()), nil
}

func (w writer) Write(all []byte) (int, error) {
	for at := 0; at < len(all); at += piece {
		written := w.to.BlockingWriteAndFlush(all[at:min(at+piece, len(all))])
		if written.IsErr() {
			return at, ended(written.Err(), io.ErrClosedPipe)
		}
	}
	return len(all), nil
}

func ended(why streams.StreamError, closed error) error {
	if why.Tag() == streams.StreamErrorClosed {
		return closed
	}
	failed := why.LastOperationFailed()
	defer failed.Drop()
	return errors.New(failed.ToDebugString())
}
