"""The examples do what their first lines promise."""

import re
import subprocess

import flv
import peers
import pytest
from multiconn import Multiconn, program
from processes import Process, free_port, wait_until

PUBLISH_LIMIT = 30.0
EVENT_LIMIT = 10.0
EXAMPLES = program().parents[2] / "examples"


PUBLISHERS = ["webcast_file", "classic_webcast", "c_publish"]


@pytest.mark.parametrize("example", PUBLISHERS)
def test_publishes_to_the_node_and_to_nginx(example, clips, directory):
    source = clips.small()
    with peers.NginxRtmp(directory / "nginx") as nginx, Multiconn.serve(directory) as node:
        dump = peers.RtmpDump(node.url(), directory / "node.flv", directory)
        node.wait_event("client", EVENT_LIMIT, lambda e: e["kind"] == "play_started")
        urls = [f"rtmp://127.0.0.1:{server.port}/live" for server in (node, nginx)]
        webcast = Process(example, [str(EXAMPLES / example / example), str(source), "stream",
                                    *urls], directory)
        assert webcast.wait(PUBLISH_LIMIT) == 0, webcast.log()
        assert "MultiStream.Publish.Success" in webcast.log()
        for received in (dump.capture(source), nginx.recording()):
            result = flv.compare_files(source, received)
            assert result, f"{received}: {result}"


@pytest.mark.parametrize("example", PUBLISHERS)
def test_names_what_is_wrong(example, directory):
    done = subprocess.run([EXAMPLES / example / example, "none.flv", "stream",
                           f"rtmp://127.0.0.1:{free_port()}/live"], cwd=directory, timeout=10,
                          capture_output=True, text=True)
    assert done.returncode == 1
    assert re.fullmatch(rf"{example}: .*none\.flv.*\n", done.stderr), done.stderr


def test_c_publish_names_the_server_that_refuses(clips, directory):
    done = subprocess.run([EXAMPLES / "c_publish" / "c_publish", clips.small(), "stream",
                           f"rtmp://127.0.0.1:{free_port()}/live"], cwd=directory, timeout=30,
                          capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "NetConnection.Setup.Failed" in done.stdout
    assert "NetConnection.Connect.Failed" in done.stdout, "the event lists the server's own code"


def test_status_events_tells_of_the_array_and_of_each_server(directory):
    node = Multiconn.serve(directory)
    refused = free_port()
    watch = Process("status_events", [str(EXAMPLES / "status_events" / "status_events"),
                                      f"rtmp://127.0.0.1:{node.port}/live",
                                      f"rtmp://127.0.0.1:{refused}/live"], directory,
                    stdin=subprocess.PIPE)
    expected = [
        r"array:  status NetConnection\.Setup\.Success after \d+ ms",
        rf"server: status rtmp://127\.0\.0\.1:{node.port}/live NetConnection\.Connect\.Success",
        rf"server: error rtmp://127\.0\.0\.1:{refused}/live NetConnection\.Connect\.Failed"]
    for line in expected:
        wait_until(lambda: re.search(line, watch.log()), EVENT_LIMIT, line)
    watch.popen.stdin.write(b"\n")
    watch.popen.stdin.close()
    assert watch.wait(EVENT_LIMIT) == 0, watch.log()
    assert "array:  status MultiConnection.Closed" in watch.log()


def example(name, *arguments, directory, label=None):
    return Process(label or name, [str(EXAMPLES / name / name), *arguments], directory,
                   stdin=subprocess.PIPE)


def url(server, app="office"):
    return f"rtmp://127.0.0.1:{server.port}/{app}"


def enter(person, line):
    person.popen.stdin.write(line.encode() + b"\n")
    person.popen.stdin.flush()


def wait_line(person, pattern):
    wait_until(lambda: re.search(rf"^{pattern}$", person.log(), re.MULTILINE), EVENT_LIMIT,
               f"{person.name}: {pattern}\n{person.log()}")


def test_two_people_share_the_board_of_two_servers(directory):
    with Multiconn.serve(directory, name="a") as a, Multiconn.serve(directory, name="b") as b:
        ann = example("shared_state", "Ann", url(a), url(b), directory=directory, label="ann")
        bob = example("shared_state", "Bob", url(b), url(a), directory=directory, label="bob")
        enter(ann, "milk = 2 bottles")
        for person in (ann, bob):
            wait_line(person, r"milk = 2 bottles  \(Ann\)")
        enter(bob, "milk = none left")
        wait_line(ann, r"milk = none left  \(Bob\)")
        enter(bob, "milk =")
        wait_line(ann, "milk is gone")
        enter(bob, "> who is \x1b[2J in?")
        wait_line(ann, r"Bob says: who is \?\[2J in\?")
        enter(ann, "?")
        wait_line(ann, "  server 1 is ready, 0 there")
        for person in (ann, bob):
            person.popen.stdin.close()
            assert person.wait(EVENT_LIMIT) == 0, person.log()
        assert ann.log().count("Bob says") == 1, "each server passes it on, it is shown once"


def test_the_board_reaches_who_is_on_another_server(directory):
    with Multiconn.serve(directory, name="a") as a, Multiconn.serve(directory, name="b") as b:
        both = example("shared_state", "Cleo", url(a), url(b), directory=directory, label="cleo")
        enter(both, "lamp = on")
        wait_line(both, r"lamp = on  \(Cleo\)")
        ann = example("shared_state", "Ann", url(a), directory=directory, label="ann")
        bob = example("shared_state", "Bob", url(b), directory=directory, label="bob")
        for person in (ann, bob):
            wait_line(person, r"lamp = on  \(Cleo\)")
        enter(bob, "tea = ready")
        wait_line(ann, r"tea = ready  \(Bob\)")


def test_a_call_is_answered_by_every_server(directory):
    with Multiconn.serve(directory, name="a") as a, Multiconn.serve(directory, name="b") as b:
        call = example("call_remote", "getStreamLength", "talk", url(a), url(b),
                       directory=directory)
        assert call.wait(EVENT_LIMIT) == 0, call.log()
        for server in (a, b):
            assert re.search(rf"^{url(server)}: 0 after \d+ ms$", call.log(), re.MULTILINE)
        refused = example("call_remote", "noSuchMethod", "talk", url(a), directory=directory)
        assert refused.wait(EVENT_LIMIT) == 1
        assert "NetConnection.Call.Failed" in refused.log()
