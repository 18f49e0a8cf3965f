"""One command over several inputs."""

from workbooks import Error, parallel, tool
from workbooks.types import CommandRequest


@tool
def map(names: list):
    """What each command says of its input."""
    requests = [CommandRequest(name, [], f"input {at}".encode(), [], []) for at, name in enumerate(names)]
    results = parallel.run_many(requests, parallel.Options(2, None, []))
    return [each.code if isinstance(each, Error) else each.value.stdout.decode() for each in results]
