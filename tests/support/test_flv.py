"""flv.py must find every difference it exists to find."""

import flv
import pytest
from flv import AUDIO, DATA, VIDEO, Tag

VIDEO_HEADER = bytes.fromhex("170000000001640028ffe1")
AUDIO_HEADER = bytes.fromhex("af001190")


def video(index, key=False):
    return Tag(VIDEO, index * 40, bytes([0x17 if key else 0x27, 1, 0, 0, 0]) + b"v%d" % index)


def audio(index):
    return Tag(AUDIO, index * 20, b"\xaf\x01a%d" % index)


def stream(frames=10):
    tags = [Tag(DATA, 0, b"metadata"), Tag(VIDEO, 0, VIDEO_HEADER), Tag(AUDIO, 0, AUDIO_HEADER)]
    for i in range(frames):
        tags += [video(i, key=i % 5 == 0), audio(2 * i), audio(2 * i + 1)]
    return tags


def shifted(tags, offset, only=None):
    return [Tag(t.type, (t.timestamp + offset) % (1 << 32), t.body)
            if only in (None, t.type) else t for t in tags]


def index_of(tags, kind, number):
    return [i for i, t in enumerate(tags) if t.type == kind and t.is_frame()][number]


def test_equal_streams_are_equal():
    result = flv.compare(stream(), stream())
    assert result and result.offset == 0
    assert result.frames == {"video": 10, "audio": 20}


def test_a_constant_offset_of_both_tracks_is_equal_and_named():
    assert flv.compare(stream(), shifted(stream(), 1234)).offset == 1234
    assert flv.compare(stream(), shifted(stream(), -40)).offset == -40, "wraps below 0"


def test_repeated_headers_metadata_and_end_marker_do_not_count():
    received = stream()
    received[5:5] = [Tag(VIDEO, 40, VIDEO_HEADER), Tag(DATA, 40, b"more")]
    received.append(Tag(VIDEO, 400, bytes.fromhex("1702000000")))
    result = flv.compare(stream(), received)
    assert result and result.repeated_headers == 1


@pytest.mark.parametrize("kind, name", [(VIDEO, "video"), (AUDIO, "audio")])
def test_a_missing_frame_is_found(kind, name):
    received = stream()
    del received[index_of(received, kind, 4)]
    result = flv.compare(stream(), received)
    assert f"1 {name} frame missing, the first is {name} frame 4" in result.difference


def test_several_missing_frames_are_counted():
    received = stream()
    for _ in range(3):
        del received[index_of(received, VIDEO, 4)]
    assert "3 video frames missing" in flv.compare(stream(), received).difference


def test_a_missing_end_is_found():
    received = stream()
    del received[index_of(received, VIDEO, 9)]
    assert "the last 1 of 10 video frames are missing" in flv.compare(stream(), received).difference


def test_swapped_frames_are_found():
    received = stream()
    a, b = index_of(received, VIDEO, 3), index_of(received, VIDEO, 4)
    received[a], received[b] = received[b], received[a]
    result = flv.compare(stream(), received)
    assert "wrong order: in place of video frame 3" in result.difference


def test_swapped_bodies_under_right_timestamps_are_found():
    received = stream()
    a, b = index_of(received, AUDIO, 3), index_of(received, AUDIO, 7)
    received[a], received[b] = (Tag(AUDIO, received[a].timestamp, received[b].body),
                                Tag(AUDIO, received[b].timestamp, received[a].body))
    assert "wrong order: in place of audio frame 3" in flv.compare(stream(), received).difference


def test_a_changed_byte_is_found():
    received = stream()
    at = index_of(received, VIDEO, 6)
    received[at] = Tag(VIDEO, received[at].timestamp, received[at].body[:-1] + b"!")
    assert "body differs: video frame 6" in flv.compare(stream(), received).difference


def test_a_repeated_frame_is_found():
    received = stream()
    at = index_of(received, AUDIO, 5)
    received.insert(at, received[at])
    assert "repeats an earlier frame" in flv.compare(stream(), received).difference


def test_frames_after_the_end_are_found():
    assert "more than the source" in flv.compare(stream(), stream(11)).difference


def test_another_offset_of_the_audio_track_is_found():
    result = flv.compare(stream(), shifted(stream(), 7, only=AUDIO))
    assert "timestamp of audio frame 0" in result.difference
    assert "off by 7 ms, earlier ones by 0 ms" in result.difference


def test_a_jump_of_the_offset_within_a_track_is_found():
    received = stream()
    at = index_of(received, VIDEO, 5)
    received = received[:at] + shifted(received[at:], 1)
    result = flv.compare(stream(), received)
    assert "timestamp of video frame 5" in result.difference


def test_another_sequence_header_is_found():
    received = stream()
    received[1] = Tag(VIDEO, 0, VIDEO_HEADER + b"x")
    assert "video sequence headers differ" in flv.compare(stream(), received).difference


def test_a_missing_track_is_found():
    only_video = [t for t in stream() if t.type != AUDIO]
    assert "audio" in flv.compare(stream(), only_video).difference
    assert "audio" in flv.compare(stream(), only_video, part=True).difference


def part(tags, first_video, last_video, first_audio, last_audio):
    chosen = {VIDEO: range(first_video, last_video), AUDIO: range(first_audio, last_audio)}
    seen = {VIDEO: -1, AUDIO: -1}
    kept = []
    for tag in tags:
        if tag.is_frame():
            seen[tag.type] += 1
            if seen[tag.type] not in chosen[tag.type]:
                continue
        kept.append(tag)
    return kept


def test_a_part_is_equal_only_when_a_part_is_asked_for():
    received = part(stream(), 5, 9, 10, 17)
    assert not flv.compare(stream(), received)
    result = flv.compare(stream(), received, part=True)
    assert result and result.first == {"video": 5, "audio": 10}
    assert result.frames == {"video": 4, "audio": 7}


def test_a_gap_in_a_part_is_found():
    received = part(stream(), 5, 10, 10, 20)
    del received[index_of(received, VIDEO, 2)]
    assert "1 video frame missing" in flv.compare(stream(), received, part=True).difference


def test_a_part_of_a_track_of_equal_bodies_is_placed_by_the_other_tracks_offset():
    silent = [Tag(t.type, t.timestamp, b"\xaf\x01silence")
              if t.type == AUDIO and t.is_frame() else t for t in stream()]
    result = flv.compare(silent, part(silent, 5, 10, 10, 20), part=True)
    assert result and result.first == {"video": 5, "audio": 10}


def test_a_file_written_is_read_back():
    tags = [Tag(VIDEO, 0xFEDCBA98, b"body"), Tag(AUDIO, 1, b"")]
    assert flv.parse(flv.write(tags)) == flv.Flv(tags)


def test_the_bytes_of_a_tag_are_those_of_the_format():
    data = bytes.fromhex("464c5601050000000900000000" "0900000301020304000000" "170200" "0000000e")
    assert flv.parse(data) == flv.Flv([Tag(VIDEO, 0x04010203, b"\x17\x02\x00")])


@pytest.mark.parametrize("cut, said", [(1, "truncated in tag 32"),
                                       (14, "truncated in the header of tag 32"),
                                       (0, None)])
def test_truncation_is_detected(cut, said):
    data = flv.write(stream())
    parsed = flv.parse(data[:len(data) - cut])
    assert (parsed.damage or "").startswith(said or "")
    assert (parsed.damage is None) == (said is None)


def test_a_wrong_back_pointer_is_detected():
    data = bytearray(flv.write(stream()))
    data[-1] ^= 1
    assert "back pointer" in flv.parse(bytes(data)).damage


@pytest.mark.parametrize("data", [b"", b"FLV", b"\x89PNG\r\n\x1a\n" + bytes(20)])
def test_what_is_no_flv_file_is_refused(data):
    assert flv.parse(data).damage


def test_a_damaged_file_never_compares_equal(tmp_path):
    whole, cut = tmp_path / "whole.flv", tmp_path / "cut.flv"
    whole.write_bytes(flv.write(stream()))
    cut.write_bytes(flv.write(stream())[:-3])
    assert "truncated" in flv.compare_files(whole, cut).difference
    assert flv.compare_files(whole, cut, part=True)
    assert flv.main([str(whole), str(cut)]) == 1
    assert flv.main([str(whole), str(whole)]) == 0
