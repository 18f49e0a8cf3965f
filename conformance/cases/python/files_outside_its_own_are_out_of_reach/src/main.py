for path in ["/etc/passwd", "../../etc/passwd", "/", "src/main.py"]:
    try:
        open(path)
        print("open")
    except OSError:
        print("closed")
