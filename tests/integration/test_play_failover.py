"""A stream played over an array goes on with the next server when the one it came from is killed:
nginx-rtmp and the node, in both orders."""

import os
import signal
import subprocess

import peers
import pytest
from multiconn import Multiconn
from processes import REPOSITORY, Process, wait_until

LIMIT = 30.0
DEFAULT_PROGRAM = REPOSITORY / "build" / "dev" / "tests" / "integration" / "array_player"
FRAME_MS = 100  # more than the distance of two frames of testsrc


def frames_in(lines):
    """(is key frame, timestamp) of each frame among the player's lines."""
    return [(kind == "key", int(time)) for kind, _, time in (line.partition(" ") for line in lines)
            if kind in ("key", "frame")]


@pytest.mark.parametrize("first", ["nginx", "node"])
def test_goes_on_with_the_next_server_at_a_key_frame(first, directory):
    with peers.NginxRtmp(directory / "nginx") as nginx, Multiconn.serve(directory) as node:
        servers = [nginx, node] if first == "nginx" else [node, nginx]
        player = Process("array_player",
                         [os.environ.get("ARRAY_PLAYER", DEFAULT_PROGRAM), "stream",
                          *[f"rtmp://127.0.0.1:{server.port}/live" for server in servers]],
                         directory, stdin=subprocess.PIPE)

        def lines():
            assert player.running(), player.log()
            return player.log_path.read_text().splitlines()

        wait_until(lambda: any("NetStream.Play.Start" in line for line in lines()), LIMIT, "play")
        publisher = Multiconn.publish("testsrc", [server.url() for server in servers], directory,
                                      "--policy", "any")
        wait_until(lambda: len(frames_in(lines())) > 20, LIMIT, "frames of the first server")
        assert not [line for line in lines() if "Failover" in line]
        (nginx.process if first == "nginx" else node).stop(signal.SIGKILL)
        wait_until(lambda: [line for line in lines() if "MultiStream.Play.Failover" in line], LIMIT,
                   "the event")

        def frames_since():
            seen = lines()
            at = next(i for i, line in enumerate(seen) if "MultiStream.Play.Failover" in line)
            return frames_in(seen[at:])

        wait_until(lambda: len(frames_since()) > 20, LIMIT, "frames of the next server")
        before, after = frames_in(lines())[:20], frames_since()
        player.popen.stdin.close()
        assert player.wait(LIMIT) == 0, player.log()
        publisher.interrupt()
        publisher.wait(LIMIT)
    assert after[0][0], "a decoder needs a key frame there"
    assert after[0][1] > before[-1][1], "one clock for both servers"
    times = [time for _, time in after]
    assert all(0 < later - time < FRAME_MS for time, later in zip(times, times[1:])), times
