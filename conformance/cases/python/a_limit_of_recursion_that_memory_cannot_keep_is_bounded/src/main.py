import copy
import re
import sys

sys.setrecursionlimit(10**6)


def plain(n):
    return plain(n + 1)


deep = []
for _ in range(200_000):
    deep = [deep]
for attempt in [
    lambda: plain(0),
    lambda: copy.deepcopy(deep),
    lambda: re.compile("(" * 50_000 + ")" * 50_000),
]:
    try:
        attempt()
        print("ended")
    except (RecursionError, MemoryError):
        print("an exception")
