"""What the benchmarks have in common: the programs, their processor time, and the machine."""

from __future__ import annotations

import json
import os
import platform
import select
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterable

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from processes import Process, run  # noqa: E402

BUILD = ROOT / "build" / "release"
PROGRAMS = BUILD / "tests" / "benchmark"
ANSWER_LIMIT = 30.0  # seconds for one line of counters


def process_seconds(pid: int) -> float:
    """Processor time of all threads of a process, ended ones included, to the nanosecond."""
    return time.clock_gettime((~pid << 3) | 2)  # CLOCK_PROCESS_CPUTIME_ID of another process


class Talker(Process):
    """A benchmark program that prints JSON lines."""

    def ask(self, limit: float = ANSWER_LIMIT) -> dict:
        """The next line."""
        ready, _, _ = select.select([self.popen.stdout], [], [], limit)
        line = self.popen.stdout.readline() if ready else b""
        if not line:
            raise RuntimeError(f"{self.name} gave no counters:\n{self.log()}")
        return json.loads(line)

    def tell(self) -> None:
        """Has it print the next line."""
        self.popen.stdin.write(b"\n")
        self.popen.stdin.flush()

    def pass_time(self, seconds: float) -> None:
        """Lets the time go by; an error when the program does not last as long."""
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return
        raise RuntimeError(f"{self.name} ended:\n{self.log()}")


def build() -> None:
    BUILD.mkdir(parents=True, exist_ok=True)
    run("configure", ["cmake", "--preset", "release", "-S", ROOT], BUILD, 120)
    with Process("build", ["cmake", "--build", BUILD, "--parallel", os.cpu_count() or 1,
                           "--target", "benchmarks"], BUILD) as process:
        if process.wait(3600) != 0:
            raise RuntimeError(f"the build failed:\n{process.log()}")


def processors() -> tuple[int, int]:
    """One for the far end, another one for the candidate, if there is."""
    first, *others = sorted(os.sched_getaffinity(0))
    return first, others[0] if others else first


def in_turns(candidates: list, rounds: int) -> Iterable:
    """(round, candidate). Every other round backwards: what changes in time favours nobody."""
    for number in range(1, rounds + 1):
        for candidate in candidates if number % 2 else candidates[::-1]:
            yield number, candidate


def median_ratio(values: list[float], floors: list[float]):
    """Median of the ratios of runs of the same round; None without any."""
    pairs = list(zip(values, floors))
    return statistics.median(a / b for a, b in pairs) if pairs else None


def number(value, form: str) -> str:
    return "-" if value is None else format(value, form)


def machine() -> dict:
    model = next((line.split(":", 1)[1].strip() for line in
                  Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")),
                 platform.machine())
    return {"processors": len(os.sched_getaffinity(0)), "model": model,
            "kernel": platform.release(), "load": os.getloadavg()[0]}
