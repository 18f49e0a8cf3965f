"""A world of the program's author: its types as `workbooks.world`, and calls of what it exports.

An interface `calc` is the program's class `Calc`, made once; or what it calls `calc`, a module say;
or its main module. So is a function of the world itself, in `WitWorld` or the main module."""

import asyncio
import dataclasses
import enum
import functools
import operator
import sys
import types

import workbooks
from componentize_py_types import Err

from . import _abi

FILES = {each.__code__.co_filename for each in (lambda: 0, _abi.types)}
# The class of the functions that are in no interface.
_OF_WORLD = "WitWorld"


class World:
    """A world, by the table that the build wrote."""

    def __init__(self, table):
        self._modules, self._objects = {}, {}
        workbooks.world = self._root = self._module("")
        rows = table["types"]
        self._types = _abi.types(rows, self._class)
        for module, names in table["names"].items():
            for name, row in names.items():
                own = rows[row]["own"]
                # A variant is one of its cases.
                setattr(self._module(module), name, functools.reduce(operator.or_, own))
        self._exports = [_Export(row, self._types) for row in table["exports"]]
        for export in self._exports:
            # What the program's class may inherit.
            if not hasattr(self._root, export.object):
                setattr(self._root, export.object, _class(export.object, self._root))

    def _module(self, name):
        """`workbooks.world.NAME`, or that package itself."""
        found = self._modules.get(name)
        if found is None:
            full = f"workbooks.world.{name}" if name else "workbooks.world"
            found = self._modules[name] = sys.modules[full] = types.ModuleType(full)
            found.__path__ = []
            if name:
                setattr(self._root, name, found)
        return found

    def _class(self, row):
        """The class of a record, an enum or flags, or those of a variant's cases."""
        variant = row["kind"] == "variant"
        names = [f"{row['class']}_{case}" for case in row["names"]] if variant else [row["class"]]
        own = row["ours"] and _of_contract(row["module"], names)
        if not own:
            module = self._module(row["module"] or "")
            own = [_made(row, at, name, module) for at, name in enumerate(names)]
            for each in own:
                setattr(module, each.__name__, each)
        row["own"] = own
        return own if variant else own[0]

    def call(self, main, index, address, memory):
        """The answer of an export of the program to what `memory` holds, for `address`."""
        export = self._exports[index]
        return export.answer(self._find(main, export), address, memory)

    def _find(self, main, export):
        """The program's function."""
        if export.found is None:
            own = getattr(main, export.object, None)
            if isinstance(own, type):
                if export.object not in self._objects:
                    self._objects[export.object] = own()
                own = self._objects[export.object]
            for owner in (own, getattr(main, export.module or "", None), main):
                found = getattr(owner, export.name, None)
                if callable(found):
                    export.found = found
                    break
            else:
                raise TypeError(f"the program does not define `{export.label}`, which its world exports")
        return export.found


def _of_contract(module, names):
    """The engine's own classes of an interface of the contract; none if it lacks one."""
    try:
        module = workbooks._interface(module)
    except ImportError:
        return None
    own = [getattr(module, name, None) for name in names]
    return None if None in own else own


def _made(row, at, name, module):
    kind, module = row["kind"], module.__name__
    if kind == "enum":
        return enum.Enum(name, [(case, number) for number, case in enumerate(row["names"])], module=module)
    if kind == "flags":
        return enum.Flag(name, [(flag, 1 << bit) for bit, flag in enumerate(row["names"])], module=module)
    if kind == "record":
        return dataclasses.make_dataclass(name, [field for field, _, _ in row["fields"]], module=module)
    return dataclasses.make_dataclass(name, [] if row["cases"][at] is None else ["value"], module=module)


def _class(name, module):
    return type(name, (), {"__module__": module.__name__})


class _Export:
    def __init__(self, row, types):
        self.interface, self.module = row["interface"], row["module"]
        self.object = row["object"] or _OF_WORLD
        self.name, self.label = row["name"], row["label"]
        self._params = types[row["params"]]
        self._result = None if row["result"] is None else types[row["result"]]
        self.found = None

    def answer(self, function, address, memory):
        result = self._result
        case = 0
        try:
            value = function(*self._params.read(memory))
            if asyncio.iscoroutine(value):
                value = asyncio.run(value)
        except Err as refused:
            if not isinstance(result, _abi.Result):
                raise
            case, value, why = 1, refused.value, refused
        if result is None:
            return b""
        image = _abi.Image(address, result.size)
        try:
            if isinstance(result, _abi.Result):
                result.put(image, 0, case, value)
            else:
                result.store(image, 0, value)
        except _abi.Wrong as wrong:
            wrong.within(f"{self.label}: the {'error' if case else 'result'}")
            raise TypeError(str(wrong)) from (why if case else None)
        return bytes(image.bytes)
