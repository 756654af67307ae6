"""Recordings of the embedded node, played by programs that are not ours."""

import shutil

import flv
import pytest
from multiconn import Multiconn, refused
from processes import Process, run

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


def test_a_folder_that_is_missing_is_named(directory):
    code, output, errors = refused(["serve", "--listen", "127.0.0.1:0", "--root", "nowhere"],
                                   directory)
    assert code == 1 and output == ""
    assert "'nowhere'" in errors and errors.count("\n") == 1
