// {id} answers HTTP requests, each with an instance of its own.
package main

import (
	"fmt"

	handler "guest/export_wasi_http_incoming_handler"
	"guest/stream"
	http "guest/wasi_http_types"
	"guest/wit/types"
)

func init() { handler.OnHandle = answer }

func answer(request *http.IncomingRequest, out *http.ResponseOutparam) {
	response := http.MakeOutgoingResponse(http.MakeFields())
	body := response.Body().Ok()
	http.ResponseOutparamSet(out, types.Ok[*http.OutgoingResponse, http.ErrorCode](response))
	to := body.Write().Ok()
	fmt.Fprintf(stream.Writer(to), "Hello from %s\n", request.PathWithQuery().SomeOr("/"))
	to.Drop()
	http.OutgoingBodyFinish(body, types.None[*http.Fields]())
}

func main() {}
