"""An array of 128 servers: threads and memory of the process, seen from outside, and every stream
complete, judged by tests/support/mini_rtmp.py and flv.py."""

import os
import subprocess
from pathlib import Path

import flv
import peers
import pytest
from multiconn import SANITIZED, Multiconn
from processes import REPOSITORY, Process, memory_kib, wait_until

SERVERS = 128
LIMIT = 60.0
MEMORY_PER_SERVER_KIB = 64
DEFAULT_PROGRAM = REPOSITORY / "build" / "dev" / "tests" / "integration" / "many_servers"


@pytest.fixture
def node(directory):
    with Multiconn.serve(directory) as server:
        yield server


class ManyServers:
    """The program that holds still while it publishes to `count` streams of the node."""

    def __init__(self, node, count, directory):
        program = os.environ.get("MANY_SERVERS", DEFAULT_PROGRAM)
        self.process = Process(f"many{count}", [program, node.url(name="").rstrip("/"), count],
                               directory, stdin=subprocess.PIPE)

    def __enter__(self):
        def ready():
            assert self.process.running(), self.process.log()
            return "ready\n" in self.process.log()

        wait_until(ready, LIMIT, f"{self.process.name} publishing")
        return self

    def __exit__(self, *_):
        self.process.popen.stdin.close()
        assert self.process.wait(LIMIT) == 0, self.process.log()

    def sdk_threads(self):
        """Names of all threads but those named like the program, whose first one is its own."""
        names = sorted((task / "comm").read_text().strip()
                       for task in Path(f"/proc/{self.process.pid}/task").iterdir())
        names.remove("many_servers")
        return names


def test_after_the_set_up_there_are_two_threads(directory, node):
    """A thread of a handshake would bear the name of the reactor's, which starts it."""
    expected = ["mc-events", "mc-reactor"]
    if SANITIZED == "thread":
        expected.insert(0, "many_servers")  # its run-time library has one
    with ManyServers(node, SERVERS, directory) as program:
        wait_until(lambda: len(program.sdk_threads()) <= len(expected), LIMIT,
                   "handshake threads gone")
        assert sorted(program.sdk_threads()) == sorted(expected)


def test_a_further_server_costs_little_memory(directory, node):
    used = []
    for count in (1, SERVERS):
        with ManyServers(node, count, directory) as program:
            used.append(memory_kib(program.process, "VmRSS"))
    each = (used[1] - used[0]) / (SERVERS - 1)
    print(f"{used[0]} KiB with 1 server, {used[1]} KiB with {SERVERS}: {each:.1f} KiB for each")
    if not SANITIZED:
        assert each < MEMORY_PER_SERVER_KIB


def test_every_one_of_them_gets_every_frame(clips, directory):
    names = [f"stream{i}" for i in range(SERVERS)]
    with peers.Recorder(directory / "recorder") as recorder:
        run = Multiconn.publish(clips.small(), [recorder.url(name=name) for name in names],
                                directory, "--no-pace", "--setup-timeout", str(int(LIMIT * 1000)))
        assert run.wait(LIMIT) == 0, run.log()
        recordings = [recorder.recording(name=name) for name in names]
        for recording in recordings:
            recorder.process.wait_closed(recording)
    source = flv.parse(clips.small()).tags
    for recording in recordings:
        received = flv.parse(recording)
        assert received.damage is None
        result = flv.compare(source, received.tags)
        assert result, f"{recording.name}: {result}"
    summary = run.events_at_end()[-1]["servers"]
    assert len(summary) == SERVERS
    assert {(server["state"], server["dropped_messages"]) for server in summary} == {("closed", 0)}
