"""Runs registered commands."""

from workbooks import commands, tool
from workbooks.types import CommandRequest


@tool
def run(name: str):
    """Runs a command."""
    output = commands.run(CommandRequest(name, [], b"its input", [], []))
    return {"status": output.status, "said": output.stdout.decode()}
