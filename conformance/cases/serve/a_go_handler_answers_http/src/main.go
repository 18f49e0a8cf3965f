// Answers HTTP requests, each with an instance of its own.
package main

import (
	"fmt"
	"io"

	handler "guest/export_wasi_http_incoming_handler"
	"guest/stream"
	http "guest/wasi_http_types"
	"guest/wit/types"
)

var asked int

func init() { handler.OnHandle = handle }

func handle(request *http.IncomingRequest, out *http.ResponseOutparam) {
	path := request.PathWithQuery().SomeOr("/")
	if path == "/panics" {
		panic("a mistake")
	}
	asked++
	heard := request.Consume().Ok().Stream().Ok()
	text, err := io.ReadAll(stream.Reader(heard))
	if err != nil {
		panic(err)
	}
	post := request.Method().Tag() == http.MethodPost
	response := http.MakeOutgoingResponse(http.MakeFields())
	response.SetStatusCode(201)
	body := response.Body().Ok()
	http.ResponseOutparamSet(out, types.Ok[*http.OutgoingResponse, http.ErrorCode](response))
	to := body.Write().Ok()
	fmt.Fprintf(stream.Writer(to), "%d: %s, a POST: %t, of %d bytes\n", asked, path, post, len(text))
	to.Drop()
	http.OutgoingBodyFinish(body, types.None[*http.Fields]())
}

func main() {}
