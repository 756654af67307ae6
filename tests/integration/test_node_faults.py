"""Faulty nodes beside a sound one: the others are undisturbed, and what is said names the culprit.

A fault is asked for by `multiconn serve --fault`, whose own events tell that it struck.
"""

import flv
import peers
import pytest
from multiconn import Multiconn, refused

LIMIT = 30.0

# What strikes, and the code that the faulty server's line then has.
FAULTS = {
    "accept:reset": "NetConnection.Connect.Failed",
    "handshake:garbage": "NetConnection.Connect.Failed",
    "connect:refuse": "NetConnection.Connect.Rejected",
    "connect:close": "NetConnection.Connect.Failed",
    "createStream:close": "NetConnection.Connect.Closed",
    "publish:refuse": "NetStream.Publish.BadName",
    "publish:garbage": "NetConnection.Connect.Closed",
    "media:close": "NetConnection.Connect.Closed",
    "media:reset,messages=50": "NetConnection.Connect.Closed",
}
GOOD = {"NetConnection.Connect.Success", "NetStream.Publish.Start", "NetStream.Unpublish.Success",
        "NetConnection.Connect.Closed"}


@pytest.fixture
def sound(directory):
    with Multiconn.serve(directory, name="sound") as node:
        yield node


@pytest.fixture
def dump(directory, sound):
    player = peers.RtmpDump(sound.url(), directory / "dump.flv", directory)
    sound.wait_event("client", LIMIT, lambda event: event["kind"] == "play_started")
    return player


def struck(node, fault, count=1):
    return node.wait_event("client", LIMIT,
                           lambda e: e["kind"] == "fault" and e["reason"] == fault, count)


def assert_complete(source, player):
    result = flv.compare_files(source, player.capture(source))
    assert result, str(result)


def of_server(run, server):
    return [event for event in run.find("server") if event["server"] == server]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_of_the_server_that_has_it_and_costs_the_others_nothing(
        clips, directory, sound, dump, fault):
    with Multiconn.serve(directory, "--fault", fault, name="faulty") as faulty:
        # At its pace: else all may be sent before the loss of a server is noticed.
        run = Multiconn.publish(clips.small(), [faulty.url(), sound.url()], directory, "--policy",
                                "any", "--no-reconnect")
        assert run.wait(LIMIT) == 0, run.log()
        struck(faulty, fault.split(",")[0])
    bad = [event for event in of_server(run, 0) if event["code"] not in GOOD
           or event["state"] == "failed"]
    assert [event["code"] for event in bad] == [FAULTS[fault]]
    assert bad[0]["reason"]
    assert {event["code"] for event in of_server(run, 1)} == GOOD
    assert all(event["state"] != "failed" for event in of_server(run, 1))
    assert_complete(clips.small(), dump)


@pytest.mark.parametrize("fault, waits_for", [
    ("accept:silent", "no end of the RTMP handshake"), ("connect:silent", "no answer to connect"),
    ("connect:delay=600000", "no answer to connect"), ("handshake:stall", "no answer to connect")])
def test_a_silent_server_is_named_by_the_verdict(clips, directory, sound, fault, waits_for):
    with Multiconn.serve(directory, "--fault", fault, name="faulty") as faulty:
        run = Multiconn.publish(clips.small(), [faulty.url(), sound.url()], directory,
                                "--setup-timeout", "600")
        assert run.wait(LIMIT) == 1, run.log()
    servers = run.find("setup")[0]["servers"]
    assert waits_for in servers[0]["reason"]
    assert servers[1]["state"] == "connected"


@pytest.mark.parametrize("fault, times", [("handshake:reset", 2), ("connect:close", 1),
                                          ("media:reset", 1)])
def test_a_server_is_back_when_its_fault_is_over(clips, directory, sound, fault, times):
    more = ",messages=100" if fault.startswith("media") else ""
    with Multiconn.serve(directory, "--fault", f"{fault},times={times}{more}",
                         name="faulty") as faulty:
        run = Multiconn.publish(clips.small(), [faulty.url(), sound.url()], directory, "--loop",
                                "--policy", "any")
        try:
            struck(faulty, fault, times)
            started = 2 if fault.startswith("media") else 1
            faulty.wait_event("client", LIMIT, lambda e: e["kind"] == "publish_started", started)
            run.wait_event("stats", LIMIT, lambda e: e["servers"][0]["state"] == "publishing")
        finally:
            assert run.interrupt() == 0, run.log()
        assert len(faulty.find("client", lambda e: e["kind"] == "fault")) == times
    assert all(event["state"] != "failed" for event in of_server(run, 1))
    steady = run.find("summary")[0]["servers"][1]
    assert (steady["reconnects"], steady["dropped_messages"]) == (0, 0)


def test_a_fault_that_cannot_be_read_is_named_and_nothing_is_opened(directory):
    code, output, errors = refused(["serve", "--listen", "127.0.0.1:0", "--fault", "publish:nmae"],
                                   directory)
    assert (code, output) == (2, "")
    assert "--fault: fault 'publish:nmae': 'nmae' is no fault: refuse, reset" in errors
