"""The first line that a web server answers over TLS."""

from workbooks import tls, tool


@tool
def ask(place: str, path: str):
    """Asks HOST:PORT for a path."""
    host, port = place.rsplit(":", 1)
    asked = f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n"
    heard = tls.request(host, int(port), asked.encode(), 5000)
    return heard.decode().splitlines()[0]
