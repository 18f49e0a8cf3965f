from workbooks import kv, tool


@tool
def count(key: str, by: int = 1):
    """Adds to a number that is kept."""
    value = int(kv.get(key) or b"0") + by
    kv.set(key, str(value).encode())
    return value


@tool
def fails():
    return {}["missing"]
