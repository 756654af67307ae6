"""The node's digest handshake against clients that verify it: ffmpeg and librtmp."""

import flv
import peers
import pytest
from multiconn import Multiconn
from processes import Process

EVENT_LIMIT = 10.0
SWF_HASH = bytes(range(32)).hex()


@pytest.fixture
def node(directory):
    node = Multiconn.serve(directory)
    yield node
    assert node.interrupt() == 0, node.log()


def test_ffmpeg_and_librtmp_go_on_when_the_node_proves_itself(clips, directory, node):
    source = clips.small()
    # With a file to be verified for, librtmp asks for a digest, and fails when it is wrong.
    with open(directory / "dump.flv", "wb") as file:
        dump = Process("rtmpdump", ["stdbuf", "-o0", "rtmpdump", "-r", node.url(), "-o", "-",
                                    "--live", "--swfhash", SWF_HASH, "--swfsize", "12345"],
                       directory, stdout=file)
    node.wait_event("client", EVENT_LIMIT, lambda e: e["kind"] == "play_started")
    publisher = Process("ffmpeg", ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "debug",
                                   "-re", "-i", str(source), "-c", "copy", "-f", "flv", node.url()],
                        directory)
    assert publisher.wait(30.0) == 0, publisher.log()
    # ffmpeg verifies what a server of version 3 or later signs, and says which one it met.
    assert "Server version 3.5.1.1" in publisher.log()
    node.wait_event("client", EVENT_LIMIT, lambda e: e["kind"] == "publish_ended")
    dump.stop()
    assert flv.compare_files(source, directory / "dump.flv", True)


def test_a_player_of_ffmpeg_goes_on_too(clips, directory, node):
    publisher = peers.ffmpeg_publish(clips.small_long(), node.url(), directory)
    node.wait_event("client", EVENT_LIMIT, lambda e: e["kind"] == "publish_started")
    player = Process("ffplay", ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "debug", "-i",
                                node.url(), "-frames:v", "5", "-c", "copy", "-f", "null", "-"],
                     directory)
    assert player.wait(30.0) == 0, player.log()
    assert "Server version 3.5.1.1" in player.log()
    publisher.stop()
