"""HEVC, AV1 and Opus published by Enhanced RTMP, and decoded again from what players received.

The player is ours; its file is taken apart by tests/support/elementary.py and decoded by ffmpeg:
every picture, and every block of samples, must be the one of the source.
"""

from contextlib import ExitStack

import elementary
import peers
import pytest
from multiconn import Multiconn

PUBLISH_LIMIT = 30.0
EVENT_LIMIT = 20.0


def play(server, directory, name):
    player = Multiconn.play(server.url(), directory / f"{name}.flv", directory, name=name)
    player.wait_event("server", EVENT_LIMIT, lambda e: e["code"] == "NetStream.Play.Start")
    return player


def received(player, directory):
    """The player's file once the stream is over; node-media-server does not tell players."""
    player.wait_event("stats", EVENT_LIMIT, lambda e: e["video_messages"] > 0)
    player.interrupt()
    return directory / f"{player.name}.flv"


# The clip, and the codec of its track that needs Enhanced RTMP.
CLIPS = {"hevc": ("hvc1", "v"), "av1": ("av01", "v"), "opus": ("Opus", "a")}


@pytest.mark.parametrize("clip", CLIPS)
def test_what_is_published_is_decoded_from_what_players_receive(clip, clips, directory):
    fourcc, stream = CLIPS[clip]
    source = getattr(clips, clip)()
    with ExitStack() as stack:
        node_media = stack.enter_context(peers.NodeMediaServer(directory / "nms"))
        node = stack.enter_context(Multiconn.serve(directory))
        players = [play(node_media, directory, "at-nms"), play(node, directory, "at-node")]
        publisher = Multiconn.publish(source, [node_media.url(), node.url()], directory)
        assert publisher.wait(PUBLISH_LIMIT) == 0, publisher.log()
        node_media.wait_unpublished("live", "stream")
        files = [received(player, directory) for player in players]
        files.append(node_media.recording())
    # How many samples of the last packet count is known to the source's container only.
    end = -1 if stream == "a" else None
    want = elementary.decoded(source, stream, directory)
    assert len(want) > 20
    for file in files:
        got = elementary.decoded_track(file, fourcc, directory)
        assert len(got) == len(want) and got[:end] == want[:end], file
