"""`asyncio` where there is one thread and no pair of sockets: nothing else wakes the loop."""

import selectors
import time
from asyncio import selector_events


class Waiting(selectors.DefaultSelector):
    """Waits for streams; for none, until the time is over."""

    def select(self, timeout=None):
        if self.get_map():
            return super().select(timeout)
        if timeout is None:
            raise RuntimeError("the event loop waits for what can never happen")
        time.sleep(max(timeout, 0))
        return []


def _make(loop):
    loop._ssock = loop._csock = None


def _close(loop):
    pass


def adapt():
    """Gives every event loop the selector above, and no pipe to itself."""
    selectors.DefaultSelector = Waiting
    selector_events.BaseSelectorEventLoop._make_self_pipe = _make
    selector_events.BaseSelectorEventLoop._close_self_pipe = _close
