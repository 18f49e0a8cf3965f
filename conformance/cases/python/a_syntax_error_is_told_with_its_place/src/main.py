x = 1
print("é", x.y(
