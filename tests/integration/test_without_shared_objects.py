"""Our client's shared object on servers that have none: told by name, and the stream goes on."""

import flv
import peers
import pytest
from multiconn import Multiconn
from object_client import LIMIT, ObjectClient


@pytest.mark.parametrize("server_class", [peers.NginxRtmp, peers.NodeMediaServer])
def test_the_use_times_out_by_name_and_every_frame_of_the_stream_arrives(server_class, directory,
                                                                         clips):
    with server_class(directory) as server:
        client = ObjectClient("board", [f"rtmp://127.0.0.1:{server.port}/live"], directory)
        client.do("set", "x", 1)
        client.do("publish", clips.full_hd(), "stream")
        client.wait_status("object_status", "MultiSharedObject.Use.TimedOut", 0)
        assert not client.find("published"), "the stream is shorter than the wait"
        client.wait_event("published", LIMIT)
        shown = client.show()
        assert shown["servers"][0]["state"] == "failed"
        assert shown["data"] == {"x": 1}, "what was written waits"
        assert not client.find("server", lambda event: event["code"].endswith(".Closed"))
        client.close()
        result = flv.compare_files(clips.full_hd(), server.recording())
        assert result, str(result)


def test_the_other_servers_have_it_all_the_same(directory):
    with peers.NginxRtmp(directory) as without:
        node = Multiconn.serve(directory)
        client = ObjectClient("board", [f"rtmp://127.0.0.1:{port}/live"
                                        for port in (without.port, node.port)], directory)
        client.do("set", "x", 1)
        client.wait_event("sync", LIMIT, lambda event: event["server"] == 1
                          and ["success", "x", 1, None] in event["changes"])
        client.wait_status("object_status", "MultiSharedObject.Use.TimedOut", 0)
        assert [server["state"] for server in client.show()["servers"]] == ["failed", "ready"]
