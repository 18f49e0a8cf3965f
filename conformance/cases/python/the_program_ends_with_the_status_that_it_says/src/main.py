import atexit
import sys

atexit.register(lambda: print("at exit"))
print(sys.argv[1:], sys.stdin.read().split())
print("to stderr", file=sys.stderr)
sys.exit(7)
