"""`multiconn call` against servers that return, refuse, stay silent, close or are not there."""

import json
import signal

import amf0
import peers
import pytest
from faults import RefusedPort
from mini_rtmp import MiniRtmp, Script
from multiconn import Multiconn, refused

LIMIT = 20.0
SOON = ["--deadline", "2000"]  # enough for an answer; what never comes is waited for


def call(directory, *arguments):
    """(exit code, the replies in order of the servers, the summary)"""
    code, output, errors = refused(["call", "--json", *arguments], directory)
    assert errors == ""
    *replies, summary = [json.loads(line) for line in output.splitlines()]
    assert summary["event"] == "summary"
    assert {reply["event"] for reply in replies} == {"reply"}
    return code, sorted(replies, key=lambda reply: reply["server"]), summary


def url(server, app="live"):
    return f"rtmp://127.0.0.1:{server.port}/{app}"


def to(*servers):
    return [word for server in servers for word in ("--to", url(server))]


@pytest.fixture
def node(directory):
    return Multiconn.serve(directory)


def test_every_server_returns(node, directory):
    code, replies, summary = call(directory, "getStreamLength", '"talk"', *to(node, node))
    assert code == 0
    assert [reply["outcome"] for reply in replies] == ["result", "result"]
    assert [reply["values"] for reply in replies] == [[0], [0]]
    own = {"event", "time_ms"}
    assert replies[0].keys() == own | {"server", "url", "outcome", "elapsed_ms", "values", "error",
                                       "reason"}
    assert summary.keys() == own | {"method", "results", "needed", "servers"}
    assert (summary["method"], summary["results"], summary["needed"]) == ("getStreamLength", 2, 2)


def test_the_arguments_arrive_as_they_were_written(directory):
    value = [7, -1, 0.5, True, None, "t\u00e4xt", [1, [2]], {"seat": {"row": 3}}, [], {}]
    with MiniRtmp(Script(results={"echo": {"taken": True}})) as server:
        code, replies, _ = call(directory, "echo", *map(json.dumps, value), "--to",
                                url(server, "live/room"))
        assert code == 0 and replies[0]["values"] == [{"taken": True}]
        taken = [command for command in server.connections[0].commands if command[0] == "echo"]
        assert [command[3:] for command in taken] == [value]
        assert server.connections[0].connect_object["app"] == "live/room"


def test_every_failure_is_told_by_server_and_none_delays_the_others(node, directory):
    with MiniRtmp() as silent, MiniRtmp(Script(close_after="call")) as closing, \
            RefusedPort() as absent, MiniRtmp(Script(results={"ask": 1})) as good:
        code, replies, summary = call(directory, "ask", *SOON,
                                      *to(good, silent, closing, absent, node))
    assert code == 1
    assert [reply["outcome"] for reply in replies] == \
        ["result", "timed_out", "closed", "not_connected", "error"]
    assert replies[3]["reason"].startswith("NetConnection.Connect.Failed ")
    assert replies[4]["error"]["code"] == "NetConnection.Call.Failed"
    assert all(reply["reason"] for reply in replies[1:])
    assert (summary["results"], summary["needed"], summary["servers"]) == (1, 5, 5)


def test_the_policy_says_how_many_must_return(directory):
    with MiniRtmp() as silent, MiniRtmp(Script(results={"ask": 1})) as good:
        both = ["ask", *SOON, *to(silent, good)]
        assert call(directory, *both)[0] == 1
        assert call(directory, *both, "--policy", "any")[0] == 0
        assert call(directory, *both, "--policy", "quorum:2")[0] == 1


def test_one_server_is_called_when_it_is_named(directory):
    with MiniRtmp(Script(results={"ask": 1})) as first, \
            MiniRtmp(Script(results={"ask": 2})) as second:
        for choice in ("1", f"127.0.0.1:{second.port}", url(second)):
            code, replies, _ = call(directory, "ask", "--server", choice, *to(first, second))
            assert code == 0
            assert [(reply["server"], reply["values"]) for reply in replies] == [(1, [2])]
        asked = [c for link in first.connections for c in link.commands if c[0] == "ask"]
        assert asked == []


def test_an_answer_that_is_no_utf8_becomes_valid_json(directory):
    odd = {"list": [amf0.EcmaArray(a=1.5), "a\udcffb"], "ctrl": "\x1b\n"}
    with MiniRtmp(Script(results={"ask": odd})) as server:
        _, replies, _ = call(directory, "ask", *to(server))
    assert replies[0]["values"] == [{"list": [{"a": 1.5}, "a\ufffdb"], "ctrl": "\x1b\n"}]


def test_without_json_there_is_a_line_for_each_server_and_no_secret(node, directory):
    with RefusedPort() as absent:
        code, output, _ = refused(
            ["call", "getStreamLength", "--to", url(node) + "?token=secret", *to(absent)],
            directory)
    assert code == 1
    *lines, verdict = output.splitlines()
    assert verdict == "1 of 2 servers returned a result (2 needed)"
    assert len(lines) == 2 and any("not connected" in line for line in lines)
    assert any(line.startswith("server 0 rtmp://127.0.0.1:") and line.endswith("ms: 0")
               for line in lines), lines
    assert "secret" not in output and "token=***" in output


@pytest.mark.parametrize("peer", [peers.NginxRtmp, peers.NodeMediaServer])
def test_servers_without_the_method_leave_it_unanswered(peer, directory):
    with peer(directory / "peer") as server:
        code, replies, _ = call(directory, "getUserCount", *SOON, *to(server))
    assert code == 1 and [reply["outcome"] for reply in replies] == ["timed_out"]


def test_ctrl_c_ends_the_waiting_and_tells_what_is_missing(directory):
    with MiniRtmp() as silent, MiniRtmp(Script(results={"ask": 1})) as good:
        run = Multiconn(["call", "ask", "--json", *to(silent, good)], directory, "call")
        run.wait_event("reply", LIMIT, lambda event: event["server"] == 1)
        run.send_signal(signal.SIGINT)
        assert run.wait(LIMIT) == 1
        events = run.events_at_end()
        assert [event["outcome"] for event in events[:-1]] == ["result", "closed"]
        assert events[-1]["event"] == "summary" and "stopped" in run.log()
