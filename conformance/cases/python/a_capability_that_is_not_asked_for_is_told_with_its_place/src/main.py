from workbooks import kv, queue

print(kv.get("a"))
