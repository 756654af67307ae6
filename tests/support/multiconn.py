"""The program under test, `multiconn`, run with --json: its events can be waited for.

MULTICONN names the program; by default it is the one of the dev build. MULTICONNECTION_SANITIZE
says with which sanitizers it was built.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable, Optional, Sequence, Union

from processes import REPOSITORY, Process

DEFAULT_PROGRAM = REPOSITORY / "build" / "dev" / "sdk" / "tools" / "multiconn"
# Where not empty, the program's figures of memory and lateness are the sanitizer's.
SANITIZED = os.environ.get("MULTICONNECTION_SANITIZE", "")
START_LIMIT = 10.0  # seconds until a node listens
EXIT_LIMIT = 20.0  # seconds from the end of the input, or a signal, to the end of the process

Event = dict[str, Any]


def program() -> Path:
    path = Path(os.environ.get("MULTICONN", DEFAULT_PROGRAM))
    if not path.exists():
        raise RuntimeError(f"no program {path}: build the target multiconn, or set MULTICONN")
    return path


class Multiconn(Process):
    """One run. `events` holds every JSON object printed so far, each with `seen` added:
    time.monotonic() when it was read. A line that is no JSON object fails the next wait."""

    def __init__(self, arguments: Sequence[str], directory: Path, name: str = "multiconn",
                 stdin=subprocess.DEVNULL, env: Optional[dict[str, str]] = None):
        super().__init__(name, [str(program()), *map(str, arguments)], directory, env,
                         stdin=stdin, stdout=subprocess.PIPE)
        self.events: list[Event] = []
        self.not_json: list[str] = []
        self.output_ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

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

    # -- what it said ------------------------------------------------------------------------

    def _read(self) -> None:
        for raw in self.popen.stdout:
            line = raw.decode(errors="replace").strip()
            with self._changed:
                try:
                    event = json.loads(line)
                    event["seen"] = time.monotonic()
                    self.events.append(event)
                except (ValueError, TypeError):
                    self.not_json.append(line)
                self._changed.notify_all()
        with self._changed:
            self.output_ended = True
            self._changed.notify_all()

    def find(self, kind: str, matches: Optional[Callable[[Event], Any]] = None) -> list[Event]:
        """The events of one kind so far."""
        return [e for e in list(self.events)
                if e.get("event") == kind and (matches is None or matches(e))]

    def wait_event(self, kind: str, limit: float,
                   matches: Optional[Callable[[Event], Any]] = None, count: int = 1) -> Event:
        """The `count`-th event of this kind (for which `matches` holds), with a limit."""
        def satisfied() -> bool:
            return (len(self.find(kind, matches)) >= count or self.output_ended
                    or bool(self.not_json))
        with self._changed:
            self._changed.wait_for(satisfied, limit)
        found = self.find(kind, matches)
        if len(found) >= count and not self.not_json:
            return found[count - 1]
        why = (f"printed no JSON: {self.not_json[0]!r}" if self.not_json
               else "ended" if self.output_ended else f"printed none within {limit:g} s")
        raise TimeoutError(f"{self.name}: waited for event '{kind}', it {why}; events so far: "
                           f"{[e.get('event') for e in self.events]}\n{self.log()}")

    def events_at_end(self, limit: float = EXIT_LIMIT) -> list[Event]:
        """Every event of a run that is ending; AssertionError if any line was no JSON object."""
        self.wait(limit)
        self._reader.join(limit)
        assert not self.not_json, f"{self.name} printed no JSON: {self.not_json[0]!r}"
        return list(self.events)

    def interrupt(self, limit: float = EXIT_LIMIT) -> int:
        """Ctrl-C; the exit code."""
        self.send_signal(signal.SIGINT)
        return self.wait(limit)

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
