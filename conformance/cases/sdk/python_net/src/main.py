"""Asks by HTTP."""

from workbooks import net, tool


@tool
def ask(url: str):
    """Status and text of a page."""
    with net.fetch(net.Request("GET", url, [], b"", None, None, [])) as response:
        with response.body() as body:
            said = b""
            while True:
                try:
                    said += body.blocking_read(4096)
                except Exception:
                    break
        return [response.status(), said.decode()]
