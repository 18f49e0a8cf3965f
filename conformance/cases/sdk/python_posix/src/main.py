"""Runs a native program that the operator allowed."""

from workbooks import posix, tool
from workbooks.types import CommandRequest


@tool
def say(word: str):
    """Says it by a program of the machine."""
    output = posix.run(CommandRequest("echo", [word], b"", [], []))
    return [output.status, output.stdout.decode()]
