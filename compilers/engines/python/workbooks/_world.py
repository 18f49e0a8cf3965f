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

FILES = {each.__code__.co_filename for each in (lambda: 0, _abi.Types._type)}
# The class of the functions that are in no interface.
_OF_WORLD = "WitWorld"


class _Fields:
    """What makes a class one for `dataclasses`."""

    def __get__(self, instance, own):
        made = {name: dataclasses.field() for name in own.__match_args__}
        for name, field in made.items():
            field.name, field.type, field._field_type = name, object, dataclasses._FIELD
        return made


class Data:
    """A record or a case: a dataclass, less the code that making one compiles, 4 ms for each."""

    __match_args__ = ()
    __hash__ = None
    __dataclass_fields__ = _Fields()

    def __init__(self, *values, **named):
        names = self.__match_args__
        given = dict(zip(names, values)) | named
        if len(values) + len(named) != len(names) or given.keys() != set(names):
            raise TypeError(f"{type(self).__name__} is made of: {', '.join(names) or 'nothing'}")
        self.__dict__.update(given)

    def __eq__(self, other):
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    def __repr__(self):
        fields = (f"{name}={getattr(self, name, None)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({', '.join(fields)})"


class World:
    """A world, by the table that the build wrote. Classes are made when they are first used."""

    def __init__(self, table):
        self._modules, self._objects, self._rows = {}, {}, table["types"]
        # Of each module, what has a name: the row of a type, or of the variant that a case is of.
        self._names = {"": {}}
        for row in self._rows:
            if "class" in row:
                names = self._names.setdefault(row["module"] or "", {})
                names |= {name: (row, [at]) for at, name in enumerate(_classes(row))}
        for module, own in table["names"].items():
            names = self._names.setdefault(module, {})
            names |= {name: (self._rows[row], slice(None)) for name, row in own.items()}
        self._types = _abi.Types(self._rows, self._class)
        self._exports = [_Export(row, self._types) for row in table["exports"]]
        workbooks.world = self._module("")
        for module in self._names:
            self._module(module)

    def _module(self, name):
        """`workbooks.world.NAME`, or that package itself."""
        found = self._modules.get(name)
        if found is None:
            full = f"workbooks.world.{name}" if name else "workbooks.world"
            found = self._modules[name] = sys.modules[full] = types.ModuleType(full)
            found.__path__ = []
            found.__getattr__ = functools.partial(self._named, name)
            if name:
                setattr(self._modules[""], name, found)
        return found

    def _named(self, module, name):
        """What a module has under a name that is asked for the first time."""
        own = None
        if name in self._names[module]:
            row, which = self._names[module][name]
            self._class(row)
            which = [row["own"][at] for at in which] if isinstance(which, list) else row["own"]
            # A variant is one of its cases.
            own = functools.reduce(operator.or_, which)
        elif not module and any(export.object == name for export in self._exports):
            # What the program's class may inherit.
            own = type(name, (), {"__module__": "workbooks.world"})
        if own is None:
            raise AttributeError(f"the world's module has no {name!r}", name=name)
        setattr(self._modules[module], name, own)
        return own

    def _class(self, row):
        """The class of a record, an enum or flags, or those of a variant's cases."""
        if "own" not in row:
            names = _classes(row)
            own = row["ours"] and _of_contract(row["module"], names)
            module = self._module(row["module"] or "").__name__
            row["own"] = own or [_made(row, at, name, module) for at, name in enumerate(names)]
        return row["own"] if row["kind"] == "variant" else row["own"][0]

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


def _classes(row):
    """The names of the classes that a type has: a variant one for each case."""
    own = row["class"]
    return [f"{own}_{case}" for case in row["names"]] if row["kind"] == "variant" else [own]


def _made(row, at, name, module):
    kind = row["kind"]
    if kind == "enum":
        return enum.Enum(name, [(case, number) for number, case in enumerate(row["names"])], module=module)
    if kind == "flags":
        return enum.Flag(name, [(flag, 1 << bit) for bit, flag in enumerate(row["names"])], module=module)
    if kind == "record":
        fields = tuple(field for field, _, _ in row["fields"])
    else:
        fields = () if row["cases"][at] is None else ("value",)
    return type(name, (Data,), {"__match_args__": fields, "__module__": module})


class _Export:
    def __init__(self, row, types):
        self.interface, self.module = row["interface"], row["module"]
        self.object = row["object"] or _OF_WORLD
        self.name, self.label = row["name"], row["label"]
        self._row, self._types = row, types
        self.found = None

    @functools.cached_property
    def _params(self):
        return self._types[self._row["params"]]

    @functools.cached_property
    def _result(self):
        return None if self._row["result"] is None else self._types[self._row["result"]]

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
