"""The standard library, kept in memory as compiled code: the sandbox has no file of it."""

import importlib.abc
import importlib.util
import marshal
import os
import pkgutil
import sys
import zlib

# Of no use without a screen, a terminal, an installer or a second process.
_LEFT_OUT = {
    "__phello__", "antigravity", "config-3.14-wasm32-wasi", "ctypes", "curses", "dbm",
    "ensurepip", "idlelib", "pydoc_data", "site-packages", "test", "this", "tkinter", "turtle",
    "turtledemo", "venv", "webbrowser",
}

# Imported while the engine is made, so that a program has them at once.
_READY = (
    "abc argparse array ast asyncio atexit base64 bisect binascii calendar cmath codecs collections "
    "collections.abc colorsys concurrent.futures configparser contextlib contextvars copy csv "
    "dataclasses datetime decimal difflib email.message email.parser email.utils enum errno fnmatch "
    "fractions functools getopt glob graphlib gzip hashlib heapq hmac html html.parser http "
    "http.cookies importlib.resources inspect io ipaddress itertools json keyword linecache locale "
    "logging marshal math mimetypes numbers operator os pathlib pickle pkgutil platform pprint queue "
    "random re reprlib runpy sched secrets select selectors shlex shutil signal socket statistics "
    "stat string struct subprocess symtable sys tempfile textwrap threading time timeit token "
    "tokenize tomllib traceback types typing unicodedata unittest urllib.error urllib.parse "
    "urllib.request uuid warnings weakref xml.etree.ElementTree zipfile zlib zoneinfo"
).split()

# Of each module: whether it is a package, and its code.
_MODULES = {}


def keep():
    """Compiles the library, imports what is to be ready, and forgets the file system."""
    root = next(folder for folder in sys.path if os.path.exists(os.path.join(folder, "os.py")))
    for folder, folders, files in os.walk(root):
        if folder == root:
            folders[:] = [name for name in folders if name not in _LEFT_OUT]
        folders[:] = sorted(name for name in folders if name not in ("__pycache__", "test", "tests"))
        for file in sorted(files):
            if file.endswith(".py"):
                _keep(root, os.path.join(folder, file))
    for name in _READY:
        importlib.import_module(name)
    # The engine's runtime looks for these later, by name.
    for package in ("wit_world.imports", "wit_world.exports"):
        for found in pkgutil.iter_modules(importlib.import_module(package).__path__):
            importlib.import_module(f"{package}.{found.name}")
    sys.path[:] = []
    sys.path_hooks[:] = []
    sys.path_importer_cache.clear()
    # What was found by path can never be again.
    sys.meta_path[:] = [each for each in sys.meta_path if each.__name__ != "PathFinder"] + [Library]


def _keep(root, path):
    name = os.path.relpath(path, root)[:-3].replace(os.sep, ".")
    package = name.endswith(".__init__")
    name = name.removesuffix(".__init__")
    if name in _LEFT_OUT:
        return
    with open(path, "rb") as file:
        code = compile(file.read(), f"<{name}>", "exec", dont_inherit=True, optimize=0)
    _MODULES[name] = (package, zlib.compress(marshal.dumps(code), 9))


def has(name):
    """Whether the library has a module of this name."""
    return name in _MODULES or name in sys.builtin_module_names or name in sys.modules


class Library(importlib.abc.InspectLoader):
    """Finds and loads modules of the library."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        found = _MODULES.get(name)
        if found is None:
            return None
        return importlib.util.spec_from_loader(name, cls, origin="library", is_package=found[0])

    @staticmethod
    def create_module(spec):
        return None

    @classmethod
    def exec_module(cls, module):
        exec(cls.get_code(module.__name__), module.__dict__)

    @staticmethod
    def is_package(name):
        return _MODULES[name][0]

    @staticmethod
    def get_code(name):
        return marshal.loads(zlib.decompress(_MODULES[name][1]))

    @staticmethod
    def get_source(name):
        return None
