"""A child process that prints JSON objects, one to a line: they can be waited for."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable, Optional, Sequence

from processes import Process

EXIT_LIMIT = 20.0  # seconds from the end of the input, or a signal, to the end of the process

Event = dict[str, Any]


class JsonProcess(Process):
    """`events` holds every JSON object printed so far, each with `seen` added: time.monotonic()
    when it was read. What kind of event it is, is its "event". A line that is no JSON object fails
    the next wait."""

    def __init__(self, name: str, argv: Sequence[str], directory: Path,
                 env: Optional[dict[str, str]] = None, stdin=subprocess.DEVNULL):
        super().__init__(name, argv, directory, env, stdin=stdin, stdout=subprocess.PIPE)
        self.events: list[Event] = []
        self.not_json: list[str] = []
        self.output_ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

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
