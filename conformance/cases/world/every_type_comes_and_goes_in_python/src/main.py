from workbooks import Error, refusal, world
from workbooks.world import shapes

calls = 0


class Mirror(world.Mirror):
    """Gives back what it was given, and looks at it first."""

    def bits(self, *all):
        assert [type(each) for each in all] == [bool] + [int] * 8
        return all

    def floats(self, a, b, c):
        return a, b, c

    def small(self, a):
        return a

    half = long = letter = small

    def text(self, a):
        assert isinstance(a, str)
        return a

    def bytes(self, a):
        assert isinstance(a, bytes)
        return bytearray(a)

    def numbers(self, a, b):
        return a, tuple(b)

    def nested(self, a):
        return a

    def where_is(self, a: shapes.Shape):
        assert isinstance(a, shapes.Shape)
        return a

    def corners(self, a):
        return [shapes.Corner(each.x, each.y, each.name) for each in a]

    def paint(self, a):
        return {shapes.Colour.DARK_RED: shapes.Colour.GREEN, shapes.Colour.GREEN: shapes.Colour.DARK_RED}[a]

    def rest(self, a):
        return ~a

    def lots(self, a):
        return a | shapes.Many.B31

    def maybe(self, a):
        return a

    def perhaps(self, a):
        return a

    def outcome(self, a):
        return (a,)

    def checked(self, a):
        if isinstance(a, Error):
            raise a

    def many_more(self, *all):
        return list(all[:8]) + [all[8].value]

    def refused(self, code):
        raise refusal(code)

    def nothing(self):
        global calls
        calls += 1


def swap(of):
    return world.Pair(of.other, of.one)


def called():
    return calls
