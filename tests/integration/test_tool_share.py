"""`multiconn share` against servers that take, refuse, ignore, close or are not there."""

import json
import signal

import pytest
from faults import RefusedPort
from multiconn import Multiconn, refused

LIMIT = 20.0
SOON = ["--deadline", "3000"]  # what never comes is waited for


def url(server, app="office"):
    return f"rtmp://127.0.0.1:{server.port}/{app}"


def to(*servers):
    return [word for server in servers for word in ("--to", url(server))]


def share(directory, *arguments):
    """(exit code, the events by kind)"""
    code, output, errors = refused(["share", "board", "--json", *arguments], directory)
    assert errors == ""
    events = [json.loads(line) for line in output.splitlines()]
    by_kind = {}
    for event in events:
        by_kind.setdefault(event["event"], []).append(event)
    assert events[-1]["event"] == "summary"
    return code, by_kind


def outcomes(events):
    return [event["outcome"] for event in events["object"]]


def values(events):
    """slot -> its value on each server"""
    return {event["slot"]: [server["value"] for server in event["servers"]]
            for event in events["value"]}


@pytest.fixture
def nodes(directory):
    return [Multiconn.serve(directory, name=f"serve-{name}") for name in "ab"]


def test_what_is_written_is_there_for_the_next_run_of_a_persistent_object(nodes, directory):
    kept = ["--persistent", *to(*nodes)]
    code, events = share(directory, *kept, "--set", 'info.user="Foo"', "--set", "list=[1,{}]",
                         "--set", "old=-1")
    assert (code, outcomes(events)) == (0, ["acknowledged"] * 2)
    own = {"event", "time_ms"}
    assert events["object"][0].keys() == own | {"server", "url", "outcome", "elapsed_ms", "version",
                                                "own_connection", "reason"}
    assert events["summary"][0].keys() == own | {"name", "acknowledged", "servers"}
    code, events = share(directory, *kept, "--delete", "old", "--get", "info.user", "--get", "list",
                         "--get", "old")
    assert code == 0
    assert values(events) == {"info.user": ["Foo"] * 2, "list": [[1, {}]] * 2, "old": [None] * 2}
    assert not any(event["divergent"] for event in events["value"])


def test_values_that_differ_are_told_by_server(nodes, directory):
    for number, node in enumerate(nodes):
        assert share(directory, "--persistent", *to(node), "--set", f"seat={number}")[0] == 0
    code, events = share(directory, "--persistent", *to(*nodes), "--get", "seat")
    assert code == 0 and values(events) == {"seat": [0, 1]}
    assert events["value"][0]["divergent"]


def test_every_failure_is_told_by_server_and_none_disturbs_the_others(nodes, directory):
    refuses = Multiconn.serve(directory, "--fault", "change:refuse", name="refuses")
    no_entry = Multiconn.serve(directory, "--fault", "use:refuse", name="no-entry")
    ignores = Multiconn.serve(directory, "--fault", "use:ignore", name="ignores")
    deaf = Multiconn.serve(directory, "--fault", "change:ignore", name="deaf")
    with RefusedPort() as absent:
        code, events = share(directory, *SOON, "--set", "seat=7",
                             *to(nodes[0], refuses, no_entry, ignores, deaf, absent))
    assert code == 1
    assert outcomes(events) == ["acknowledged", "refused", "refused", "timed_out", "timed_out",
                                "not_connected"]
    reasons = [event["reason"] for event in events["object"]]
    assert reasons[0] == ""
    assert "seat" in reasons[1] and "SharedObject.NoWriteAccess" in reasons[1]
    assert "SharedObject.ObjectCreationFailed" in reasons[2]
    assert "MultiSharedObject.Use.TimedOut" in reasons[3]
    assert "1 writes without an answer" in reasons[4]
    assert "NetConnection.Connect.Failed" in reasons[5]
    summary = events["summary"][0]
    assert (summary["acknowledged"], summary["servers"]) == (1, 6)


def test_no_refusal_comes_too_late_for_the_verdict(directory):
    refuses = Multiconn.serve(directory, "--fault", "change:refuse,times=1000")
    apps = [word for number in range(8) for word in ("--to", url(refuses, f"app{number}"))]
    for seat in range(5):
        code, events = share(directory, *apps, "--set", f"seat={seat}")
        assert (code, outcomes(events)) == (1, ["refused"] * 8)


def test_a_message_reaches_those_who_watch_and_comes_back(nodes, directory):
    watch = Multiconn(["share", "board", "--watch", "--on", "say", "--json", *to(*nodes)],
                      directory, "watch")
    watch.wait_event("summary", LIMIT)
    code, _ = share(directory, *to(*nodes), "--send", "say", '"hi"', "-7", "[1]")
    assert code == 0
    heard = [watch.wait_event("message", LIMIT, lambda e: e["server"] == i) for i in range(2)]
    assert [event["arguments"] for event in heard] == [["hi", -7, [1]]] * 2
    assert share(directory, *to(*nodes), "--set", "seat=7")[0] == 0
    for server in range(2):
        watch.wait_event("sync", LIMIT, lambda e: e["server"] == server and any(
            (c["code"], c["slot"], c["value"]) == ("change", "seat", 7) for c in e["changes"]))
    watch.send_signal(signal.SIGINT)
    assert watch.wait(LIMIT) == 0


def test_a_watcher_mirrors_what_others_write_on_one_server(nodes, directory):
    mirror = Multiconn(["share", "board", "--watch", "--mode", "mirror", "--json", *to(*nodes)],
                       directory, "mirror")
    mirror.wait_event("summary", LIMIT)
    assert share(directory, *to(nodes[1]), "--set", "seat=7")[0] == 0
    mirror.wait_event("sync", LIMIT, lambda e: e["server"] == 0 and any(
        (c["code"], c["slot"], c["value"]) == ("success", "seat", 7) for c in e["changes"]))
    code, events = share(directory, *to(nodes[0]), "--get", "seat")
    assert code == 0 and values(events) == {"seat": [7]}


def test_watching_ends_after_its_duration(nodes, directory):
    code, output, _ = refused(["share", "board", "--watch", "--duration", "0.2", *to(*nodes),
                               "--set", "seat=7"], directory)
    assert code == 0
    lines = output.splitlines()
    assert "2 of 2 servers acknowledged" in lines
    for server in range(2):
        assert f"server {server} {url(nodes[server])} success seat = 7" in lines


def test_without_json_there_are_lines_without_secrets(nodes, directory):
    with RefusedPort() as absent:
        code, output, _ = refused(
            ["share", "board", "--set", 'user="Foo"', "--get", "user", "--to",
             url(nodes[0]) + "?token=secret", *to(absent)], directory)
    assert code == 1
    lines = output.splitlines()
    assert 'user = "Foo"' in lines
    assert lines[-1] == "1 of 2 servers acknowledged"
    assert any(line.startswith("server 1 ") and "not connected" in line for line in lines), lines
    assert "secret" not in output and "token=***" in output


def test_a_bad_name_opens_nothing(nodes, directory):
    code, output, errors = refused(["share", "no name", *to(*nodes)], directory)
    assert (code, output) == (2, "")
    assert "no name" in errors
    assert all(node.find("client") == [] for node in nodes)


def test_ctrl_c_ends_the_waiting_and_tells_who_is_missing(nodes, directory):
    deaf = Multiconn.serve(directory, "--fault", "change:ignore", name="deaf")
    run = Multiconn(["share", "board", "--json", "--set", "seat=7", *to(deaf, nodes[0])],
                    directory, "share")
    nodes[0].wait_event("client", LIMIT, lambda e: e["kind"] == "shared_object_used")
    run.send_signal(signal.SIGINT)
    assert run.wait(LIMIT) == 1
    events = run.events_at_end()
    assert [event["outcome"] for event in events
            if event["event"] == "object"][0] == "not_decided"
    assert "stopped" in run.log()
