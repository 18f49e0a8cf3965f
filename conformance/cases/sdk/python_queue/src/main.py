"""Publishes messages, receives them, and acknowledges them."""

from workbooks import queue, tool


@tool
def send(body: str):
    queue.publish("jobs", body.encode())
    return queue.depth("jobs")


@tool
def work():
    done = []
    for message in queue.receive("jobs", 60_000, 10):
        done.append([message.body.decode(), message.attempts])
        queue.acknowledge("jobs", message.receipt)
    return done
