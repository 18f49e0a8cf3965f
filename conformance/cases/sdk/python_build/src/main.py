"""Has a program in C compiled, and runs it with nothing."""

from workbooks import build, tool
from workbooks.types import CommandRequest


@tool
def run(source: str):
    """Status and output of a program in C."""
    sources = [build.Source("main.c", source.encode())]
    with build.Artifact.compile("c", sources, []) as artifact:
        output = artifact.run([], CommandRequest("program", [], b"", [], []))
        return [output.status, output.stdout.decode()]
