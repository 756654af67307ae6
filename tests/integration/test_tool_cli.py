"""The program's own promises: exit codes, one clear line for bad input, nothing half-done."""

import json
import os
import re
import signal
import socket
import subprocess

import pytest
from multiconn import Multiconn, program, refused
from processes import wait_until

URL = "rtmp://127.0.0.1:1/live/name"  # nobody listens on port 1
LIMIT = 20.0


@pytest.fixture
def trap(directory):
    """A server and an input that notice being opened: a listening socket, a FIFO nobody writes."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    fifo = directory / "input.flv"
    os.mkfifo(fifo)
    yield listener, fifo
    with pytest.raises(BlockingIOError):
        listener.accept()
    listener.close()


def assert_refused(arguments, directory, *named, stdin=None):
    """Exit 2, and one line on standard error that names each of `named`."""
    code, output, errors = refused(arguments, directory, stdin=stdin)
    assert code == 2, errors
    assert output == ""
    assert errors.startswith("multiconn: ") and errors.count("\n") == 1, errors
    for word in named:
        assert word in errors, errors


@pytest.mark.parametrize("options, named", [
    (["--policy", "most"], ['--policy "most"']),
    (["--policy", "quorum:2"], ['--policy "quorum:2"', "1 to 1"]),
    (["--policy", "quorum:0"], ['--policy "quorum:0"']),
    (["--setup-timeout", "0"], ['--setup-timeout "0"']),
    (["--setup-timeout", "soon"], ['--setup-timeout "soon"']),
    (["--duration", "-1"], ["--duration"]),
    (["--duration", "1h"], ['--duration "1h"']),
    (["--name", ""], ['--name ""']),
    (["--name", "a", "--name", "b"], ["--name", "2 times"]),
    (["--json", "--json"], ["--json", "2 times"]),
    (["--to", "http://127.0.0.1/live/x"], ['"http://127.0.0.1/..."', "http"]),
    (["--to", "rtmp://127.0.0.1:65536/live/x"], ["65536"]),
    (["--to", "rtmp://127.0.0.1/live"], ["--to", "127.0.0.1"]),
    (["--to", "nonsense"], ['"nonsense"']),
    (["--verbose"], ["--verbose"]),
    (["second.flv"], ["second.flv"]),
])
def test_a_wrong_option_is_named_and_nothing_is_opened(options, named, trap, directory):
    listener, fifo = trap
    port = listener.getsockname()[1]
    good = ["publish", str(fifo), "--to", f"rtmp://127.0.0.1:{port}/live/name"]
    assert_refused([*good, *options], directory, *named)


@pytest.mark.parametrize("arguments, named", [
    ([], ["publish, play, serve, check, call, share, link or version"]),
    (["pubish"], ['"pubish"']),
    (["publish"], ["INPUT"]),
    (["publish", "x.flv"], ["--to"]),
    (["publish", "", "--to", URL], ['INPUT ""']),
    (["publish", "-", "--loop", "--to", URL], ["--loop", '"-"']),
    (["play"], ["URL"]),
    (["play", "rtmp://127.0.0.1/live"], ["127.0.0.1"]),
    (["play", URL, "-o", ""], ['-o ""']),
    (["play", URL, "-o", "-", "--json"], ["--json"]),
    (["serve", "--listen", "localhost:0"], ['"localhost:0"']),
    (["serve", "--listen", "127.0.0.1:x"], ['"127.0.0.1:x"']),
    (["serve", "--listen", "::1:0"], ['"::1:0"']),
    (["call", "ping"], ["--to"]),
    (["call", "ping", "text", "--to", URL], ['argument 1 "text"', "JSON"]),
    (["call", "ping", "--server", "other", "--to", URL], ['--server "other"']),
    (["call", "ping", "--deadline", "never", "--to", URL], ['--deadline "never"']),
    (["version", "now"], ["now"]),
])
def test_a_wrong_command_is_named(arguments, named, directory):
    assert_refused(arguments, directory, *named)


def test_a_password_in_a_url_is_not_printed(directory):
    code, output, errors = refused(
        ["publish", "x.flv", "--to", "rtmp://me:secret@127.0.0.1/live/x"], directory)
    assert code == 2
    assert "secret" not in output + errors


def test_the_log_tells_each_step_on_standard_error_and_no_secret(clips, directory):
    with Multiconn.serve(directory) as node:
        url = node.url(name="canary-name?pass=canary-key")
        gone = "rtmp://127.0.0.1:1/live/canary-name?token=canary-token"
        done = subprocess.run([program(), "publish", clips.small(), "--to", url, "--to", gone,
                               "--policy", "any", "--no-pace", "--json", "--log", "debug"],
                              cwd=directory, timeout=30, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "canary" not in done.stderr + done.stdout
    lines = done.stderr.splitlines()
    for line in lines:
        assert re.fullmatch(r"multiconn: \d+\.\d{3} (debug|info|warning|error): .+", line), line
    for step in (rf"debug: server 0 .*: tries 127\.0\.0\.1:{node.port}",
                 r"debug: server 0 .*: begins the plain handshake",
                 r"info: server 0 .*: accepted connect: .*takes \*",
                 r"debug: server 1 .*: 127\.0\.0\.1: Connection refused",
                 r"info: NetConnection\.Setup\.Success"):
        assert [line for line in lines if re.search(step, line)], f"{step}\n{done.stderr}"


def test_a_refused_play_leaves_the_file_alone(directory):
    file = directory / "kept.flv"
    file.write_bytes(b"older")
    code, _, errors = refused(["play", URL, "-o", str(file)], directory)
    assert code == 1
    assert "127.0.0.1:1" in errors
    assert file.read_bytes() == b"older"


@pytest.mark.parametrize("name, content", [
    ("garbage.flv", b"\x00\x01\x02 this is no medium" * 40),
    ("empty.flv", b""),
])
def test_an_unusable_file_is_named_before_any_connection(name, content, directory):
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    file = directory / name
    file.write_bytes(content)
    url = f"rtmp://127.0.0.1:{listener.getsockname()[1]}/live/x"
    for input_ in (str(file), str(directory / "missing.flv")):
        code, output, errors = refused(["publish", input_, "--to", url], directory)
        assert code == 1 and output == ""
        assert input_ in errors and errors.count("\n") == 1
    code, output, errors = refused(["publish", "-", "--to", url], directory, stdin=content)
    assert code == 1 and output == "" and errors.count("\n") == 1
    with pytest.raises(BlockingIOError):
        listener.accept()
    listener.close()


def test_a_truncated_file_is_delivered_as_far_as_it_goes(clips, directory):
    node = Multiconn.serve(directory)
    run = Multiconn.publish(clips.truncated(), [node.url()], directory)
    assert run.wait(LIMIT) == 1
    summary = run.events_at_end()[-1]
    assert summary["event"] == "summary" and summary["servers"][0]["video_messages"] > 0
    assert "truncated" in run.log()


def test_the_json_lines_have_the_documented_fields(clips, directory):
    node = Multiconn.serve(directory)
    run = Multiconn.publish(clips.small(), [node.url(), node.url(name="other")], directory)
    assert run.wait(LIMIT) == 0
    events = run.events_at_end()
    assert all({"event", "time_ms"} <= event.keys() for event in events)
    server = {"server", "url", "state", "code", "reason", "elapsed_ms", "troubled_ms", "next_try_ms"}
    figures = server | {"state_ms", "bytes", "bytes_received", "audio_messages", "video_messages",
                        "data_messages", "dropped_messages",
                        "queue_ms", "lag_ms", "queue_bytes", "dropped_audio", "dropped_video",
                        "bytes_acknowledged", "bitrate_bps", "bitrate_10s_bps", "bitrate_60s_bps",
                        "rtt_us", "reconnects", "backup", "standby", "last_error",
                        "yielding"}
    own = {"event", "time_ms", "seen"}
    expected = {
        "setup": own | {"code", "elapsed_ms", "servers"},
        "publish": own | {"code", "elapsed_ms", "servers"},
        "aggregate": own | {"code", "servers"},
        "server": own | server,
        "stats": own | {"servers"},
        "summary": own | {"servers"},
    }
    for event in events:
        assert event.keys() == expected[event["event"]], event
        for entry in event.get("servers", []):
            wanted = figures if event["event"] in ("stats", "summary") else server
            assert entry.keys() == wanted, event
            assert entry["url"].endswith("/***")
    names = [event["event"] for event in events]
    assert names.count("setup") == 1 and names.count("publish") == 1
    assert names.count("summary") == 1 and names[-1] == "summary"
    assert names.count("stats") >= 2


def test_a_refused_port_fails_the_setup_and_ends_the_others_in_order(clips, directory):
    node = Multiconn.serve(directory)
    run = Multiconn.publish(clips.small(), [node.url(), URL], directory)
    assert run.wait(LIMIT) == 1
    events = run.events_at_end()
    setup = next(event for event in events if event["event"] == "setup")
    assert setup["code"] == "NetConnection.Setup.Failed"
    assert [server["state"] for server in setup["servers"]].count("failed") == 1
    assert not [event for event in events if event["event"] == "publish"]
    assert [server["state"] for server in events[-1]["servers"]] == ["closed", "failed"]
    assert "Setup.Failed" in run.log()


def test_the_policy_any_publishes_to_the_server_that_is_there(clips, directory):
    node = Multiconn.serve(directory)
    run = Multiconn.publish(clips.small(), [URL, node.url()], directory, "--policy", "any")
    assert run.wait(LIMIT) == 0
    assert run.events_at_end()[-1]["servers"][1]["video_messages"] > 0


def test_a_policy_broken_in_the_middle_is_told_at_the_end(clips, directory):
    stays, ends = Multiconn.serve(directory, name="stays"), Multiconn.serve(directory, name="ends")
    run = Multiconn.publish(clips.small(), [stays.url(), ends.url()], directory)
    run.wait_event("publish", LIMIT)
    assert ends.interrupt() == 0
    assert run.wait(LIMIT) == 1
    lost = run.find("aggregate", lambda event: event["code"] == "MultiConnection.Lost")
    assert len(lost) == 1
    states = [server["state"] for server in run.events_at_end()[-1]["servers"]]
    assert states == ["closed", "failed"], "the other one is published to until the end"
    assert "policy not met" in run.log()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_unpublishes_in_order(number, clips, directory):
    node = Multiconn.serve(directory)
    run = Multiconn.publish(clips.small(), [node.url()], directory, "--loop")
    run.wait_event("publish", LIMIT)
    run.send_signal(number)
    assert run.wait(LIMIT) == 0
    assert run.find("server", lambda event: event["code"] == "NetStream.Unpublish.Success")
    node.wait_event("client", LIMIT, lambda event: event["kind"] == "publish_ended")


def test_a_signal_before_the_setup_is_a_failure(clips, directory):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        run = Multiconn.publish(clips.small(),
                                [f"rtmp://127.0.0.1:{silent.getsockname()[1]}/live/x"], directory,
                                "--setup-timeout", "60000")
        run.wait_event("stats", LIMIT)
        run.send_signal(signal.SIGINT)
        assert run.wait(LIMIT) == 1


def test_duration_ends_a_loop(clips, directory):
    node = Multiconn.serve(directory)
    run = Multiconn.publish(clips.small(), [node.url()], directory, "--loop", "--duration", "0.5")
    assert run.wait(LIMIT) == 0


def test_a_closed_standard_output_ends_the_publishing_in_order(clips, directory):
    node = Multiconn.serve(directory)
    run = subprocess.Popen(
        [str(program()), "publish", str(clips.small()), "--loop", "--json", "--to", node.url()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert json.loads(run.stdout.readline())["event"] == "server"
        run.stdout.close()
        assert run.wait(LIMIT) == 0
        assert b"standard output" in run.stderr.read()
    finally:
        run.kill()
        run.wait()
        run.stderr.close()


def test_serve_names_the_port_it_cannot_have(directory):
    node = Multiconn.serve(directory)
    address = f"127.0.0.1:{node.port}"
    code, output, errors = refused(["serve", "--listen", address], directory)
    assert code == 1 and output == ""
    assert address in errors and errors.count("\n") == 1


def test_serve_takes_ipv6_and_tells_of_its_clients(clips, directory):
    node = Multiconn(["serve", "--listen", "[::1]:0", "--json"], directory, "serve6")
    port = node.wait_event("listening", LIMIT)["port"]
    run = Multiconn.publish(clips.small(), [f"rtmp://[::1]:{port}/live/x?token=secret"], directory,
                            "--duration", "0.3")
    assert run.wait(LIMIT) == 0
    kinds = ["connected", "publish_started", "publish_ended", "closed"]
    for kind in kinds:
        node.wait_event("client", LIMIT, lambda event, kind=kind: event["kind"] == kind)
    assert "secret" not in json.dumps(node.events)
    assert node.interrupt() == 0


def test_play_writes_what_was_published_and_ends_with_it(clips, directory):
    node = Multiconn.serve(directory)
    copy = directory / "copy.flv"
    player = Multiconn.play(node.url(), copy, directory)
    player.wait_event("server", LIMIT, lambda event: event["code"] == "NetStream.Play.Start")
    run = Multiconn.publish(clips.small(), [node.url()], directory)
    assert run.wait(LIMIT) == 0
    assert player.wait(LIMIT) == 0
    sent, received = run.events_at_end()[-1]["servers"][0], player.events_at_end()[-1]
    assert received["event"] == "summary"
    for kind in ("audio_messages", "video_messages"):
        assert received[kind] == sent[kind] > 0
    wait_until(copy.exists, 1, "the copy")
    assert copy.read_bytes()[:3] == b"FLV"


def test_play_without_a_stream_says_that_nothing_was_played(directory):
    node = Multiconn.serve(directory)
    code, _, errors = refused(["play", node.url(), "--duration", "0.3"], directory)
    assert code == 1 and "nothing was played" in errors


def test_help_and_version_go_to_standard_output(directory):
    for command in ([], ["publish"], ["play"], ["serve"], ["check"], ["call"]):
        code, output, errors = refused([*command, "--help"], directory)
        assert code == 0 and errors == ""
        assert "Exit codes" in output
    code, output, errors = refused(["version"], directory)
    assert code == 0 and output.startswith("multiconn ")
