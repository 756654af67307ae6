"""Child processes and ports of the tests: bounded in time, ended by process id, logs kept.

Readiness of a server is read from the kernel's table of listening sockets. A probing connection
would be one more client for the server under test, and some peers serve exactly one.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Callable, Optional, Sequence, TypeVar

T = TypeVar("T")

REPOSITORY = Path(__file__).resolve().parents[2]
LISTEN_STATE = "0A"  # of /proc/net/tcp
START_LIMIT = 20.0  # seconds a peer may take until it listens
STOP_LIMIT = 10.0  # seconds a peer may take to end after SIGTERM or SIGINT
LOG_TAIL_BYTES = 8000

# Every process started since the last clear; the test run prints their logs after a failure.
started: list["Process"] = []


def wait_until(condition: Callable[[], T], limit: float, what: str, interval: float = 0.01) -> T:
    """The first true value of `condition`; TimeoutError naming `what` after `limit` seconds."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimeoutError(f"not within {limit:g} s: {what}")
        time.sleep(interval)


def free_port() -> int:
    """A port nobody listens on now, below the range the kernel takes client ports from."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 20000 and 32000 after 200 attempts")


def listening_inodes(port: int) -> set[str]:
    """Inodes of the sockets that listen on `port`, IPv4 and IPv6."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTEN_STATE and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(fields[9])
    return inodes


def open_files(pid: int) -> set[str]:
    """What the descriptors of `pid` point to: paths, and `socket:[inode]`."""
    found = set()
    try:
        for entry in os.scandir(f"/proc/{pid}/fd"):
            try:
                found.add(os.readlink(entry.path))
            except FileNotFoundError:
                continue
    except FileNotFoundError:
        pass
    return found


def memory_kib(process: "Process", figure: str) -> int:
    """VmRSS (now) or VmHWM (at most, so far) of a running process."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(figure + ":"):
            return int(line.split()[1])
    raise RuntimeError(f"no {figure} of {process.name}")


def require_program(name: str) -> str:
    """The path of a program the tests need; its absence is an error, never a skip."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise RuntimeError(f"the tests need the program '{name}', which is not installed")
    return path


class Process:
    """One child process whose output goes to a log file.

    Should the test run itself be killed, the kernel ends the child with the thread that started
    it: start processes from a thread that lives as long as they shall.
    """

    def __init__(self, name: str, argv: Sequence[str], directory: Path,
                 env: Optional[dict[str, str]] = None, stdin=subprocess.DEVNULL, stdout=None):
        self.name = name
        self.argv = [str(argument) for argument in argv]
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log_path = self.directory / f"{name}.log"
        with open(self.log_path, "wb") as log:
            self.popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", require_program(self.argv[0]), *self.argv[1:]],
                cwd=self.directory, stdin=stdin, stdout=log if stdout is None else stdout,
                stderr=log, env={**os.environ, **(env or {})})
        started.append(self)

    @property
    def pid(self) -> int:
        return self.popen.pid

    def log(self) -> str:
        return self.log_path.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")

    def running(self) -> bool:
        return self.popen.poll() is None

    def listens_on(self, port: int) -> bool:
        """True once this very process listens on `port`; an error if it has ended."""
        if not self.running():
            raise RuntimeError(f"{self.name} ended with {self.popen.returncode} instead of "
                               f"listening on port {port}:\n{self.log()}")
        own = open_files(self.pid)
        return any(f"socket:[{inode}]" in own for inode in listening_inodes(port))

    def wait_listening(self, port: int, limit: float = START_LIMIT) -> None:
        wait_until(lambda: self.listens_on(port), limit, f"{self.name} listening on port {port}")

    def wait_closed(self, path: Path, limit: float = STOP_LIMIT) -> None:
        """Waits until this process no longer holds `path` open: the file is complete."""
        resolved = str(Path(path).resolve())
        wait_until(lambda: resolved not in open_files(self.pid), limit,
                   f"{self.name} closing {resolved}")

    def wait(self, limit: float) -> int:
        """The exit code, negative for a signal."""
        try:
            return self.popen.wait(limit)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{self.name} still runs after {limit:g} s:\n{self.log()}") from None

    def send_signal(self, number: int) -> None:
        if self.running():
            self.popen.send_signal(number)

    def stop(self, number: int = signal.SIGTERM, limit: float = STOP_LIMIT) -> int:
        """Asks the process to end, insists after `limit` seconds, and returns the exit code."""
        if self.running():
            self.popen.send_signal(signal.SIGCONT)
            self.popen.send_signal(number)
            try:
                self.popen.wait(limit)
            except subprocess.TimeoutExpired:
                self.popen.kill()
        return self.popen.wait(STOP_LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def run(name: str, argv: Sequence[str], directory: Path, limit: float) -> Process:
    """Runs a program to its end; RuntimeError with its log when the exit code is not 0."""
    with Process(name, argv, directory) as process:
        code = process.wait(limit)
    if code != 0:
        raise RuntimeError(f"{name} ended with {code}: {' '.join(process.argv)}\n{process.log()}")
    return process
