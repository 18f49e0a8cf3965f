held = []
try:
    while True:
        held.append(bytearray(1 << 20))
except MemoryError:
    del held
    print("MemoryError")
