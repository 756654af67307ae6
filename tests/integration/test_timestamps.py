"""Streams that run past 4 h 40 min (0xFFFFFF ms), 24.8 days (2^31) and 49.7 days (2^32).

Nobody waits that long: the clip's own timestamps are moved, so that its second key frame stands at
the boundary exactly. Its key frames are larger than a chunk, and thus need the extended timestamp
on their continuations too.

Every frame and every timestamp is compared, modulo 2^32 as FLV and RTMP write them. Measured:
nginx-rtmp, node-media-server and rtmpdump do not change a timestamp at any of the boundaries,
except that nginx-rtmp's recordings begin at 0.
"""

from contextlib import ExitStack

import flv
import peers
import pytest
from mini_rtmp import MiniRtmp
from multiconn import Multiconn

PUBLISH_LIMIT = 30.0
EVENT_LIMIT = 20.0
SECONDS = 4
FRAMES = {"video": 120, "audio": 188}  # of the clip's first SECONDS
BOUNDARIES = {"0xFFFFFF": 0xFFFFFF, "2-31": 1 << 31, "2-32": 1 << 32}
HOURS_5 = 5 * 3600 * 1000


def second_key_frame(source):
    """The timestamp of a clip's second key frame."""
    return [tag.timestamp for tag in flv.parse(source).tags
            if tag.is_key_frame() and tag.is_frame()][1]


def moved(source, target, by, headers_by=None):
    """The clip's first seconds, `by` ms later; sequence headers and metadata `headers_by` ms."""
    def time_of(tag):
        late = by if tag.is_frame() or headers_by is None else headers_by
        return (tag.timestamp + late) % flv.MAX_TIMESTAMP

    tags = [flv.Tag(tag.type, time_of(tag), tag.body)
            for tag in flv.parse(source).tags if tag.timestamp < SECONDS * 1000]
    target.write_bytes(flv.write(tags))
    return target


def play(server, directory, name):
    """Our player, waiting at a server that nobody publishes to yet."""
    player = Multiconn.play(server.url(), directory / f"{name}.flv", directory, name=name)
    player.wait_event("server", EVENT_LIMIT, lambda e: e["code"] == "NetStream.Play.Start")
    return player


def assert_unchanged(source, received, offset=0):
    result = flv.compare_files(source, received)
    assert result, f"{received}: {result}"
    assert result.frames == FRAMES
    assert result.offset == offset, f"{received}: {result}"


def assert_played(source, player, directory):
    """The player ends with the stream."""
    assert player.wait(EVENT_LIMIT) == 0, player.log()
    assert_unchanged(source, directory / f"{player.name}.flv")


@pytest.mark.parametrize("boundary", BOUNDARIES.values(), ids=BOUNDARIES.keys())
def test_every_frame_keeps_its_timestamp_across(boundary, clips, directory):
    clip = clips.full_hd()
    source = moved(clip, directory / "source.flv", boundary - second_key_frame(clip))
    first = flv.parse(source).tags[0].timestamp
    with ExitStack() as stack:
        nginx = stack.enter_context(peers.NginxRtmp(directory / "nginx"))
        node_media = stack.enter_context(peers.NodeMediaServer(directory / "nms"))
        node = stack.enter_context(Multiconn.serve(directory))
        players = [play(nginx, directory, "at-nginx"), play(node, directory, "at-node")]
        dump = peers.RtmpDump(node.url(), directory / "dump.flv", directory)
        node.wait_event("client", EVENT_LIMIT, lambda e: e["kind"] == "play_started", 2)
        publisher = Multiconn.publish(source, [nginx.url(), node_media.url(), node.url()],
                                      directory)
        assert publisher.wait(PUBLISH_LIMIT) == 0, publisher.log()
        for player in players:
            assert_played(source, player, directory)
        assert_unchanged(source, dump.capture(source))
        # A difference of 2^31 or more counts as one to the other side.
        rebased = -first if first < 1 << 31 else flv.MAX_TIMESTAMP - first
        assert_unchanged(source, nginx.recording(), rebased)
        assert_unchanged(source, node_media.recording())


def test_headers_at_zero_before_a_stream_of_five_hours_cost_no_hours(clips, directory):
    """As ffmpeg writes a stream whose timestamps it keeps: 4 s are published in real time."""
    source = moved(clips.full_hd(), directory / "source.flv", HOURS_5, headers_by=0)
    with ExitStack() as stack:
        node = stack.enter_context(Multiconn.serve(directory))
        mini = stack.enter_context(MiniRtmp())
        player = play(node, directory, "at-node")
        publisher = Multiconn.publish(source, [node.url(), mini.url()], directory)
        assert publisher.wait(PUBLISH_LIMIT) == 0, publisher.log()
        assert_played(source, player, directory)
        stamps = [message.timestamp for message in mini.connections[0].media]
        assert min(stamps) == stamps[0] == HOURS_5, "headers have the time of the first frame"
