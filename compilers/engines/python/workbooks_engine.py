"""The doors of the engine: what the host calls. Everything here runs in the sandbox.

What stands at module level runs once, when the engine is provisioned, and is part of its image."""

from workbooks import _asyncio, _check, _library, _start

_library.keep()
_asyncio.adapt()
_start.ready()


class Run:
    """`wasi:cli/run`: a program to its end; or, where the program is a request to check one, that."""

    def run(self):
        program = _start.read()
        if program is None:
            _start.leave(_check.serve())
        else:
            _start.run(program)


class Calls:
    """`calls`: what a world of the author's exports, for the front before this engine."""

    def call(self, index, at, memory):
        return _start.call(index, at, memory)


class Tool:
    """`tool`: what the program's own `Tool`, functions or `@workbooks.tool` functions say."""

    def describe(self):
        return _start.door("Tool").describe()

    def call(self, name, arguments):
        return _start.door("Tool").call(name, arguments)


class Federation:
    """`federation`: the program's `pull` and `push`."""

    def pull(self, source, cursor):
        return _start.door("Federation").pull(source, cursor)

    def push(self, source, items):
        return _start.door("Federation").push(source, items)


class TcpHandler:
    """`tcp-handler`: the program's `handle`."""

    def handle(self, peer, input, output):
        return _start.door("TcpHandler").handle(peer, input, output)


class IncomingHandler:
    """`wasi:http/incoming-handler`: the program's `handle`."""

    def handle(self, request, response_out):
        return _start.door("IncomingHandler").handle(request, response_out)
