"""Sends a datagram and hears the answer."""

from workbooks import tool, udp


@tool
def tell(place: str, text: str):
    """What came back."""
    host, port = place.split(":")
    return udp.request(host, int(port), text.encode(), 5000).decode()
