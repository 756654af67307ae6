"""npm's rtmp-client, an independent client of shared objects: see rtmp_client.js.

Measured: of the server's messages it takes those of chunk stream 3 alone. Its flags are 0x10; an
acknowledgement of its own write it passes over, so that only the others see what it writes; it
cannot send, and clears with an event (14) of its own. One object of a name per process.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from json_process import JsonProcess
from peers import npm_package
from processes import require_program

LIMIT = 20.0  # seconds that anything may take


class RtmpClient(JsonProcess):
    """Uses the object `name` at `url`; it has the whole content when constructed."""

    def __init__(self, url: str, name: str, directory: Path, process_name: str = "rtmp-client"):
        script = Path(__file__).with_name("rtmp_client.js")
        super().__init__(process_name, [require_program("node"), str(script),
                                        str(npm_package("rtmp-client")), url, name],
                         directory, stdin=subprocess.PIPE)
        self.wait_event("object_status", LIMIT,
                        lambda event: event["code"] == "SharedObject.Proxy.Connect")

    def do(self, *command: Any) -> None:
        self.popen.stdin.write(json.dumps(command).encode() + b"\n")
        self.popen.stdin.flush()

    def wait_change(self, code: str, slot: str, value: Any = None) -> None:
        """Until a server's message said that of the slot."""
        def told(event) -> bool:
            return any((change["code"], change.get("name"), change.get("newValue"))
                       == (code, slot, value) for change in event["changes"])
        self.wait_event("sync", LIMIT, told)
