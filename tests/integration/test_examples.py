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
