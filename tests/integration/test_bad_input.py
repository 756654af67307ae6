"""Input that cannot be published: one line that names it, and nothing half-done.

A server of the tests' own watches: whether anybody came, what arrived, and whether the stream was
ended in order. (Wrong options and URLs: test_tool_cli.py.)
"""

from pathlib import Path

import flv
import pytest
from mini_rtmp import MiniRtmp
from multiconn import Multiconn, refused

LIMIT = 30.0
FLV_HEADER = bytes.fromhex("464c5601050000000900000000")


@pytest.fixture
def server():
    with MiniRtmp() as server:
        yield server


def part_of(path, directory, count):
    """A file of the first `count` bytes of another one, with the same ending of its name."""
    cut = directory / f"cut{path.suffix}"
    cut.write_bytes(path.read_bytes()[:count])
    return cut


def garbage_after(path, directory, tags, garbage):
    """An FLV file of the first `tags` of another one, and nonsense in place of the next."""
    file = directory / "garbage-inside.flv"
    file.write_bytes(flv.write(flv.parse(path).tags[:tags]) + garbage.read_bytes())
    return file


def a_folder(clips, directory):
    (directory / "folder.flv").mkdir()
    return directory / "folder.flv"


# What is wrong at the first look: (how to make it, what the line names besides the input).
UNUSABLE = {
    "video-codec": (lambda clips, _: clips.mpeg2(), "video codec mpeg2video"),
    "audio-codec": (lambda clips, _: clips.vorbis(), "audio codec vorbis"),
    "folder": (a_folder, "Is a directory"),
    "nothing": (lambda *_: Path("/dev/null"), "recognise"),
    "index-cut-off": (lambda clips, d: part_of(clips.b_frames_mp4(), d, 50_000), "Invalid data"),
    "half-a-header": (lambda clips, d: part_of(clips.small(), d, 5), "ends after 5 bytes"),
}


@pytest.mark.parametrize("what", UNUSABLE)
@pytest.mark.parametrize("options", [[], ["--json"]], ids=["plain", "json"])
def test_an_unusable_file_is_named_and_nobody_is_called(clips, directory, server, what, options):
    make, named = UNUSABLE[what]
    file = make(clips, directory)
    code, output, errors = refused(["publish", str(file), "--to", server.url(), *options],
                                   directory)
    assert (code, output) == (1, ""), errors
    assert errors.startswith("multiconn: ") and errors.count("\n") == 1, errors
    assert str(file) in errors and named in errors
    assert server.connections == []


@pytest.mark.parametrize("what, named", [("mp4", '"FLV" is missing'),
                                         ("half-a-header", "ends after 5 bytes")])
def test_unusable_standard_input_is_named_and_nobody_is_called(clips, directory, server, what,
                                                               named):
    content = {"mp4": clips.b_frames_mp4().read_bytes(), "half-a-header": FLV_HEADER[:5]}[what]
    code, output, errors = refused(["publish", "-", "--to", server.url()], directory,
                                   stdin=content)
    assert (code, output) == (1, ""), errors
    assert errors.startswith("multiconn: ") and errors.count("\n") == 1, errors
    assert "standard input" in errors and named in errors
    assert server.connections == []


# What turns bad on the way: (how to make it, of what, what the line says).
BROKEN = {
    "truncated-flv": (lambda clips, d: part_of(clips.small(), d, 100_000), "small",
                      "FLV truncated: it ends after 100000 bytes"),
    "garbage-in-flv": (lambda clips, d: garbage_after(clips.small(), d, 120, clips.garbage()),
                       "small", "FLV tag"),
    "truncated-mp4": (lambda clips, d: part_of(clips.index_first_mp4(), d, 100_000),
                      "index_first", "truncated"),
}


@pytest.mark.parametrize("what, through", [
    (what, through) for what in BROKEN for through in ("file", "standard-input")
    if (what, through) != ("truncated-mp4", "standard-input")])  # that one is FLV only
def test_input_that_breaks_is_published_up_to_there(clips, directory, server, what, through):
    """Equal to the source as far as it goes, unpublished in order, told in one line, exit 1. The
    source of the MP4 is ffmpeg's remux of the whole one."""
    make, whole, named = BROKEN[what]
    file = make(clips, directory)
    with open(file, "rb") as opened:
        run = Multiconn.publish(str(file) if through == "file" else "-", [server.url()], directory,
                                "--no-pace", stdin=opened)
        assert run.wait(LIMIT) == 1
    errors = run.log()
    assert errors.startswith("multiconn: ") and errors.count("\n") == 1, errors
    assert named in errors and (str(file) if through == "file" else "standard input") in errors
    client = server.wait_ended(LIMIT)
    assert client.error is None and client.unpublished
    source = flv.parse(getattr(clips, whole)()).tags
    result = flv.compare(source, client.tags(), part=True)
    assert result, str(result)
    assert result.first == {"video": 0, "audio": 0}
    assert 20 < result.frames["video"] < 75
    assert run.events_at_end()[-1]["event"] == "summary"


def test_a_file_without_any_media_is_a_failure(directory, server):
    file = directory / "empty-inside.flv"
    file.write_bytes(FLV_HEADER)
    code, _, errors = refused(["publish", str(file), "--to", server.url()], directory)
    assert code == 1
    assert str(file) in errors and "no audio or video" in errors and errors.count("\n") == 1
    assert server.wait_ended(LIMIT).unpublished
