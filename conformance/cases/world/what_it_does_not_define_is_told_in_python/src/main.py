import math


class Calc:
    def add(self, a, b):
        return a + b


def one():
    return math.floor(1.5)
