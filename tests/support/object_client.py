"""Our client, driven line by line: see tests/integration/object_client.cpp."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, Sequence

from json_process import Event, JsonProcess
from processes import REPOSITORY

DEFAULT_PROGRAM = REPOSITORY / "build" / "dev" / "tests" / "integration" / "object_client"
LIMIT = 20.0  # seconds that anything may take


class ObjectClient(JsonProcess):
    """The shared object `name` over an array of the servers at `urls`."""

    def __init__(self, name: str, urls: Sequence[str], directory: Path, persistent: bool = False,
                 mode: str = "independent", process_name: str = "object-client"):
        program = os.environ.get("OBJECT_CLIENT", DEFAULT_PROGRAM)
        super().__init__(process_name,
                         [str(program), name, "persistent" if persistent else "temporary", mode,
                          *urls], directory, stdin=subprocess.PIPE)
        self.servers = len(urls)

    def do(self, *words: Any) -> None:
        """A command; true, numbers, `nested` and anything else is what stands for a value."""
        line = " ".join(str(word).lower() if isinstance(word, bool) else str(word) for word in words)
        self.popen.stdin.write(line.encode() + b"\n")
        self.popen.stdin.flush()

    def wait_ready(self, times: int = 1) -> None:
        """Until each server has told its content that often."""
        for server in range(self.servers):
            self.wait_event("sync", LIMIT,
                            lambda event: event["server"] == server and event["snapshot"], times)

    def wait_change(self, code: str, slot: str, value: Any = None, times: int = 1) -> None:
        """Until each server has told that of the slot."""
        for server in range(self.servers):
            def told(event: Event) -> bool:
                return event["server"] == server and any(
                    (change[0], change[1], change[2]) == (code, slot, value)
                    for change in event["changes"])
            self.wait_event("sync", LIMIT, told, times)

    def wait_status(self, kind: str, code: str, server: int) -> Event:
        return self.wait_event(kind, LIMIT, lambda event: event["code"] == code
                               and event["server"] == server)

    def show(self) -> Event:
        """`data`, `servers` and `divergent`, now."""
        before = len(self.find("shown"))
        self.do("show")
        return self.wait_event("shown", LIMIT, count=before + 1)

    def close(self) -> None:
        self.popen.stdin.close()
        assert self.wait(LIMIT) == 0, self.log()
