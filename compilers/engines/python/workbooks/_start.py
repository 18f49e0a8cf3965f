"""What happens when an instance starts: the program is read, and all that the engine's image froze
is made anew."""

import atexit
import gc
import importlib.abc
import importlib.util
import io
import marshal
import os
import random
import sys
import traceback
import types

import workbooks
from componentize_py_types import Err
from wit_world.exports.tool import Spec
from wit_world.imports import environment, exit, program

from . import _world
from ._tools import Tools, _tools

# What a packed program begins with; the last byte is the version of what follows.
MAGIC = b"workbooks:python\x01"
# Instead of a program: its sources come on standard input, to be checked and packed.
CHECK = b"check"

_HERE = {(lambda: 0).__code__.co_filename} | _world.FILES
_doors = {}
# The main module, when it was run, and the world of its author's, if it has one.
_program = ()

# A million nested calls were seen to end an instance by a trap or for want of memory; so many end with
# a `RecursionError`. A higher limit is taken for this one.
_DEEPEST = 50_000


def _bound_recursion():
    unbounded = sys.setrecursionlimit

    def setrecursionlimit(limit, /):
        """Set the maximum depth of the Python interpreter stack to n, at most 50000."""
        unbounded(min(limit, _DEEPEST))

    sys.setrecursionlimit = setrecursionlimit


def ready():
    """The last step of the engine's making: what lives now is never looked at by the collector."""
    _bound_recursion()
    gc.collect()
    gc.freeze()


def read():
    """The packed program, opened; none if sources are to be checked."""
    packed = bytes(program.read())
    begin()
    if packed == CHECK:
        return None
    if not packed.startswith(MAGIC):
        print("this engine was given no program", file=sys.stderr)
        leave(1)
    return marshal.loads(memoryview(packed)[len(MAGIC):])


def begin():
    """Renews what the image froze: streams, environment, arguments and randomness."""
    stream = lambda fd, mode, errors, **more: io.TextIOWrapper(
        io.open(fd, mode, closefd=False), encoding="utf-8", errors=errors, newline="\n" if "w" in mode else None, **more
    )
    sys.stdin = sys.__stdin__ = stream(0, "rb", "strict")
    sys.stdout = sys.__stdout__ = stream(1, "wb", "strict")
    sys.stderr = sys.__stderr__ = stream(2, "wb", "backslashreplace", line_buffering=True)
    os.environ.clear()
    os.environ.update(environment.get_environment())
    random.seed()
    sys.argv = environment.get_arguments() or [""]
    try:
        os.chdir("/workspace")
    except OSError:
        pass


class Program(importlib.abc.InspectLoader):
    """Finds and loads the program's own modules."""

    def __init__(self, packed):
        self.modules, self.files = packed["modules"], packed["files"]

    def find_spec(self, name, path=None, target=None):
        found = self.modules.get(name)
        if found is None:
            return None
        file, package, _ = found
        spec = importlib.util.spec_from_loader(name, self, origin=file or None, is_package=package)
        if file:
            spec.has_location = True
        if package:
            spec.submodule_search_locations = [os.path.dirname(file) or name.replace(".", "/")]
        return spec

    def create_module(self, spec):
        return None

    def is_package(self, name):
        return self.modules[name][1]

    def get_code(self, name):
        file, _, code = self.modules[name]
        if code is None:
            return compile(self.files[file] if file else b"", file or name, "exec", dont_inherit=True)
        return marshal.loads(code)

    def exec_module(self, module):
        exec(self.get_code(module.__name__), module.__dict__)

    def get_source(self, name):
        file = "".join(self.modules.get(name, [""])[:1])
        return importlib.util.decode_source(self.files[file]) if file in self.files else None

    def get_data(self, path):
        """A file that lies in the program, for `pkgutil.get_data`."""
        try:
            return self.files[os.path.normpath(path)]
        except KeyError:
            raise FileNotFoundError(44, "No such file of the program", path) from None


def load(packed):
    """Makes the program the main module, and gives that, its code and its world."""
    workbooks._granted = frozenset(packed["caps"])
    world = packed["world"] and _world.World(packed["world"])
    loader = Program(packed)
    sys.meta_path.append(loader)
    file, code = packed["main"]
    main = types.ModuleType("__main__")
    loader.modules["__main__"] = (file, False, code)
    main.__dict__.update(__file__=file, __loader__=loader, __builtins__=__builtins__)
    sys.modules["__main__"] = main
    return main, marshal.loads(code), world


def run(packed):
    """Runs the program as a script, to its end."""
    main, code, _ = load(packed)
    status = 0
    try:
        exec(code, main.__dict__)
    except SystemExit as asked:
        status = _status(asked.code)
    except BaseException as failed:
        _tell(failed)
        status = 1
    leave(status)


def _ready():
    """The main module, which was run, and its world."""
    global _program
    if not _program:
        main, code, world = load(read())
        exec(code, main.__dict__)
        _program = main, world
    return _program


def call(index, address, memory):
    """What the program answers to a call of its world. What it does not catch ends the instance."""
    try:
        main, world = _ready()
        return world.call(main, index, address, memory)
    except BaseException as failed:
        _tell(failed)
        raise Err(None) from None
    finally:
        _flush()


def door(name):
    """The object by which the program answers: its class of that name, or its functions."""
    found = _doors.get(name)
    if found is None:
        try:
            main, _ = _ready()
        except BaseException as failed:
            raise _refused(failed) from None
        own = getattr(main, name, None)
        if own is not None:
            own = own()
        elif name == "Tool" and _tools:
            own = Tools()
        else:
            own = main
        found = _doors[name] = _Door(name, own)
    return found


class _Door:
    """Calls the program, and says of whatever it raises what the contract can say."""

    def __init__(self, name, own):
        self._name, self._own = name, own

    def __getattr__(self, function):
        own = getattr(self._own, function, None)
        if own is None:
            raise workbooks.refusal("unsupported", f"the program has no `{function}`")

        def call(*args):
            try:
                said = own(*args)
                return [_spec(each) for each in said] if function == "describe" else said
            except Err:
                raise
            except BaseException as failed:
                raise _refused(failed) from None
            finally:
                _flush()

        return call


def _refused(failed):
    """What the caller hears of an exception that the program did not catch."""
    _tell(failed)
    said = "".join(traceback.format_exception_only(failed)).strip()
    return workbooks.refusal("exception", said[:1000])


def _spec(said):
    return Spec(said["name"], said.get("description", ""), said.get("parameters", "{}")) if isinstance(said, dict) else said


def _status(code):
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    print(code, file=sys.stderr)
    return 1


def _tell(failed):
    """Prints the traceback, without the engine's own frames."""
    try:
        _flush()
        if sys.excepthook is not sys.__excepthook__:
            return sys.excepthook(type(failed), failed, failed.__traceback__)
        told = within = traceback.TracebackException.from_exception(failed)
        while within:
            within.stack[:] = [frame for frame in within.stack if frame.filename not in _HERE]
            within = within.__cause__ or within.__context__
        print("".join(told.format()), end="", file=sys.stderr)
    except BaseException:
        pass


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def leave(status):
    """Ends the instance with this exit status; with 0, whoever called goes on to its end."""
    atexit._run_exitfuncs()
    _flush()
    if status:
        exit.exit_with_code(status)
