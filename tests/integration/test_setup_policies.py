"""Setup and publish verdicts with one server of the array that is refused, silent or misbehaving.

Whether a stream arrived is judged by nginx-rtmp's recording and by rtmpdump playing from a node,
compared with the source by tests/support/flv.py.
"""

import json
from contextlib import contextmanager

import faults
import flv
import peers
import pytest
from multiconn import Multiconn

KEY = "secret-key"  # the stream's name at every server: no line of output may hold it
LIMIT = 30.0
SETUP_TIMEOUT_MS = 1200
LONGER_THAN_THE_TEST_MS = 600_000

SILENT = {
    "accepts-only": (faults.silent_acceptor, "no end of the RTMP handshake"),
    "handshake-only": (faults.handshake_only, "no answer to connect"),
    "full-backlog": (faults.FullBacklog, "no TCP connection to 127.0.0.1 port {port}"),
    "drip-feed": (faults.drip_feed, "no end of the RTMP handshake"),
}


@contextmanager
def wrong_app(nginx):
    """An application that nginx does not have: it closes without an answer."""
    class Server:
        port = nginx.port

        @staticmethod
        def url(name):
            return nginx.url("nosuch", name)
    yield Server


@pytest.fixture
def nginx(directory):
    with peers.NginxRtmp(directory / "nginx") as server:
        yield server


@pytest.fixture
def node(directory):
    with Multiconn.serve(directory) as server:
        yield server


@pytest.fixture
def dump(directory, node):
    """rtmpdump, waiting at the node for the stream."""
    player = peers.RtmpDump(node.url(name=KEY), directory / "dump.flv", directory)
    node.wait_event("client", LIMIT, lambda event: event["kind"] == "play_started")
    return player


def url_of(server):
    return server.url(name=KEY)


def publish(clips, servers, directory, *options):
    """A run to its end: the exit code and all events. Nothing in it may show a stream's name."""
    run = Multiconn.publish(clips.small(), [url_of(server) for server in servers], directory,
                            "--no-pace", *options)
    code = run.wait(LIMIT)
    assert KEY not in json.dumps(run.events_at_end()) + run.log()
    return code, run


def verdict(run, kind):
    """The one event of its kind, with every server of the array in it, in order."""
    found = run.find(kind)
    assert len(found) == 1, found
    urls = [word for word in run.argv if word.startswith("rtmp://")]
    assert [s["server"] for s in found[0]["servers"]] == list(range(len(urls)))
    assert [s["url"] for s in found[0]["servers"]] == [url.replace(KEY, "***") for url in urls]
    for server in found[0]["servers"]:
        if server["state"] not in ("connected", "publishing"):
            assert server["reason"], server
    return found[0]


def assert_complete(clips, received):
    result = flv.compare_files(clips.small(), received)
    assert result, str(result)


# -- one server refuses the connection --------------------------------------------------------


def test_all_fails_at_once_when_a_port_is_refused(clips, directory, node):
    """A further server stays silent, the time-out is far beyond the test's limit: only the refused
    port can have decided."""
    with faults.RefusedPort() as refused, faults.silent_acceptor() as silent:
        code, run = publish(clips, [node, refused, silent], directory,
                            "--setup-timeout", str(LONGER_THAN_THE_TEST_MS))
    assert code == 1
    setup = verdict(run, "setup")
    assert setup["code"] == "NetConnection.Setup.Failed"
    assert setup["servers"][1]["state"] == "failed"
    assert setup["servers"][1]["code"] == "NetConnection.Connect.Failed"
    assert "refused" in setup["servers"][1]["reason"]
    assert setup["servers"][2]["state"] in ("connecting", "handshaking")
    assert run.find("publish") == []
    assert "NetConnection.Setup.Failed" in run.log()


@pytest.mark.parametrize("policy", ["any", "quorum:2"])
def test_enough_others_succeed_beside_a_refused_port(clips, directory, nginx, node, dump, policy):
    with faults.RefusedPort() as refused:
        code, run = publish(clips, [nginx, refused, node], directory, "--policy", policy)
    assert code == 0, run.log()
    assert verdict(run, "setup")["code"] == "NetConnection.Setup.Success"
    assert verdict(run, "publish")["code"] == "MultiStream.Publish.Success"
    assert verdict(run, "publish")["servers"][1]["state"] == "failed"
    if policy == "quorum:2":  # with "any" the second one to be ready may join in the middle
        assert_complete(clips, nginx.recording(name=KEY))
        assert_complete(clips, dump.capture(clips.small()))


# -- one server is silent ---------------------------------------------------------------------


@pytest.mark.parametrize("form", SILENT)
def test_all_fails_at_the_time_out_when_a_server_is_silent(clips, directory, nginx, node, form):
    fault, reason = SILENT[form]
    with fault() as silent:
        code, run = publish(clips, [nginx, silent, node], directory,
                            "--setup-timeout", str(SETUP_TIMEOUT_MS))
        reason = reason.format(port=silent.port)
    assert code == 1
    setup = verdict(run, "setup")
    assert setup["code"] == "NetConnection.Setup.Failed"
    assert setup["elapsed_ms"] >= SETUP_TIMEOUT_MS, "not before the time-out"
    late = setup["servers"][1]
    assert late["code"] == "NetConnection.Connect.Failed"
    assert late["reason"] == f"{reason} within {SETUP_TIMEOUT_MS} ms"
    assert [setup["servers"][i]["state"] for i in (0, 2)] == ["connected", "connected"]
    assert run.find("publish") == []


@pytest.mark.parametrize("form", SILENT)
def test_a_quorum_publishes_all_of_it_beside_a_silent_server(clips, directory, nginx, node, dump,
                                                             form):
    fault, reason = SILENT[form]
    with fault() as silent:
        code, run = publish(clips, [nginx, silent, node], directory, "--policy", "quorum:2")
        reason = reason.format(port=silent.port)
    assert code == 0, run.log()
    assert verdict(run, "setup")["code"] == "NetConnection.Setup.Success"
    published = verdict(run, "publish")
    assert published["code"] == "MultiStream.Publish.Success"
    assert [server["state"] == "publishing" for server in published["servers"]] == [
        True, False, True]
    assert published["servers"][1]["reason"] == f"{reason} yet"
    assert_complete(clips, nginx.recording(name=KEY))
    assert_complete(clips, dump.capture(clips.small()))


@pytest.mark.parametrize("form", SILENT)
def test_any_publishes_all_of_it_beside_silent_servers(clips, directory, node, dump, form):
    fault, _ = SILENT[form]
    with fault() as first, fault() as second:
        code, run = publish(clips, [first, node, second], directory, "--policy", "any")
    assert code == 0, run.log()
    assert verdict(run, "setup")["code"] == "NetConnection.Setup.Success"
    assert verdict(run, "publish")["code"] == "MultiStream.Publish.Success"
    assert_complete(clips, dump.capture(clips.small()))


# -- one server misbehaves --------------------------------------------------------------------

# How it misbehaves: (server, verdict that tells of it, state, code, part of the reason).
MISBEHAVING = {
    "rejects-connect": (lambda _: faults.reject_connect("NetConnection.Connect.Rejected"), "setup",
                        "failed", "NetConnection.Connect.Rejected", "refused by script"),
    "closes-after-accept": (lambda _: faults.close_after_accept(), "setup", "failed",
                            "NetConnection.Connect.Failed", "after 0 of 3073 bytes"),
    "closes-after-handshake": (lambda _: faults.close_after_handshake(), "setup", "failed",
                               "NetConnection.Connect.Failed", "instead of an answer to connect"),
    "wrong-application": (wrong_app, "setup", "failed", "NetConnection.Connect.Failed",
                          "instead of an answer to connect: unknown application?"),
    "garbage-for-a-handshake": (lambda _: faults.garbage("accept"), "setup", "failed",
                                "NetConnection.Connect.Failed", "speaks version 215 instead of 3"),
    "garbage-after-the-handshake": (lambda _: faults.garbage("handshake"), "setup", "failed",
                                    "NetConnection.Connect.Failed", "chunk stream 23: its first"),
    "bad-name": (lambda _: faults.bad_name(), "publish", "connected", "NetStream.Publish.BadName",
                 "NetStream.Publish.BadName"),
    "closes-after-publish": (lambda _: faults.close_after_publish_start(), "publish", "failed",
                             "NetConnection.Connect.Closed",
                             "right after publish: stream name refused or in use?"),
    "garbage-after-publish": (lambda _: faults.garbage("publish"), "publish", "failed",
                              "NetConnection.Connect.Closed", "needs a header before it"),
}


@pytest.mark.parametrize("way", MISBEHAVING)
def test_all_fails_and_names_the_server_and_what_it_did(clips, directory, nginx, node, way):
    make, kind, state, status, reason = MISBEHAVING[way]
    with make(nginx) as server:
        code, run = publish(clips, [node, server], directory,
                            "--setup-timeout", str(LONGER_THAN_THE_TEST_MS))
    assert code == 1
    failed = verdict(run, kind)
    assert failed["code"].endswith(".Failed")
    named = failed["servers"][1]
    assert (named["state"], named["code"]) == (state, status)
    assert reason in named["reason"]
    assert len(run.find("publish")) == (1 if kind == "publish" else 0)
    told = run.find("server", lambda event: event["server"] == 1 and event["code"] == status)
    assert len(told) == 1 and reason in told[0]["reason"]
    assert not run.find("server", lambda event: event["server"] == 0 and event["state"] == "failed")


@pytest.mark.parametrize("way", MISBEHAVING)
def test_any_publishes_all_of_it_beside_a_misbehaving_server(clips, directory, nginx, node, dump,
                                                             way):
    with MISBEHAVING[way][0](nginx) as server:
        code, run = publish(clips, [server, node], directory, "--policy", "any")
    assert code == 0, run.log()
    assert verdict(run, "setup")["code"] == "NetConnection.Setup.Success"
    assert verdict(run, "publish")["code"] == "MultiStream.Publish.Success"
    assert_complete(clips, dump.capture(clips.small()))


def test_garbage_after_publish_is_not_taken_for_a_refused_name(clips, directory):
    with faults.garbage("publish") as server:
        code, run = publish(clips, [server], directory)
    assert code == 1
    assert "refused" not in verdict(run, "publish")["servers"][0]["reason"]
