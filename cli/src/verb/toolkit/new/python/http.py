"""Answers HTTP requests, each with an instance of its own."""

from wit_world.imports.wasi_http_types import (
    Fields, OutgoingBody, OutgoingResponse, ResponseOutparam,
)
from componentize_py_types import Ok


def handle(request, out):
    response = OutgoingResponse(Fields())
    body = response.body()
    ResponseOutparam.set(out, Ok(response))
    stream = body.write()
    stream.blocking_write_and_flush(f"Hello from {request.path_with_query()}\n".encode())
    stream.__exit__(None, None, None)
    OutgoingBody.finish(body, None)
