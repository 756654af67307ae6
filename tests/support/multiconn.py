"""The program under test, `multiconn`, run with --json: its events can be waited for.

MULTICONN names the program; by default it is the one of the dev build. MULTICONNECTION_SANITIZE
says with which sanitizers it was built.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Optional, Sequence, Union

from json_process import EXIT_LIMIT, JsonProcess
from processes import REPOSITORY

DEFAULT_PROGRAM = REPOSITORY / "build" / "dev" / "sdk" / "tools" / "multiconn"
# Where not empty, the program's figures of memory and lateness are the sanitizer's.
SANITIZED = os.environ.get("MULTICONNECTION_SANITIZE", "")
START_LIMIT = 10.0  # seconds until a node listens


def program() -> Path:
    path = Path(os.environ.get("MULTICONN", DEFAULT_PROGRAM))
    if not path.exists():
        raise RuntimeError(f"no program {path}: build the target multiconn, or set MULTICONN")
    return path


class Multiconn(JsonProcess):
    """One run."""

    def __init__(self, arguments: Sequence[str], directory: Path, name: str = "multiconn",
                 stdin=subprocess.DEVNULL, env: Optional[dict[str, str]] = None):
        super().__init__(name, [str(program()), *map(str, arguments)], directory, env, stdin)

    # -- the three commands ------------------------------------------------------------------

    @classmethod
    def serve(cls, directory: Path, *options: str, name: str = "serve") -> "Multiconn":
        """An embedded node on a free loopback port; returns when it listens."""
        node = cls(["serve", "--listen", "127.0.0.1:0", "--json", *options], directory, name)
        try:
            node.wait_event("listening", START_LIMIT)
            node.wait_listening(node.port, START_LIMIT)
        except BaseException:
            node.stop()
            raise
        return node

    @classmethod
    def publish(cls, source: Union[str, Path], urls: Sequence[str], directory: Path,
                *options: str, name: str = "publish", stdin=subprocess.DEVNULL) -> "Multiconn":
        to = [word for url in urls for word in ("--to", url)]
        return cls(["publish", str(source), *to, *options, "--json"], directory, name, stdin)

    @classmethod
    def play(cls, url: str, output: Path, directory: Path, *options: str,
             name: str = "play") -> "Multiconn":
        return cls(["play", url, "-o", str(output), *options, "--json"], directory, name)

    # -- for a node --------------------------------------------------------------------------

    @property
    def port(self) -> int:
        return self.find("listening")[0]["port"]

    def url(self, app: str = "live", name: str = "stream") -> str:
        return f"rtmp://127.0.0.1:{self.port}/{app}/{name}"


def refused(arguments: Sequence[str], directory: Path, limit: float = EXIT_LIMIT,
            stdin: Optional[bytes] = None) -> tuple[int, str, str]:
    """Runs the program to its end: (exit code, standard output, standard error)."""
    done = subprocess.run([str(program()), *map(str, arguments)], cwd=directory, timeout=limit,
                          input=stdin if stdin is not None else b"", capture_output=True)
    return done.returncode, done.stdout.decode(), done.stderr.decode()
