import pkgutil

import greeting
from greeting.words import word

print(word, greeting.__name__, pkgutil.get_data("greeting", "data.txt").decode().strip())
