print("begins", flush=True)
while True:
    pass
