"""`multiconn check` against servers that take a stream, refuse it, or are not there."""

import json
from contextlib import ExitStack

import peers
from mini_rtmp import MiniRtmp, Script
from multiconn import Multiconn, refused
from processes import free_port


def check(directory, *arguments):
    """(exit code, the objects printed)"""
    code, output, _ = refused(["check", "--json", *arguments], directory)
    return code, [json.loads(line) for line in output.splitlines()]


def test_tells_of_every_server_and_publishes_nothing(directory):
    with ExitStack() as stack:
        node = stack.enter_context(Multiconn.serve(directory))
        mini = stack.enter_context(MiniRtmp())
        absent = f"rtmp://127.0.0.1:{free_port()}/live/secret"
        code, found = check(directory, node.url(), mini.url(), absent)
        assert code == 1
        assert [result["connected"] for result in found] == [True, True, False]
        assert {result["publish"] for result in found} == {"not_asked"}
        assert found[2]["code"] == "NetConnection.Connect.Failed"
        assert "secret" not in json.dumps(found)
        assert mini.connections[0].published is None
        code, found = check(directory, node.url(), mini.url())
        assert code == 0 and len(found) == 2


def test_asks_for_permission_without_a_frame_when_told_to(directory):
    with ExitStack() as stack:
        nginx = stack.enter_context(peers.NginxRtmp(directory / "nginx"))
        taken = stack.enter_context(MiniRtmp(Script(publish_code="NetStream.Publish.BadName")))
        closing = stack.enter_context(MiniRtmp(Script(close_after="publish")))
        mini = stack.enter_context(MiniRtmp())
        code, found = check(directory, "--publish", nginx.url(), taken.url(), closing.url(),
                            mini.url())
        assert code == 1
        assert [r["publish"] for r in found] == ["allowed", "refused", "refused", "allowed"]
        assert found[1]["code"] == "NetStream.Publish.BadName"
        assert mini.connections[0].media == [] and mini.connections[0].unpublished
        assert check(directory, "--publish", mini.url())[0] == 0


def test_tells_which_codecs_a_server_says_it_takes(directory):
    with ExitStack() as stack:
        node = stack.enter_context(Multiconn.serve(directory))
        old = stack.enter_context(MiniRtmp(Script(connect_fields={"fourCcList": ["hvc1"]})))
        nginx = stack.enter_context(peers.NginxRtmp(directory / "nginx"))
        other = stack.enter_context(peers.NodeMediaServer(directory / "nms"))
        servers = [node, old, nginx, other]
        code, found = check(directory, *(server.url() for server in servers))
        assert code == 0
        assert [(result["codecs"], result["refused_codecs"]) for result in found] == [
            (["HEVC", "AV1", "VP8", "VP9", "Opus", "FLAC", "AC-3", "E-AC-3"], []),
            (["HEVC"], ["AV1", "VP8", "VP9"]),
            ([], []),
            ([], []),
        ]
