"""The build step: reads sources from standard input, compiles each, and writes the packed program.

The request is a line of JSON and then the bytes of the files, one after another. What is wrong goes
to standard error as compilers write it, `FILE:LINE:COLUMN: error: WHAT`, and the status is 1 then.
"""

import ast
import json
import marshal
import symtable
import sys

from . import _contract, _library, missing
from ._start import MAGIC

# Of one file; the rest says nothing new.
_MOST = 20


def serve():
    """Answers one request, and gives the status."""
    source = sys.stdin.buffer
    request = json.loads(source.readline())
    files = {path: source.read(size) for path, size in request["files"]}
    check = Check(request, files)
    packed = check.pack()
    for file, line, column, what in sorted(check.wrong):
        print(f"{file}:{line}:{column}: error: {what}", file=sys.stderr)
    if check.wrong:
        return 1
    sys.stdout.buffer.write(packed)
    return 0


class Check:
    """One program: its files, and what is wrong with them."""

    def __init__(self, request, files):
        self.files, self.main, self.caps = files, request["main"], request["caps"]
        self.roots, self.vendored = request["roots"], request["vendored"]
        self.world = request["world"]
        self.wrong, self.modules = [], {}

    def pack(self):
        """The program as the engine reads it at start."""
        for root in self.roots:
            for path in sorted(self.files):
                if path.endswith(".py") and (not root or path.startswith(root + "/")):
                    self._place(path, path[len(root) + 1 if root else 0:])
        checked = {path: self._compile(path) for path in self.files if path.endswith(".py")}
        for name, (path, package) in self.modules.items():
            self.modules[name] = (path, package, checked.get(path))
        main = (self.main, checked.get(self.main))
        return MAGIC + marshal.dumps(
            {"main": main, "caps": self.caps, "modules": self.modules, "files": self.files, "world": self.world}
        )

    def _place(self, path, relative):
        """Gives a file its name as a module; the folders above it are packages."""
        parts = relative[:-3].split("/")
        package = parts[-1] == "__init__"
        parts = parts[:-1] if package else parts
        if not parts or not all(part.isidentifier() for part in parts):
            return
        for end in range(1, len(parts)):
            self.modules.setdefault(".".join(parts[:end]), ("", True))
        name = ".".join(parts)
        if self.modules.get(name, ("",))[0] == "":
            self.modules[name] = (path, package)

    def _compile(self, path):
        """The code of a file; none if it is wrong."""
        vendored = any(path.startswith(root + "/") for root in self.vendored)
        try:
            code = marshal.dumps(compile(self.files[path], path, "exec", dont_inherit=True))
            # What compiles is not nested too deeply to become objects.
            if not vendored:
                tree = ast.parse(self.files[path], path)
                self._imports(path, tree)
                if path == self.main and self.world:
                    self._exports(path, tree)
            return code
        except SyntaxError as why:
            # Of the line, it counts characters.
            column = len((why.text or "")[: max(why.offset or 1, 1) - 1].encode()) + 1
            wrong = (why.msg, why.lineno, column)
        except RecursionError:
            wrong = ("it is nested too deeply",)
        except MemoryError:
            wrong = ("it is nested too deeply, or needs too much memory",)
        except ValueError as why:
            wrong = (str(why),)
        if not vendored:
            self._wrong(path, *wrong)
        return None

    def _wrong(self, path, what, line=1, column=1):
        if sum(wrong[0] == path for wrong in self.wrong) < _MOST:
            self.wrong.append((path, max(line or 1, 1), column, what))

    def _imports(self, path, tree):
        """Imports of capabilities that are not asked for, and of modules that are not there.

        Only what always runs is judged: not what stands in a function, a condition or a `try`."""
        always = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        for node in always:
            for alias in node.names:
                capability = _capability(node, alias)
                if capability and capability not in self.caps:
                    self._at(path, alias, missing(capability))
            if isinstance(node, ast.ImportFrom) and node.level:
                continue
            names = [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            for name in names:
                if not self._is_there(name.partition(".")[0]):
                    self._at(
                        path, node,
                        f"there is no module `{name}`: neither the program nor the standard library "
                        "has it; put its source under `vendor/`",
                    )

    def _exports(self, path, tree):
        """What the world exports and the main module plainly does not define."""
        scope = symtable.symtable(self.files[path], path, "exec")
        names = _bound(scope)
        if "__getattr__" in names or any(
            isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree)
        ):
            return
        classes = {each.name: each for each in tree.body if isinstance(each, ast.ClassDef)}
        methods = {each.get_name(): _bound(each) for each in scope.get_children()}
        for export in self.world["exports"]:
            name, interface, own = export["name"], export["interface"], export["object"] or "WitWorld"
            class_ = classes.get(own)
            # A class that is not plain may have it from elsewhere.
            elsewhere = own in names and not class_ or class_ and (class_.bases or class_.decorator_list)
            if name in names or elsewhere or export["module"] in names or class_ and name in methods[own]:
                continue
            what = f"`{name}` of `{interface}`" if interface else f"the function `{name}`"
            hint = f"in a class `{own}`, or as a function" if interface else "as a function"
            self._wrong(
                path, f"the program does not define {what}, which its world exports: write it {hint}",
                class_.lineno if class_ else 1,
            )

    def _is_there(self, name):
        return name in self.modules or _library.has(name)

    def _at(self, path, node, message):
        self._wrong(path, message, node.lineno, node.col_offset + 1)


def _bound(scope):
    """The names that a scope gives something to."""
    return {
        each.get_name() for each in scope.get_symbols()
        if each.is_assigned() or each.is_imported() or each.is_namespace()
    }


def _capability(node, alias):
    if isinstance(node, ast.ImportFrom):
        name = alias.name if node.module == "workbooks" and not node.level else ""
        if (node.module or "").startswith("workbooks.") and not node.level:
            name = node.module.split(".")[1]
    else:
        package, _, name = alias.name.partition(".")
        name = name.partition(".")[0] if package == "workbooks" else ""
    return name if name in _contract.CAPABILITIES else None
