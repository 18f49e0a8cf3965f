from workbooks import kv


def next(name):
    count = (kv.get(name) or b"\0")[0] + 1
    kv.set(name, bytes([count]))
    return count
