import sys

import componentize_py

sys.argv = "componentize-py -d wit -w app componentize app -o app.wasm".split()
componentize_py.script()
