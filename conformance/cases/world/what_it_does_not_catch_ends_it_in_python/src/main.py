from workbooks import Error

total = 0


def add(more):
    global total
    if more < 0:
        raise Error("it never grows less")
    total += 100 // more
    return total


def sum():
    return total
