"""Signs with a secret that it never sees."""

from workbooks import secrets, tool


@tool
def sign(name: str, message: str):
    """The signature of a message."""
    return [secrets.exists(name), secrets.sign(name, message.encode()).hex()]
