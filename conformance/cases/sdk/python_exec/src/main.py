"""Writes to a child and reads what it says."""

from workbooks import exec, tool
from workbooks.types import CommandRequest


def child(name):
    return exec.Process.spawn(CommandRequest(name, [], b"", [], []))


@tool
def spawn(name: str, words: list):
    """What a child says of what it was told."""
    process = child(name)
    output = process.stdout()
    with process.stdin() as stdin:
        for word in words:
            stdin.blocking_write_and_flush(word.encode())
    said = b""
    while True:
        try:
            said += output.blocking_read(4096)
        except Exception:
            break
    process.subscribe().block()
    return [said.decode(), process.status()]


@tool
def kill(name: str):
    """Ends a child that would not."""
    process = child(name)
    process.kill()
    process.subscribe().block()
    return process.status()
