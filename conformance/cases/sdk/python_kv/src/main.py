"""Counts under a key."""

from workbooks import kv, tool


@tool
def count(key: str):
    """Counts under a key."""
    before = kv.get(key)
    now = int(before or b"0") + 1
    kv.set(key, str(now).encode())
    return now
