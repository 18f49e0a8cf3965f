# A component for componentize-py: called by type, and run as a command.
import os
import sys

from componentize_py_types import Err

import wit_world
from wit_world import exports


class WitWorld(wit_world.WitWorld):
    def greet(self, who: str) -> str:
        if not who:
            raise Err("nobody")
        return f"hello, {who}"


class Run(exports.Run):
    def run(self) -> None:
        print("args", sys.argv[1:])
        print("read", sys.stdin.read().split())
        print("sees", sorted(os.listdir("/data")) if os.path.exists("/data") else None)
        print("warned", file=sys.stderr)
