"""`@workbooks.tool`: a function as a tool that an agent can call."""

import inspect
import json

from wit_world.exports.tool import Spec

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", list: "array", dict: "object"}
_tools = {}


def tool(function):
    """Offers a function: its name, its docstring, and its parameters by their annotations."""
    _tools[function.__name__] = function
    return function


def _schema(function):
    signature = inspect.signature(function).parameters
    properties = {}
    for parameter in signature.values():
        kind = getattr(parameter.annotation, "__origin__", parameter.annotation)
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        properties[parameter.name] = {"type": _TYPES[kind]} if kind in _TYPES else {}
    required = [name for name in properties if signature[name].default is inspect.Parameter.empty]
    return {"type": "object", "properties": properties, "required": required}


class Tools:
    """The door `tool` of the functions that were offered."""

    def describe(self):
        return [
            Spec(name, inspect.getdoc(function) or "", json.dumps(_schema(function)))
            for name, function in _tools.items()
        ]

    def call(self, name, arguments):
        from . import refusal

        function = _tools.get(name)
        if function is None:
            raise refusal("not-found")
        try:
            arguments = json.loads(arguments) if arguments.strip() else {}
            bound = inspect.signature(function).bind(
                *([] if isinstance(arguments, dict) else arguments),
                **(arguments if isinstance(arguments, dict) else {}),
            )
        except (ValueError, TypeError) as why:
            raise refusal("invalid", str(why)) from None
        return json.dumps(function(*bound.args, **bound.kwargs), ensure_ascii=False)
