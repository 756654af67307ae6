"""The wrapper around `multiconn --json`, tried with a stand-in program."""

import signal
import sys

import multiconn
import pytest

STAND_IN = """#!{python}
import json, signal, socket, sys
def say(**event):
    print(json.dumps(event), flush=True)
if sys.argv[1] == "serve":
    listener = socket.create_server(("127.0.0.1", 0))
    say(event="listening", port=listener.getsockname()[1])
    signal.sigwait([signal.SIGINT, signal.SIGTERM])
elif sys.argv[1] == "publish":
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    say(event="setup", code="NetConnection.Setup.Success", arguments=sys.argv[2:])
    say(event="stats", time_ms=1000)
    say(event="stats", time_ms=2000)
    signal.pause()
elif sys.argv[1] == "garbage":
    print("Segmentation fault", flush=True)
else:
    print("unknown command", sys.argv[1], file=sys.stderr)
    sys.exit(2)
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    path = tmp_path / "multiconn"
    path.write_text(STAND_IN.format(python=sys.executable))
    path.chmod(0o755)
    monkeypatch.setenv("MULTICONN", str(path))


def test_a_node_is_ready_with_its_port_known(stand_in, tmp_path):
    with multiconn.Multiconn.serve(tmp_path) as node:
        assert node.listens_on(node.port)
        assert node.url("a", "b") == f"rtmp://127.0.0.1:{node.port}/a/b"
    assert not node.running()


def test_events_are_waited_for_by_kind_content_and_count(stand_in, tmp_path):
    with multiconn.Multiconn.publish("in.flv", ["rtmp://a/b/c", "rtmp://d/e/f"], tmp_path,
                                     "--loop") as run:
        setup = run.wait_event("setup", 5)
        assert setup["arguments"] == ["in.flv", "--to", "rtmp://a/b/c", "--to", "rtmp://d/e/f",
                                      "--loop", "--json"]
        assert run.wait_event("stats", 5, count=2)["time_ms"] == 2000
        assert run.wait_event("stats", 5, lambda e: e["time_ms"] > 1500)["time_ms"] == 2000
        assert run.interrupt() == 0
    assert [e["event"] for e in run.events_at_end()] == ["setup", "stats", "stats"]


def test_waiting_for_what_never_comes_ends_with_the_events_named(stand_in, tmp_path):
    with multiconn.Multiconn.publish("in.flv", ["rtmp://a/b/c"], tmp_path) as run:
        run.wait_event("stats", 5, count=2)
        with pytest.raises(TimeoutError, match=r"'summary', it printed none within 0.1 s.*setup"):
            run.wait_event("summary", 0.1)
        run.stop(signal.SIGINT)
        with pytest.raises(TimeoutError, match="it ended"):
            run.wait_event("summary", 5)


def test_output_that_is_no_json_is_an_error(stand_in, tmp_path):
    run = multiconn.Multiconn(["garbage"], tmp_path)
    with pytest.raises(TimeoutError, match="no JSON: 'Segmentation fault'"):
        run.wait_event("setup", 5)
    with pytest.raises(AssertionError, match="no JSON"):
        run.events_at_end()


def test_a_refusal_gives_code_and_texts(stand_in, tmp_path):
    assert multiconn.refused(["dance"], tmp_path) == (2, "", "unknown command dance\n")


def test_a_missing_program_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("MULTICONN", str(tmp_path / "absent"))
    with pytest.raises(RuntimeError, match="absent"):
        multiconn.program()
