"""Answers HTTP requests, each with an instance of its own."""

import json

from componentize_py_types import Ok
from wit_world.imports.wasi_http_types import Fields, OutgoingBody, OutgoingResponse, ResponseOutparam

asked = 0


def handle(request, out):
    global asked
    path = request.path_with_query()
    if path == "/raises":
        raise ValueError("a mistake")
    asked += 1
    said = {"asked": asked, "method": type(request.method()).__name__, "path": path, "body": read(request)}
    response = OutgoingResponse(Fields.from_list([("content-type", b"application/json")]))
    response.set_status_code(201)
    body = response.body()
    ResponseOutparam.set(out, Ok(response))
    with body.write() as stream:
        stream.blocking_write_and_flush(json.dumps(said).encode())
    OutgoingBody.finish(body, None)


def read(request):
    """All of its body."""
    said = b""
    with request.consume() as body, body.stream() as stream:
        while True:
            try:
                said += stream.blocking_read(4096)
            except Exception:
                return said.decode()
