"""Arguments and standard input in, standard output and an exit status out."""

import sys

if len(sys.argv) < 2:
    print(f"usage: {sys.argv[0]} NAME...", file=sys.stderr)
    sys.exit(2)
for name in sys.argv[1:]:
    print(f"Hello, {name}!")
