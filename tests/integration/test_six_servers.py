"""One publish to six servers at once, and each of them got what the source holds.

Who says so is never the SDK: nginx-rtmp's and node-media-server's own recordings, rtmpdump playing
from the embedded nodes, each compared message by message by tests/support/flv.py; and the frame
hashes that libavformat makes of what `ffmpeg -listen` took in.
"""

from contextlib import ExitStack

import flv
import frame_hashes
import peers
import pytest
from multiconn import Multiconn
from processes import run

PUBLISH_LIMIT = 60.0
EVENT_LIMIT = 20.0
REMUX_LIMIT = 30.0


def assert_equal(source, received):
    result = flv.compare_files(source, received)
    assert result, f"{received}: {result}"
    return result


def assert_nothing_was_lost(publisher, source):
    """What the program itself says of each server, against the counts of the source."""
    tags = [tag for tag in flv.parse(source).tags if tag.type != flv.DATA]
    least = {kind: sum(1 for tag in tags if tag.type == kind and tag.is_frame())
             for kind in (flv.AUDIO, flv.VIDEO)}
    summary = publisher.events_at_end()[-1]
    assert summary["event"] == "summary"
    for server in summary["servers"]:
        assert server["dropped_messages"] == 0, server
        assert server["audio_messages"] >= least[flv.AUDIO], server
        assert server["video_messages"] >= least[flv.VIDEO], server
        assert server["state"] == "closed", server


def assert_one_verdict_each(publisher, servers):
    for kind, code in (("setup", "NetConnection.Setup.Success"),
                       ("publish", "MultiStream.Publish.Success")):
        found = publisher.find(kind)
        assert [event["code"] for event in found] == [code]
        assert len(found[0]["servers"]) == servers


class Players:
    """Embedded nodes, each with an rtmpdump that waits for the stream."""

    def __init__(self, stack, directory, count):
        self.nodes = [stack.enter_context(Multiconn.serve(directory, name=f"node{i}"))
                      for i in range(count)]
        self.dumps = [peers.RtmpDump(node.url(), directory / f"node{i}.flv", directory, f"dump{i}")
                      for i, node in enumerate(self.nodes)]
        for node in self.nodes:
            node.wait_event("client", EVENT_LIMIT, lambda e: e["kind"] == "play_started")

    def urls(self):
        return [node.url() for node in self.nodes]

    def assert_equal(self, source):
        for dump in self.dumps:
            assert_equal(source, dump.capture(source))


@pytest.mark.parametrize("clip", ["full_hd", "full_hd_mp4"])
@pytest.mark.parametrize("pace", [[], ["--no-pace"]], ids=["real-time", "no-pace"])
def test_six_servers_get_every_frame(clips, directory, pace, clip):
    """The source of both is the FLV; that one is ffmpeg's own remux of the MP4."""
    source = clips.full_hd()
    with ExitStack() as stack:
        nginx = stack.enter_context(peers.NginxRtmp(directory / "nginx", ["live", "other"]))
        node_media = stack.enter_context(peers.NodeMediaServer(directory / "nms"))
        listen = stack.enter_context(peers.FfmpegListen(directory / "listen"))
        players = Players(stack, directory, 2)
        publisher = Multiconn.publish(
            getattr(clips, clip)(),
            [nginx.url("live"), nginx.url("other"), node_media.url(), *players.urls(),
             listen.url()], directory, *pace)
        assert publisher.wait(PUBLISH_LIMIT) == 0, publisher.log()
        assert_one_verdict_each(publisher, 6)
        assert_nothing_was_lost(publisher, source)
        assert not publisher.find("aggregate", lambda e: e["code"] != "MultiConnection.Closed")
        for app in ("live", "other"):
            result = assert_equal(source, nginx.recording(app))
            assert result.frames == {"video": 300, "audio": 470}
        players.assert_equal(source)
        assert_equal(source, node_media.recording())
        received = frame_hashes.read(listen.received())
    assert frame_hashes.difference(frame_hashes.of(source, directory), received) is None


@pytest.mark.parametrize("clip", ["b_frames", "b_frames_mp4", "audio_only", "video_only", "mp3"])
def test_other_kinds_of_streams_arrive_complete(clips, directory, clip):
    """Judged by nginx-rtmp's recording and by rtmpdump playing from a node. The source of an MP4
    is ffmpeg's remux of it."""
    file = getattr(clips, clip)()
    source = file
    if file.suffix == ".mp4":
        source = directory / "remuxed.flv"
        run("remux", ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-i", str(file),
                      "-c", "copy", str(source)], directory, REMUX_LIMIT)
    with ExitStack() as stack:
        nginx = stack.enter_context(peers.NginxRtmp(directory / "nginx"))
        players = Players(stack, directory, 1)
        publisher = Multiconn.publish(file, [nginx.url(), *players.urls()], directory, "--no-pace")
        assert publisher.wait(PUBLISH_LIMIT) == 0, publisher.log()
        assert_nothing_was_lost(publisher, source)
        assert_equal(source, nginx.recording())
        players.assert_equal(source)
