import json
import pickle


def plain(n):
    return plain(n + 1)


class Attribute:
    def __getattr__(self, name):
        return getattr(self, name)


class Equal:
    def __eq__(self, other):
        return [Equal()] == [Equal()]


def key(_):
    return sorted([1, 2], key=key)


deep = []
for _ in range(20_000):
    deep = [deep]
for name, attempt in [
    ("a function", lambda: plain(0)),
    ("an attribute", lambda: Attribute().x),
    ("an operator", lambda: Equal() == Equal()),
    ("a callback", lambda: key(1)),
    ("repr", lambda: repr(deep)),
    ("json.dumps", lambda: json.dumps(deep)),
    ("json.loads", lambda: json.loads("[" * 100_000 + "]" * 100_000)),
    ("pickle", lambda: pickle.dumps(deep)),
    ("compile", lambda: compile("a" + ".b" * 20_000, "x", "exec")),
]:
    try:
        attempt()
        print(name, "ended")
    except RecursionError:
        print(name, "RecursionError")
