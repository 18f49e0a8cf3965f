"""Typed tools: the host asks what there is, and calls one by name, with JSON in and JSON out.

A capability that the manifest asks for is imported so: `from workbooks import kv`."""

from workbooks import tool


@tool
def echo(*said):
    """Says again what it was told."""
    return {"said": said}
