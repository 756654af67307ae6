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


def codec_events(publisher):
    """The server and the code of each event about a codec."""
    return [(e["server"], e["code"]) for e in publisher.find("server") if "Codec" in e["code"]]


def test_nginx_says_nothing_of_hevc_and_is_warned_of_once(clips, directory):
    """The node beside it says that it takes everything: no reason for a warning."""
    with ExitStack() as stack:
        nginx = stack.enter_context(peers.NginxRtmp(directory / "nginx"))
        node = stack.enter_context(Multiconn.serve(directory))
        publisher = Multiconn.publish(clips.hevc(), [nginx.url(), node.url()], directory)
        assert publisher.wait(PUBLISH_LIMIT) == 0, publisher.log()
        assert codec_events(publisher) == [(0, "MultiStream.Publish.CodecUnconfirmed")]
        event, = publisher.find("server", lambda e: "Codec" in e["code"])
        assert "HEVC" in event["reason"], event


def test_nginx_is_left_out_where_codecs_must_be_confirmed(clips, directory):
    with ExitStack() as stack:
        nginx = stack.enter_context(peers.NginxRtmp(directory / "nginx"))
        node = stack.enter_context(Multiconn.serve(directory))
        player = play(node, directory, "beside-nginx")
        source = clips.hevc()
        publisher = Multiconn.publish(source, [nginx.url(), node.url()], directory,
                                      "--confirmed-codecs", "--policy", "any")
        assert publisher.wait(PUBLISH_LIMIT) == 0, publisher.log()
        assert codec_events(publisher) == [(0, "MultiStream.Publish.CodecUnsupported")]
        file = received(player, directory)
    want = elementary.decoded(source, "v", directory)
    assert elementary.decoded_track(file, "hvc1", directory) == want, "the others go on"
    alone = publisher.find("summary")[0]["servers"]
    assert [server["state"] for server in alone] == ["closed", "closed"]
    assert alone[0]["video_messages"] < 5, "nothing but what told of the codec"
