"""What a toolkit imports: `from workbooks import kv`, for each capability that its manifest asks for.

A module of this package is the interface of a capability, as `wbx wit` prints it: functions and
classes in Python's spelling. What several capabilities share (`CommandRequest`, ...) is in
`workbooks.types`, which needs no grant. What a capability refuses is raised as `workbooks.Error`.
"""

import importlib
import importlib.util
import re
import sys

from componentize_py_types import Err as Error

from . import _contract
from ._tools import tool

__all__ = ["Error", "refusal", "tool"]


def _interface(name):
    """The generated module of an interface; where WASI has one of the same name, it has a prefix."""
    try:
        return importlib.import_module(f"wit_world.imports.{_contract.PREFIX}_{name}")
    except ModuleNotFoundError:
        return importlib.import_module(f"wit_world.imports.{name}")


_TYPES = _interface("types")
_MODULES = {name: _interface(name) for name in _contract.CAPABILITIES} | {"types": _TYPES}
# Of the program that runs; set when it starts.
_granted = frozenset()


def _code(error):
    """The case of the contract's `error`: `not-found`, `denied`, ...; none of another's error."""
    name = type(error.value).__name__
    if not name.startswith("Error_"):
        return None
    return re.sub("(?<=[a-z])(?=[A-Z])", "-", name.removeprefix("Error_")).lower()


def _said(error):
    code = error.code
    detail = getattr(error.value, "value", None)
    return repr(error.value) if code is None else code if detail is None else f"{code}: {detail}"


def refusal(code, detail=None):
    """An error to raise to whoever calls the program: `raise refusal("not-found")`."""
    case = getattr(_TYPES, "Error_" + "".join(map(str.capitalize, code.split("-"))), None)
    if case is None or case is _TYPES.Error_Other:
        return Error(_TYPES.Error_Other(_TYPES.Failure(code, str(detail or code), False)))
    return Error(case() if detail is None else case(detail))


Error.code = property(_code)
Error.__str__ = _said


def missing(name):
    """What to do about a capability that the manifest does not ask for."""
    return f"the capability `{name}` was not granted: add `{name}` to the line `#+CAPS:` of the manifest"


def _open(name):
    if name not in _granted and name != "types":
        raise ImportError(missing(name), name=f"{__name__}.{name}")
    return _MODULES[name]


def __getattr__(name):
    if name in _MODULES:
        return _open(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Finder:
    """`import workbooks.kv`."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        package, _, name = name.rpartition(".")
        if package != __name__ or name not in _MODULES:
            return None
        _open(name)
        return importlib.util.spec_from_loader(f"{package}.{name}", _Finder)

    @staticmethod
    def create_module(spec):
        return _MODULES[spec.name.rpartition(".")[2]]

    @staticmethod
    def exec_module(module):
        pass


sys.meta_path.insert(0, _Finder)
