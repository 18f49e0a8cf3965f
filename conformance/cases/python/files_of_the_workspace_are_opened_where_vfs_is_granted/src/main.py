import os

with open("notes.txt", "w") as file:
    file.write("kept")
print(open("/workspace/notes.txt").read(), os.listdir("/workspace"), os.getcwd())
for path in ["/etc/passwd", "../secret", "/python/os.py"]:
    try:
        print(open(path).read())
    except OSError:
        print(path, "is refused")
