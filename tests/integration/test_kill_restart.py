"""Real servers are killed under load and started again, one after the other, while a stream is
published to all of them and to one that nothing happens to.

MULTICONNECTION_KILLS says how often: some times here, a hundred in tests/full.sh.
"""

import itertools
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

import flv
import multiconn
import peers
from processes import REPOSITORY, Process, wait_until

LIMIT = 60.0
KILLS = int(os.environ.get("MULTICONNECTION_KILLS", 6))
DEFAULT_PROGRAM = REPOSITORY / "build" / "dev" / "tests" / "integration" / "array_publisher"
FRAMES = 10  # of video a recording must hold before its server is killed


class Node(peers.Server):
    """Our own server, recording."""

    def _argv(self):
        return [str(multiconn.program()), "serve", "--listen", f"127.0.0.1:{self.port}",
                "--root", str(self.directory / "recordings")]


class Victim:
    """A server that is killed now and then, and its recordings, one for each life."""

    def __init__(self, index, server):
        self.index = index
        self.server = server
        self.folder = server.directory / "recordings"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.kept = []

    def is_recording(self):
        return any(len([tag for tag in flv.parse(path).tags
                        if tag.type == flv.VIDEO and tag.is_frame()]) >= FRAMES
                   for path in self.folder.rglob("*.flv"))

    def keep(self):
        """Puts the recording of the life that is over aside: the next may take its name."""
        found = list(self.folder.rglob("*.flv"))
        assert len(found) == 1, f"one life, one recording: {found}"
        kept = self.server.directory / f"life{len(self.kept)}.flv"
        found[0].rename(kept)
        self.kept.append(kept)


class Publisher:
    """tests/integration/array_publisher.cpp."""

    def __init__(self, source, servers, directory):
        program = os.environ.get("ARRAY_PUBLISHER", DEFAULT_PROGRAM)
        urls = [server.url(name="").rstrip("/") for server in servers]
        self.process = Process("array_publisher", [program, source, "stream", *urls], directory,
                               stdin=subprocess.PIPE)

    def lines(self, start):
        """What it printed so far of those lines; it must be running, or have ended well."""
        assert self.process.popen.poll() in (None, 0), self.process.log()
        text = self.process.log_path.read_text()
        return [line for line in text.splitlines() if line.startswith(start)]

    def wait_line(self, start, count, what):
        return wait_until(lambda: len(self.lines(start)) >= count, LIMIT, what)

    def holds(self):
        """(descriptors, threads)"""
        process = Path(f"/proc/{self.process.pid}")
        return tuple(len(list((process / what).iterdir())) for what in ("fd", "task"))

    def end(self):
        self.process.popen.stdin.close()
        assert self.process.wait(LIMIT) == 0, self.process.log()


def kill_and_restart(victim, publisher, kills):
    """The `kills`-th kill, up to where the server records again."""
    victim.server.kill()
    publisher.wait_line("array MultiConnection.Degraded", kills, "the gap reported")
    victim.keep()
    victim.server.restart()
    publisher.wait_line("array MultiConnection.Recovered", kills, "the return reported")
    wait_until(victim.is_recording, LIMIT, f"server {victim.index} recording again", 0.05)


def assert_repeats(clip, received):
    """Each track of `received` is that of the clip again and again, no frame missing; in each round
    all timestamps are those of the clip moved by one constant, which rises from round to round."""
    shifts = {}
    for track in (flv.VIDEO, flv.AUDIO):
        want = [tag for tag in clip if tag.type == track and tag.is_frame()]
        got = [tag for tag in received if tag.type == track and tag.is_frame()]
        assert got
        for i, tag in enumerate(got):
            place = f"{flv.TRACK_NAMES[track]} frame {i}"
            assert tag.body == want[i % len(want)].body, place
            shift = tag.timestamp - want[i % len(want)].timestamp
            assert shifts.setdefault(i // len(want), shift) == shift, place
    rounds = [shifts[number] for number in sorted(shifts)]
    assert rounds == sorted(set(rounds)), rounds


def assert_life(recording, reference):
    """A recording begins with headers and a key frame, and is a part of the stream to the byte."""
    tags = flv.parse(recording).tags
    first = next(i for i, tag in enumerate(tags) if tag.is_frame())
    headers = {tag.type for tag in tags[:first] if tag.is_sequence_header()}
    assert headers == {flv.AUDIO, flv.VIDEO}, recording
    assert next(tag for tag in tags[first:] if tag.type == flv.VIDEO).is_key_frame(), recording
    result = flv.compare_files(reference, recording, part=True)
    assert result, f"{recording}: {result}"


def assert_times_go_on(recordings):
    """For a server that keeps the publisher's timestamps: each life begins behind the one before."""
    times = [[tag.timestamp for tag in flv.parse(path).tags if tag.type == flv.VIDEO]
             for path in recordings]
    for earlier, later in itertools.pairwise(times):
        assert later[0] > earlier[-1], (earlier[-1], later[0])


def assert_told(publisher, victims):
    """One gap and one return for each kill, naming the server; nobody else was in trouble."""
    gaps = publisher.lines("array MultiConnection.Degraded")
    assert len(gaps) == len(publisher.lines("array MultiConnection.Recovered")) == KILLS
    for gap, victim in zip(gaps, itertools.cycle(victims)):
        assert f"lost server {victim.index} rtmp://127.0.0.1:{victim.server.port}/" in gap
    assert not publisher.lines("array MultiConnection.Lost")
    figures = [tuple(map(int, line.split()[1:])) for line in publisher.lines("figures")]
    lives = [len(victim.kept) for victim in victims]
    assert [reconnects for _, reconnects, _ in figures] == [0, *(count - 1 for count in lives)]
    assert figures[0][2] == 0, "frames dropped for the server that nothing happened to"


def test_killed_servers_come_back_at_a_key_frame_and_the_other_misses_nothing(clips, directory):
    with ExitStack() as stack:
        steady = stack.enter_context(peers.Recorder(directory / "steady"))
        servers = [peers.NginxRtmp(directory / "nginx"),
                   peers.NodeMediaServer(directory / "node-media-server"), Node(directory / "node")]
        victims = [Victim(index, server) for index, server in enumerate(servers, start=1)]
        for server in servers:
            stack.enter_context(server)
        publisher = Publisher(clips.small_long(), [steady, *servers], directory)
        for victim in victims:
            wait_until(victim.is_recording, LIMIT, f"server {victim.index} recording", 0.05)
        held = publisher.holds()
        for kills, victim in zip(range(1, KILLS + 1), itertools.cycle(victims)):
            kill_and_restart(victim, publisher, kills)
        wait_until(lambda: publisher.holds() == held, LIMIT, "no descriptor or thread more")
        publisher.end()
        steady.process.wait_closed(steady.recording())
    received = flv.parse(steady.recording())
    assert received.damage is None
    assert_repeats(flv.parse(clips.small_long()).tags, received.tags)
    for victim in victims:
        victim.keep()
        for recording in victim.kept:
            assert_life(recording, steady.recording())
    assert_times_go_on(victims[1].kept)
    assert_told(publisher, victims)
