"""Sends what it is told, and reads until the peer closes."""

from workbooks import tcp, tool


@tool
def ask(place: str, text: str):
    """What came back."""
    host, port = place.split(":")
    return tcp.request(host, int(port), text.encode(), 5000).decode()
