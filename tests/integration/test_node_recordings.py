"""Recordings of the embedded node, played by programs that are not ours."""

import shutil
import signal
import subprocess

import flv
import pytest
from multiconn import Multiconn, refused
from processes import Process, run, wait_until
from rtmp_publisher import RtmpPublisher

LIMIT = 30.0


@pytest.fixture
def root(directory):
    (directory / "root" / "live").mkdir(parents=True)
    return directory / "root"


@pytest.fixture
def node(directory, root):
    node = Multiconn.serve(directory, "--root", str(root))
    yield node
    assert node.interrupt() == 0, node.log()


def dump(node, output, directory, *options):
    # It calls a file incomplete (2) whose last frame begins before 99.9 % of the duration.
    process = Process("rtmpdump", ["rtmpdump", "-r", node.url(), "-o", str(output), "--timeout",
                                   "10", *options], directory)
    assert process.wait(LIMIT) in (0, 2), process.log()
    return flv.parse(output).tags


def pictures(tags):
    return [tag for tag in tags if tag.type == flv.VIDEO and tag.is_frame()]


def test_rtmpdump_gets_all_of_a_recording(clips, directory, root, node):
    shutil.copy(clips.small(), root / "live" / "stream.flv")
    dump(node, directory / "dump.flv", directory)
    result = flv.compare_files(clips.small(), directory / "dump.flv")
    assert result, str(result)


def test_rtmpdump_gets_a_part_of_a_recording(clips, directory, root, node):
    shutil.copy(clips.small_long(), root / "live" / "stream.flv")
    part = pictures(dump(node, directory / "part.flv", directory, "--start", "3", "--stop", "5"))
    assert part[0].body[0] >> 4 == 1, "it begins at a key frame"
    first, last = (part[i].timestamp - 3000 for i in (0, -1))  # it adds its --start
    assert 1000 < first <= 3000, "the last one before the start"
    assert 4900 < last <= 5000


def test_ffmpeg_seeks_in_a_recording(clips, directory, root, node):
    shutil.copy(clips.small_long(), root / "live" / "stream.flv")
    output = directory / "sought.flv"
    run("ffmpeg", ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "warning", "-y",
                   "-rtmp_live", "recorded", "-ss", "7", "-i", node.url(), "-c", "copy", "-copyts",
                   "-f", "flv", str(output)], directory, LIMIT)
    sought = pictures(flv.parse(output).tags)
    source = pictures(flv.parse(clips.small_long()).tags)
    first = max(i for i, tag in enumerate(source) if tag.is_key_frame() and tag.timestamp <= 7000)
    assert source[first].timestamp > 5000, "the clip has a key frame every two seconds"
    assert [tag.body for tag in sought] == [tag.body for tag in source[first:]]


def test_ffmpeg_reads_a_recording_to_its_end(clips, directory, root, node):
    shutil.copy(clips.small(), root / "live" / "stream.flv")
    output = directory / "ffmpeg.flv"
    run("ffmpeg", ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "warning", "-y",
                   "-rtmp_live", "recorded", "-i", node.url(), "-map", "0", "-c", "copy",
                   "-copyts", "-f", "flv", str(output)], directory, LIMIT)
    result = flv.compare_files(clips.small(), output)
    assert result, str(result)


def test_our_own_player_reads_a_recording(clips, directory, root, node):
    shutil.copy(clips.small(), root / "live" / "stream.flv")
    output = directory / "ours.flv"
    player = Multiconn.play(node.url(), output, directory)
    assert player.wait(LIMIT) == 0, player.log()
    result = flv.compare_files(clips.small(), output)
    assert result, str(result)


def assert_playable(path):
    """ffprobe reads all of it and has nothing to say."""
    probe = subprocess.run(["ffprobe", "-v", "warning", "-show_entries", "stream=codec_name",
                            "-count_packets", "-of", "csv=p=0", str(path)],
                           capture_output=True, timeout=LIMIT, text=True)
    assert probe.returncode == 0 and probe.stderr == "", probe.stderr
    assert {"h264", "aac"} == set(probe.stdout.split())


def test_a_killed_node_leaves_a_recording_that_plays_and_goes_on(clips, directory, root):
    tags = flv.parse(clips.small_long()).tags
    file = root / "live" / "stream.flv"
    node = Multiconn.serve(directory, "--root", str(root), name="killed")
    publisher = RtmpPublisher(node.port, "stream", "record")
    half = len(tags) // 2
    for tag in tags[:half]:
        publisher.send(tag)
    wait_until(lambda: file.stat().st_size > 50000, LIMIT, "something being recorded")
    node.send_signal(signal.SIGKILL)
    assert node.wait(LIMIT) == -signal.SIGKILL
    assert_playable(file)
    kept = flv.parse(file).tags
    result = flv.compare(tags, kept, part=True)
    assert result and result.frames["video"] > 0, str(result)

    node = Multiconn.serve(directory, "--root", str(root), name="again")
    publisher = RtmpPublisher(node.port, "stream", "append")
    for tag in tags[half:]:
        publisher.send(tag)
    publisher.close()
    assert node.interrupt() == 0, node.log()
    assert_playable(file)
    added = pictures(flv.parse(file).tags)[len(pictures(kept)):]
    assert [tag.body for tag in added] == [tag.body for tag in pictures(tags[half:])]
    assert added[0].timestamp > pictures(kept)[-1].timestamp


def test_a_folder_that_is_missing_is_named(directory):
    code, output, errors = refused(["serve", "--listen", "127.0.0.1:0", "--root", "nowhere"],
                                   directory)
    assert code == 1 and output == ""
    assert "'nowhere'" in errors and errors.count("\n") == 1
