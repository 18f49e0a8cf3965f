"""Values in the memory of a call, as the canonical ABI lays them out.

Each type reads what a caller passed, from memory (`load`) or from slots of core values (`take`), and
writes what the program gave (`store`). A value of another type is `Wrong`, which knows its place."""

import array
import reprlib
import struct

from componentize_py_types import Err, Ok, Some

_WORD = struct.Struct("<I")
_SLICE = struct.Struct("<II")
# More parameters than so many core values are passed in memory.
_SLOTS = 16
_SLOT = 8


class Wrong(TypeError):
    """A value that is not of the type which the world has in its place."""

    def __init__(self, expected, given):
        self.expected, self.given, self.place = expected, given, ""

    def within(self, place):
        self.place = place + self.place
        return self

    def __str__(self):
        return f"{self.place} must be {self.expected}, not {reprlib.repr(self.given)}"


class Image:
    """The memory of an answer, which will lie at an address that is known."""

    def __init__(self, address, size):
        # One core value of it is read as 8 bytes.
        self.address, self.bytes = address, bytearray(max(size, 8))

    def place(self, size, align):
        """So many bytes at the end."""
        at = -(-len(self.bytes) // align) * align
        self.bytes.extend(bytes(at + size - len(self.bytes)))
        return at

    def slice(self, at, place, length):
        """What `place` holds, as a pointer and a length."""
        _SLICE.pack_into(self.bytes, at, self.address + place, length)


class _Type:
    def __init__(self, row):
        self.size, self.align, self.flat = row["size"], row["align"], row["flat"]

    def take(self, memory, slot):
        """A type of one core value, of which a slot has no less than memory has."""
        return self.load(memory, slot)


class _Number(_Type):
    def __init__(self, row, code):
        super().__init__(row)
        self.code, self._struct = code, struct.Struct("<" + code)

    def load(self, memory, at):
        return self._struct.unpack_from(memory, at)[0]


class _Int(_Number):
    def __init__(self, row, code):
        super().__init__(row, code)
        bits = 8 * self.size
        signed = code.islower()
        self._least, self._most = (-1 << bits - 1 if signed else 0), (1 << bits - signed) - 1

    def store(self, image, at, value):
        if not isinstance(value, int):
            raise Wrong("an integer", value)
        if not self._least <= value <= self._most:
            raise Wrong(f"an integer from {self._least} to {self._most}", value)
        self._struct.pack_into(image.bytes, at, value)


class _Float(_Number):
    def store(self, image, at, value):
        if not isinstance(value, (float, int)) or isinstance(value, bool):
            raise Wrong("a float", value)
        try:
            self._struct.pack_into(image.bytes, at, value)
        except OverflowError:
            self._struct.pack_into(image.bytes, at, float("inf") if value > 0 else float("-inf"))


class _Bool(_Type):
    def load(self, memory, at):
        return memory[at] != 0

    def store(self, image, at, value):
        if not isinstance(value, bool):
            raise Wrong("a bool", value)
        image.bytes[at] = value


class _Char(_Type):
    def load(self, memory, at):
        return chr(_WORD.unpack_from(memory, at)[0])

    def store(self, image, at, value):
        if not isinstance(value, str) or len(value) != 1 or 0xD800 <= ord(value) < 0xE000:
            raise Wrong("a text of one character", value)
        _WORD.pack_into(image.bytes, at, ord(value))


class _Slice(_Type):
    def load(self, memory, at):
        return self.read(memory, *_SLICE.unpack_from(memory, at))

    def take(self, memory, slot):
        at, length = _WORD.unpack_from(memory, slot), _WORD.unpack_from(memory, slot + _SLOT)
        return self.read(memory, at[0], length[0])


class _String(_Slice):
    def read(self, memory, at, length):
        return str(memory[at : at + length], "utf-8")

    def store(self, image, at, value):
        if not isinstance(value, str):
            raise Wrong("a text", value)
        try:
            text = value.encode()
        except UnicodeEncodeError:
            raise Wrong("a text without halves of characters", value) from None
        place = image.place(len(text), 1)
        image.bytes[place:] = text
        image.slice(at, place, len(text))


class _List(_Slice):
    def __init__(self, row, types):
        super().__init__(row)
        self._element = types[row["element"]]
        self._numbers = getattr(self._element, "code", "")

    def read(self, memory, at, length):
        element = self._element
        if self._numbers == "B":
            return memory[at : at + length]
        if self._numbers:
            return list(struct.unpack_from(f"<{length}{self._numbers}", memory, at))
        return [element.load(memory, at + i * element.size) for i in range(length)]

    def store(self, image, at, value):
        element = self._element
        if self._numbers == "B" and isinstance(value, (bytes, bytearray, memoryview)):
            value = bytes(value)
        elif not isinstance(value, (list, tuple, array.array)):
            raise Wrong("bytes" if self._numbers == "B" else "a list", value)
        place = image.place(len(value) * element.size, element.align)
        image.slice(at, place, len(value))
        if isinstance(value, bytes):
            image.bytes[place:] = value
            return
        if self._numbers:
            try:
                return struct.pack_into(f"<{len(value)}{self._numbers}", image.bytes, place, *value)
            except (struct.error, OverflowError):
                pass
        for i, each in enumerate(value):
            try:
                element.store(image, place + i * element.size, each)
            except Wrong as wrong:
                raise wrong.within(f"[{i}]")


class _Fields(_Type):
    def __init__(self, row, types):
        super().__init__(row)
        self.fields = [(name, types[of], offset) for name, of, offset in row["fields"]]

    def load(self, memory, at):
        return self.made([of.load(memory, at + offset) for _, of, offset in self.fields])

    def take(self, memory, slot):
        values = []
        for _, of, _ in self.fields:
            values.append(of.take(memory, slot))
            slot += of.flat * _SLOT
        return self.made(values)


class Params(_Fields):
    """The parameters of a function, which a list of them begins with."""

    made = list

    def read(self, memory):
        if self.flat > _SLOTS:
            return self.load(memory, _WORD.unpack_from(memory)[0])
        return self.take(memory, 0)


class _Tuple(_Fields):
    made = tuple

    def store(self, image, at, value):
        if not isinstance(value, (tuple, list)) or len(value) != len(self.fields):
            raise Wrong(f"a tuple of {len(self.fields)}", value)
        for i, ((_, of, offset), each) in enumerate(zip(self.fields, value)):
            try:
                of.store(image, at + offset, each)
            except Wrong as wrong:
                raise wrong.within(f"[{i}]")


class _Record(_Fields):
    def __init__(self, row, types, own):
        super().__init__(row, types)
        self._class = own

    def made(self, values):
        return self._class(*values)

    def store(self, image, at, value):
        for name, of, offset in self.fields:
            try:
                each = getattr(value, name)
            except AttributeError:
                raise Wrong(f"a {self._class.__name__}, with `{name}`", value) from None
            try:
                of.store(image, at + offset, each)
            except Wrong as wrong:
                raise wrong.within(f".{name}")


class _Cases(_Type):
    """What has one of several payloads, or none."""

    def __init__(self, row, types):
        super().__init__(row)
        self._tag, self._payload = row["tag"], row["payload"]
        self.cases = [None if of is None else types[of] for of in row["cases"]]

    def load(self, memory, at):
        case = int.from_bytes(memory[at : at + self._tag], "little")
        of = self.cases[case]
        return self.made(case, None if of is None else of.load(memory, at + self._payload))

    def take(self, memory, slot):
        case = _WORD.unpack_from(memory, slot)[0]
        of = self.cases[case]
        return self.made(case, None if of is None else of.take(memory, slot + _SLOT))

    def put(self, image, at, case, value):
        image.bytes[at : at + self._tag] = case.to_bytes(self._tag, "little")
        if self.cases[case] is not None:
            self.cases[case].store(image, at + self._payload, value)


class _Variant(_Cases):
    def __init__(self, row, types, own):
        super().__init__(row, types)
        self._classes = own
        self._number = {case: number for number, case in enumerate(own)}

    def made(self, case, value):
        own = self._classes[case]
        return own() if self.cases[case] is None else own(value)

    def store(self, image, at, value):
        case = self._number.get(type(value))
        if case is None:
            raise Wrong("one of " + ", ".join(own.__name__ for own in self._classes), value)
        try:
            self.put(image, at, case, getattr(value, "value", None))
        except Wrong as wrong:
            raise wrong.within(".value")


class _Option(_Cases):
    def __init__(self, row, types):
        super().__init__(row, types)
        self._nested = isinstance(self.cases[1], _Option)

    def made(self, case, value):
        return Some(value) if case and self._nested else value

    def store(self, image, at, value):
        if self._nested and value is not None:
            if not isinstance(value, Some):
                raise Wrong("None or a Some", value)
            return self.put(image, at, 1, value.value)
        self.put(image, at, int(value is not None), value)


class Result(_Cases):
    """A result; that of a function is put, not stored."""

    def made(self, case, value):
        return (Err if case else Ok)(value)

    def store(self, image, at, value):
        if not isinstance(value, (Ok, Err)):
            raise Wrong("an Ok or an Err", value)
        self.put(image, at, int(isinstance(value, Err)), value.value)


class _Enum(_Type):
    def __init__(self, row, own):
        super().__init__(row)
        self._class, self._members = own, list(own)
        self._number = {member: number for number, member in enumerate(self._members)}

    def load(self, memory, at):
        return self._members[int.from_bytes(memory[at : at + self.size], "little")]

    def store(self, image, at, value):
        if not isinstance(value, self._class):
            raise Wrong(f"a member of {self._class.__name__}", value)
        image.bytes[at : at + self.size] = self._number[value].to_bytes(self.size, "little")


class _Flags(_Type):
    def __init__(self, row, own):
        super().__init__(row)
        self._class, self._all = own, (1 << len(row["names"])) - 1

    def load(self, memory, at):
        return self._class(int.from_bytes(memory[at : at + self.size], "little") & self._all)

    def store(self, image, at, value):
        if not isinstance(value, self._class):
            raise Wrong(f"a {self._class.__name__}", value)
        image.bytes[at : at + self.size] = (value.value & self._all).to_bytes(self.size, "little")


_INTS = {"u8": "B", "s8": "b", "u16": "H", "s16": "h", "u32": "I", "s32": "i", "u64": "Q", "s64": "q"}
_FLOATS = {"f32": "f", "f64": "d"}
_PLAIN = {"bool": _Bool, "char": _Char, "string": _String}
_OF_TYPES = {
    "list": _List, "params": Params, "tuple": _Tuple, "option": _Option, "result": Result,
}
_OF_CLASS = {"enum": _Enum, "flags": _Flags}


class Types:
    """The types of a table, each made when it is first asked for by its place.

    `class_of` gives the class of a row, or the classes of its cases."""

    def __init__(self, rows, class_of):
        self._rows, self._class_of, self._made = rows, class_of, {}

    def __getitem__(self, place):
        of = self._made.get(place)
        if of is None:
            of = self._made[place] = self._type(self._rows[place])
        return of

    def _type(self, row):
        kind = row["kind"]
        if kind in _INTS:
            return _Int(row, _INTS[kind])
        if kind in _FLOATS:
            return _Float(row, _FLOATS[kind])
        if kind in _PLAIN:
            return _PLAIN[kind](row)
        if kind in _OF_TYPES:
            return _OF_TYPES[kind](row, self)
        if kind in _OF_CLASS:
            return _OF_CLASS[kind](row, self._class_of(row))
        return {"record": _Record, "variant": _Variant}[kind](row, self, self._class_of(row))
