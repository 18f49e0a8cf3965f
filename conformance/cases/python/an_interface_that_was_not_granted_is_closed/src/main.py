"""Past the module `workbooks`, which would not hand them out."""
import importlib
from workbooks import Error, _MODULES

for name, function, arguments in [
    ("kv", "get", ("a",)),
    ("kv", "set", ("a", b"1")),
    ("queue", "depth", ("q",)),
    ("commands", "names", ()),
]:
    try:
        print(name, getattr(_MODULES[name], function)(*arguments))
    except Error as refused:
        print(name, function, refused)
    except Exception as other:
        print(name, function, type(other).__name__)
for path in ["/workspace/a", "/etc/passwd", "a", "/python/os.py"]:
    try:
        print(open(path).read())
    except OSError as refused:
        print(path, type(refused).__name__)
try:
    importlib.import_module("socket").socket().connect(("192.0.2.1", 80))
except OSError as refused:
    print("socket", type(refused).__name__)
