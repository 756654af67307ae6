"""`multiconn link`: what goes through it, what its script does, and the examples of its manual."""

import re
import socket
from contextlib import ExitStack

import flv
import peers
import pytest
from multiconn import Multiconn, refused
from processes import REPOSITORY

LIMIT = 30.0
MANUAL = REPOSITORY / "docs" / "testing-with-faults.md"


@pytest.fixture
def node(directory):
    with Multiconn.serve(directory) as server:
        yield server


def link_to(node, directory, *options, script=None):
    if script is not None:
        path = directory / "script.txt"
        path.write_text(script)
        options = (*options, "--script", str(path))
    link = Multiconn(["link", "--to", f"127.0.0.1:{node.port}", "--json", *options], directory,
                     "link")
    link.wait_event("listening", LIMIT)
    return link


def test_a_stream_goes_through_it_unchanged_at_the_rate_that_it_has(clips, directory, node):
    dump = peers.RtmpDump(node.url(), directory / "dump.flv", directory)
    node.wait_event("client", LIMIT, lambda event: event["kind"] == "play_started")
    link = link_to(node, directory, "--up", "rate=1M,delay=5,jitter=5", "--down", "delay=5")
    run = Multiconn.publish(clips.small(), [link.url()], directory, "--no-pace")
    assert run.wait(LIMIT) == 0, run.log()
    result = flv.compare_files(clips.small(), dump.capture(clips.small()))
    assert result, str(result)
    assert link.interrupt() == 0, link.log()
    summary = link.find("summary")[0]
    assert (summary["connections"], summary["open"]) == (1, 0)
    size = clips.small().stat().st_size
    assert size * 0.9 < summary["bytes_up"] < size * 1.3
    assert summary["bytes_down"] > 3073
    begin, end = (node.find("client", lambda e, kind=kind: e["kind"] == kind)[0]["time_ms"]
                  for kind in ("publish_started", "publish_ended"))
    at_least = size * 8 / 1e6 * 1000  # milliseconds at that rate
    assert end - begin > at_least / 3


def test_a_script_breaks_the_line_and_the_publisher_comes_back(clips, directory, node):
    link = link_to(node, directory, script="at 1s reset\nat 1s up rate=8M\nat 1.2s both delay=1\n")
    run = Multiconn.publish(clips.small(), [link.url()], directory, "--loop")
    try:
        link.wait_event("step", LIMIT, lambda event: event["text"] == "reset")
        node.wait_event("client", LIMIT, lambda event: event["kind"] == "publish_started", 2)
        run.wait_event("stats", LIMIT, lambda e: e["servers"][0]["reconnects"] == 1)
    finally:
        run.interrupt()
    assert link.interrupt() == 0, link.log()
    steps = [(step["line"], step["text"]) for step in link.find("step")]
    assert steps == [(1, "reset"), (2, "up rate=8M"), (3, "both delay=1")]
    assert link.find("summary")[0]["connections"] >= 2


def test_it_ends_by_itself_and_prints_what_happened(directory, node):
    code, output, errors = refused(["link", "--to", f"127.0.0.1:{node.port}", "--script", "-",
                                    "--duration", "0.3"], directory, stdin=b"every 100ms stall\n")
    assert (code, errors) == (0, "")
    lines = output.splitlines()
    assert re.fullmatch(r"listening on 127\.0\.0\.1:\d+, seed 1", lines[0])
    assert re.fullmatch(r"\d+ ms: stall", lines[1])
    assert lines[-1] == "0 connections, 0 bytes up, 0 bytes down"


def carried(directory, seed):
    """What is left of some bytes, which go over a bad line in one piece."""
    sent = bytes(1000)
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server.settimeout(LIMIT)
        options = ["--to", f"127.0.0.1:{server.getsockname()[1]}", "--up", "corruption=0.05"]
        link = stack.enter_context(Multiconn(
            ["link", *options, "--json", "--seed", str(seed)], directory, "link"))
        assert link.wait_event("listening", LIMIT)["seed"] == seed
        near = stack.enter_context(socket.create_connection(("127.0.0.1", link.port), LIMIT))
        far = stack.enter_context(server.accept()[0])
        far.settimeout(LIMIT)
        near.sendall(sent)
        got = far.makefile("rb").read(len(sent))
    assert len(got) == len(sent) and got != sent
    return got


def test_the_same_seed_brings_the_same_chances(directory):
    assert carried(directory, 7) == carried(directory, 7) != carried(directory, 8)


def test_a_line_that_cannot_be_read_is_named_and_nothing_is_opened(directory):
    code, output, errors = refused(["link", "--to", "127.0.0.1:1", "--script", "-"], directory,
                                   stdin=b"at 1s stall\nat 2s explode\n")
    assert (code, output) == (2, "")
    assert '--script -: line 2 "at 2s explode": "explode": it is up, down' in errors
    code, output, errors = refused(["link", "--to", "127.0.0.1:1", "--script", "/nowhere"],
                                   directory)
    assert (code, output) == (1, "")
    assert "--script /nowhere: cannot be read" in errors


def test_the_examples_of_the_manual_work(directory, node):
    manual = MANUAL.read_text()
    script = re.search(r"```text\n(.*?)```", manual, re.DOTALL).group(1)
    conditions = re.findall(r"--up (\S+)", manual)
    faults = re.findall(r"--fault ([^\s`]+)", manual)
    assert script and conditions and len(faults) > 5
    link = link_to(node, directory, "--up", conditions[0], "--duration", "0.1", script=script)
    assert link.wait(LIMIT) == 0, link.log()
    with Multiconn.serve(directory, *(word for fault in faults for word in ("--fault", fault)),
                         name="faulty"):
        pass
