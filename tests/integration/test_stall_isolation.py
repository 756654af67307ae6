"""One server of the array freezes or dies in the middle: nobody else notices.

The servers are processes of tests/support/mini_rtmp.py, which writes down what arrived and when,
and nginx-rtmp; tests/support/flv.py compares what each has recorded with the source.
"""

import signal
import subprocess
from contextlib import ExitStack

import flv
import peers
import pytest
from multiconn import SANITIZED, Multiconn
from processes import memory_kib, wait_until

LIMIT = 40.0
FRAME_MS = 33
ATTEMPTS = 3
FAULT_AT_MS = 5000  # of media time
PAUSE_MS = 3500
OTHERS = 3
# In real time 2 s of media wait for a server at most; without a pace 1 MiB, and 2 at the feed.
MEMORY_LIMIT_KIB = 8 * 1024


def media_time_reached(recorder, milliseconds):
    """Whether a message of that time has arrived."""
    try:
        return any(stamp >= milliseconds for _, stamp, _ in recorder.arrivals())
    except FileNotFoundError:
        return False


def wait_media_time(recorders, milliseconds):
    for recorder in recorders:
        wait_until(lambda recorder=recorder: media_time_reached(recorder, milliseconds), LIMIT,
                   f"{milliseconds} ms of media at {recorder.url()}", 0.05)


def lateness_p99_ms(recorder, fault_ns):
    """(before, after) the fault: arrival minus media time, the earliest of all being 0."""
    late = [(at, at / 1e6 - stamp) for kind, stamp, at in recorder.arrivals() if kind != flv.DATA]
    earliest = min(value for _, value in late)

    def p99(values):
        ordered = sorted(values)
        return ordered[len(ordered) * 99 // 100] - earliest

    return (p99([value for at, value in late if at < fault_ns]),
            p99([value for at, value in late if at >= fault_ns]))


def assert_equal(source, received):
    result = flv.compare_files(source, received)
    assert result, f"{received}: {result}"


def last_arrival_ns(recorder):
    return recorder.arrivals()[-1][2]


class Array:
    """A victim, the others and nginx."""

    def __init__(self, stack, directory):
        self.victim = stack.enter_context(peers.Recorder(directory / "victim"))
        self.others = [stack.enter_context(peers.Recorder(directory / f"other{i}"))
                       for i in range(OTHERS)]
        self.nginx = stack.enter_context(peers.NginxRtmp(directory / "nginx"))

    def urls(self):
        """The victim in the middle: index 1."""
        return [self.nginx.url(), self.victim.url(), *(other.url() for other in self.others)]

    def assert_others_complete(self, source):
        for other in self.others:
            other.process.wait_closed(other.recording())
            assert_equal(source, other.recording())
        assert_equal(source, self.nginx.recording())


def assert_only_the_victim_was_lost(run, code):
    """And everybody was told so, by name."""
    degraded = run.find("aggregate", lambda event: event["code"] == "MultiConnection.Degraded")
    assert len(degraded) == 1
    told = degraded[0]["servers"]
    assert [server["server"] for server in told if server["state"] == "failed"] == [1]
    assert told[1]["code"] == code and told[1]["reason"], told[1]
    assert not run.find("aggregate", lambda event: event["code"] == "MultiConnection.Lost")
    summary = run.events_at_end()[-1]["servers"]
    assert [server["state"] for server in summary] == ["closed", "failed"] + ["closed"] * OTHERS
    for server in summary:
        assert server["server"] == 1 or server["dropped_messages"] == 0, server


def lateness_when_one_is_gone(source, directory, fault, code):
    """One run in which the others must be complete. @return their lateness before and after."""
    with ExitStack() as stack:
        array = Array(stack, directory)
        run = Multiconn.publish(source, array.urls(), directory, "--policy", "any",
                                "--no-reconnect")
        wait_media_time([array.victim, *array.others], FAULT_AT_MS)
        before = memory_kib(run, "VmRSS")
        getattr(array.victim, fault)()
        fault_ns = last_arrival_ns(array.victim)
        run.wait_event("aggregate", LIMIT,
                       lambda event: event["code"] == "MultiConnection.Degraded")
        grown = memory_kib(run, "VmHWM") - before
        assert run.wait(LIMIT) == 0, run.log()
        array.assert_others_complete(source)
        assert_only_the_victim_was_lost(run, code)
        assert SANITIZED or grown < MEMORY_LIMIT_KIB, f"{grown} KiB more"
        lateness = [lateness_p99_ms(other, fault_ns) for other in array.others]
    for early, late in lateness:
        print(f"p99 lateness {early:.1f} ms before, {late:.1f} ms after; {grown} KiB more")
    return lateness


@pytest.mark.parametrize("fault, code", [("freeze", "MultiStream.Server.Stalled"),
                                         ("kill", "NetConnection.Connect.Closed")])
def test_others_stay_complete_and_in_time_when_a_server_is_gone(clips, directory, fault, code):
    """A machine that does something else for a moment spoils the times of one run; a server that
    holds the others up spoils every run's."""
    source = clips.hard_long()
    runs = []
    for attempt in range(1 if SANITIZED else ATTEMPTS):
        own = directory / str(attempt)
        own.mkdir()
        runs.append(lateness_when_one_is_gone(source, own, fault, code))
        if all(late <= 3 * early + FRAME_MS for early, late in runs[-1]):
            return
    assert SANITIZED, f"p99 lateness before and after, in ms, of each run: {runs}"


def gaps(source, received, track):
    """The frames that follow a gap in one track, and the number of frames missing in it; every
    frame must be one of the source, in its order and with its time."""
    want = [tag for tag in source if tag.type == track and tag.is_frame()]
    got = [tag for tag in received if tag.type == track and tag.is_frame()]
    after, at = [], 0
    for tag in got:
        place = want.index(tag, at)
        if place != at:
            after.append(tag)
        at = place + 1
    return after, len(want) - len(got)


def test_a_server_that_pauses_misses_frames_and_goes_on_at_a_key_frame(clips, directory):
    """What it missed is counted; no frame reaches it whose reference it lacks; nobody else misses
    anything, and the array counts as whole."""
    source = clips.hard_long()
    with ExitStack() as stack:
        array = Array(stack, directory)
        run = Multiconn.publish(source, array.urls(), directory)
        wait_media_time([array.victim], FAULT_AT_MS)
        array.victim.freeze()
        wait_media_time(array.others, FAULT_AT_MS + PAUSE_MS)
        array.victim.process.send_signal(signal.SIGCONT)
        assert run.wait(LIMIT) == 0, run.log()
        array.assert_others_complete(source)
        array.victim.process.wait_closed(array.victim.recording())
        received = flv.parse(array.victim.recording())
    assert received.damage is None
    tags = flv.parse(source).tags
    resumed, missed_video = gaps(tags, received.tags, flv.VIDEO)
    _, missed_audio = gaps(tags, received.tags, flv.AUDIO)
    assert resumed and all(tag.is_key_frame() for tag in resumed)
    assert run.events_at_end()[-1]["servers"][1]["dropped_messages"] == missed_video + missed_audio
    assert not run.find("aggregate", lambda event: event["code"] != "MultiConnection.Closed")


def test_without_a_pace_a_stalled_server_is_left_out_and_the_others_get_all(clips, directory):
    """The input comes through a pipe, so that the server freezes in the middle for certain."""
    source = clips.full_hd()
    data = source.read_bytes()
    with ExitStack() as stack:
        array = Array(stack, directory)
        run = Multiconn.publish("-", array.urls(), directory, "--policy", "any", "--no-pace",
                                "--no-reconnect",
                                stdin=subprocess.PIPE)
        run.popen.stdin.write(data[:len(data) // 4])
        run.popen.stdin.flush()
        wait_media_time([array.victim, *array.others], 1000)
        array.victim.freeze()
        before = memory_kib(run, "VmRSS")
        run.popen.stdin.write(data[len(data) // 4:])
        run.popen.stdin.flush()
        run.wait_event("aggregate", LIMIT,
                       lambda event: event["code"] == "MultiConnection.Degraded")
        grown = memory_kib(run, "VmHWM") - before
        run.popen.stdin.close()
        assert run.wait(LIMIT) == 0, run.log()
        array.assert_others_complete(source)
    assert_only_the_victim_was_lost(run, "MultiStream.Server.Stalled")
    stalled = run.find("server", lambda event: event["code"] == "MultiStream.Server.Stalled")
    assert len(stalled) == 1 and "no byte moved for 5000 ms" in stalled[0]["reason"]
    assert SANITIZED or grown < MEMORY_LIMIT_KIB, f"{grown} KiB more"


def test_all_servers_stalled_end_the_publishing(clips, directory):
    """Nobody takes anything: it fails by itself instead of waiting for ever."""
    source = clips.full_hd()
    data = source.read_bytes()
    with peers.Recorder(directory / "only") as server:
        run = Multiconn.publish("-", [server.url()], directory, "--no-pace", "--no-reconnect",
                                stdin=subprocess.PIPE)
        run.popen.stdin.write(data[:len(data) // 4])
        run.popen.stdin.flush()
        wait_media_time([server], 1000)
        server.freeze()
        try:
            run.popen.stdin.write(data[len(data) // 4:])
            run.popen.stdin.close()
        except BrokenPipeError:
            pass  # it has ended already
        assert run.wait(LIMIT) == 1
    lost = run.find("aggregate", lambda event: event["code"] == "MultiConnection.Lost")
    assert len(lost) == 1 and lost[0]["servers"][0]["code"] == "MultiStream.Server.Stalled"
    assert "policy not met" in run.log()
