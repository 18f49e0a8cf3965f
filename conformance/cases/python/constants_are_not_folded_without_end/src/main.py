def never():
    return "a" * (1 << 33), 9 ** 9 ** 9 ** 9, (0,) * 10 ** 12, 1 << 10 ** 10


print("said")
