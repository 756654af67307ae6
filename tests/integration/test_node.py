"""The embedded node against publishers and players that are not ours: ffmpeg, rtmpdump, librtmp.

Every comparison is made by tests/support/flv.py on what an independent player wrote.
"""

import json
import signal
import subprocess
import sys

import flv
import peers
import pytest
from multiconn import SANITIZED, Multiconn
from processes import REPOSITORY, Process, memory_kib, run

PUBLISH_LIMIT = 30.0
EVENT_LIMIT = 10.0
PLAYER_MEMORY_KIB = 16 * 1024  # 8 MiB may wait for one player
LIBRTMP_PUBLISH = REPOSITORY / "tests" / "support" / "librtmp_publish.py"


@pytest.fixture
def node(directory):
    node = Multiconn.serve(directory)
    yield node
    assert node.interrupt() == 0, node.log()


def wait_clients(node, kind, count=1, stream="stream"):
    """Until the node has said so of `count` clients."""
    return node.wait_event("client", EVENT_LIMIT,
                           lambda e: e["kind"] == kind and e["stream"] in ("", stream), count)


def publish(source, url, directory, pace=False):
    process = peers.ffmpeg_publish(source, url, directory, pace)
    assert process.wait(PUBLISH_LIMIT) == 0, process.log()


def assert_equal(source, received, part=False):
    result = flv.compare_files(source, received, part)
    assert result, str(result)
    return result


@pytest.mark.parametrize("clip", ["small", "b_frames", "mp3", "audio_only", "video_only"])
def test_waiting_players_receive_every_frame_unchanged(clips, directory, node, clip):
    source = getattr(clips, clip)()
    dump = peers.RtmpDump(node.url(), directory / "dump.flv", directory)
    play = peers.FfmpegPlay(node.url(), directory / "play.flv", directory)
    wait_clients(node, "play_started", 2)
    publish(source, node.url(), directory, pace=True)
    # ffmpeg may shift what it publishes, but all of it, and for everybody.
    offsets = {assert_equal(source, player.capture(source)).offset for player in (dump, play)}
    assert len(offsets) == 1


def test_publishing_faster_than_real_time_loses_nothing(clips, directory, node):
    dump = peers.RtmpDump(node.url(), directory / "dump.flv", directory)
    wait_clients(node, "play_started")
    publish(clips.full_hd(), node.url(), directory)
    result = assert_equal(clips.full_hd(), dump.capture(clips.full_hd()))
    assert result.frames == {"video": 300, "audio": 470}


def test_a_late_player_starts_with_headers_at_a_key_frame(clips, directory, node):
    source = clips.small_long()
    publisher = peers.ffmpeg_publish(source, node.url(), directory)
    wait_clients(node, "publish_started")
    early = peers.RtmpDump(node.url(), directory / "early.flv", directory, "early")
    wait_clients(node, "play_started", 1)
    early.wait_playing()
    late = peers.RtmpDump(node.url(), directory / "late.flv", directory, "late")
    wait_clients(node, "play_started", 2)
    assert publisher.wait(PUBLISH_LIMIT) == 0, publisher.log()
    for player in (early, late):
        tags = flv.parse(player.capture(source)).tags
        result = flv.compare(flv.parse(source).tags, tags, part=True)
        assert result, str(result)
        first = next(tag for tag in tags if tag.is_frame() and tag.type == flv.VIDEO)
        assert first.body[0] >> 4 == 1, "the first picture is a key frame"
        headers = [tag.type for tag in tags[:3] if not tag.is_frame()]
        assert set(headers) == {flv.VIDEO, flv.AUDIO, 18}, "metadata and both sequence headers"


def test_librtmp_publishes(clips, directory, node):
    source = clips.small()
    dump = peers.RtmpDump(node.url(), directory / "dump.flv", directory)
    wait_clients(node, "play_started")
    publisher = Process("librtmp-publish", [sys.executable, str(LIBRTMP_PUBLISH), str(source),
                                            node.url()], directory)
    assert publisher.wait(PUBLISH_LIMIT) == 0, publisher.log()
    assert_equal(source, dump.capture(source))


def test_ffprobe_sees_the_codecs_and_no_errors(clips, directory, node):
    publisher = peers.ffmpeg_publish(clips.small_long(), node.url("some/app", "one"), directory)
    wait_clients(node, "publish_started", stream="one")
    probe = subprocess.run(
        ["ffprobe", "-v", "warning", "-rtmp_live", "live", "-show_streams", "-of", "json",
         node.url("some/app", "one")], capture_output=True, timeout=PUBLISH_LIMIT, text=True)
    assert probe.returncode == 0 and probe.stderr == ""
    streams = {s["codec_type"]: s for s in json.loads(probe.stdout)["streams"]}
    assert (streams["video"]["codec_name"], streams["video"]["width"]) == ("h264", 320)
    assert (streams["audio"]["codec_name"], streams["audio"]["sample_rate"]) == ("aac", "48000")
    assert publisher.wait(PUBLISH_LIMIT) == 0, publisher.log()


def test_a_second_publisher_of_a_name_is_refused_and_harms_nobody(clips, directory, node):
    source = clips.small()
    dump = peers.RtmpDump(node.url(), directory / "dump.flv", directory)
    wait_clients(node, "play_started")
    first = peers.ffmpeg_publish(source, node.url(), directory)
    wait_clients(node, "publish_started")
    second = peers.ffmpeg_publish(source, node.url(), directory, name="second")
    assert second.wait(PUBLISH_LIMIT) != 0
    assert "the name stream is in use" in second.log()
    assert first.wait(PUBLISH_LIMIT) == 0, first.log()
    assert_equal(source, dump.capture(source))


def test_a_name_is_free_again_when_its_publisher_has_gone(clips, directory, node):
    for count in (1, 2):
        publish(clips.small(), node.url(), directory)
        wait_clients(node, "publish_ended", count)


def test_apps_keep_equal_names_apart(clips, directory, node):
    sources = {"one": clips.small(), "two": clips.b_frames()}
    dumps = {app: peers.RtmpDump(node.url(app), directory / f"{app}.flv", directory, app)
             for app in sources}
    wait_clients(node, "play_started", 2)
    for app, source in sources.items():
        publish(source, node.url(app), directory)
    for app, source in sources.items():
        assert_equal(source, dumps[app].capture(source))


def test_a_player_that_stops_reading_harms_nobody_and_costs_bounded_memory(clips, directory, node):
    """31 MB pass it by, at four times their pace; another rtmpdump gets all of them."""
    source = directory / "long.flv"
    run("repeat", ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-stream_loop", "3",
                   "-i", str(clips.full_hd()), "-c", "copy", str(source)], directory, PUBLISH_LIMIT)
    reader = peers.RtmpDump(node.url(), directory / "reader.flv", directory, "reader")
    frozen = peers.RtmpDump(node.url(), directory / "frozen.flv", directory, "frozen")
    wait_clients(node, "play_started", 2)
    frozen.send_signal(signal.SIGSTOP)
    before = memory_kib(node, "VmRSS")
    publisher = Process("fast", ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "warning",
                                 "-readrate", "4", "-i", str(source), "-c", "copy", "-f", "flv",
                                 node.url()], directory)
    assert publisher.wait(PUBLISH_LIMIT) == 0, publisher.log()
    assert_equal(source, reader.capture(source))
    grown = memory_kib(node, "VmHWM") - before
    print(f"{grown} KiB more for a player that takes nothing")
    assert SANITIZED or grown < PLAYER_MEMORY_KIB
