#!/usr/bin/env python3
"""FLV files read by a parser of the tests' own, and two streams compared message by message.

`compare` answers the question every fan-out test asks: did this server get what was published?
Per track (audio, video) the message bodies must be equal and in order, and all timestamps of both
tracks must differ from the source by ONE constant. Left out on both sides: sequence headers that
repeat the one in force, metadata, and AVC's end-of-sequence marker. Servers add and remove those.

    flv.py SOURCE RECEIVED [--part]     compares; exit code 0 when equal, 1 when not
    flv.py --list FILE                  one line per tag
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable, Optional, Sequence, Union

AUDIO, VIDEO, DATA = 8, 9, 18
TRACK_NAMES = {AUDIO: "audio", VIDEO: "video"}
TAG_HEADER_BYTES = 11
FILE_HEADER_BYTES = 13  # with the first back pointer
MAX_TIMESTAMP = 1 << 32


@dataclass(frozen=True)
class Tag:
    type: int
    timestamp: int  # milliseconds, 32 bits
    body: bytes

    def is_sequence_header(self) -> bool:
        if len(self.body) < 2:
            return False
        first, second = self.body[0], self.body[1]
        if self.type == AUDIO:
            kind = first >> 4
            return (kind == 10 and second == 0) or (kind == 9 and first & 0x0F == 0)
        if self.type == VIDEO:
            if first & 0x80:  # Enhanced RTMP: the low bits are the packet type
                return first & 0x0F == 0
            return first & 0x0F in (7, 12) and second == 0
        return False

    def is_end_of_sequence(self) -> bool:
        if self.type != VIDEO or len(self.body) < 2:
            return False
        first, second = self.body[0], self.body[1]
        return first & 0x0F == 2 if first & 0x80 else first & 0x0F in (7, 12) and second == 2

    def is_key_frame(self) -> bool:
        return self.type == VIDEO and len(self.body) > 0 and (self.body[0] >> 4) & 0x07 == 1

    def is_frame(self) -> bool:
        return (self.type in TRACK_NAMES and len(self.body) > 0 and not self.is_sequence_header()
                and not self.is_end_of_sequence())


@dataclass
class Flv:
    tags: list[Tag]
    damage: Optional[str] = None  # the first rule the file breaks, truncation included


def parse(source: Union[str, Path, bytes]) -> Flv:
    """All whole tags of a file (or its bytes); `damage` says why reading stopped before the end."""
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    if len(data) < FILE_HEADER_BYTES:
        return Flv([], f"{len(data)} bytes, an FLV file has at least {FILE_HEADER_BYTES}")
    if data[:4] != b"FLV\x01" or int.from_bytes(data[5:9], "big") != 9:
        return Flv([], f"no FLV header: {data[:9].hex()}")
    tags: list[Tag] = []
    at = FILE_HEADER_BYTES
    while at < len(data):
        if at + TAG_HEADER_BYTES > len(data):
            return Flv(tags, f"truncated in the header of tag {len(tags)} at byte {at}")
        size = int.from_bytes(data[at + 1:at + 4], "big")
        end = at + TAG_HEADER_BYTES + size
        if end + 4 > len(data):
            return Flv(tags, f"truncated in tag {len(tags)} at byte {at}: needs "
                             f"{end + 4 - len(data)} more bytes")
        back = int.from_bytes(data[end:end + 4], "big")
        if back != TAG_HEADER_BYTES + size:
            return Flv(tags, f"tag {len(tags)} at byte {at}: back pointer {back}, "
                             f"expected {TAG_HEADER_BYTES + size}")
        timestamp = int.from_bytes(data[at + 4:at + 7], "big") | data[at + 7] << 24
        tags.append(Tag(data[at] & 0x1F, timestamp, data[at + TAG_HEADER_BYTES:end]))
        at = end + 4
    return Flv(tags)


def write(tags: Iterable[Tag]) -> bytes:
    """The bytes of an FLV file with these tags."""
    out = bytearray(b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00")
    for tag in tags:
        low = tag.timestamp & 0xFFFFFF
        out += bytes([tag.type]) + len(tag.body).to_bytes(3, "big") + low.to_bytes(3, "big")
        out += bytes([tag.timestamp >> 24 & 0xFF]) + b"\0\0\0" + tag.body
        out += (TAG_HEADER_BYTES + len(tag.body)).to_bytes(4, "big")
    return bytes(out)


@dataclass
class Comparison:
    """`difference` is None when equal, else the first difference in one sentence."""

    difference: Optional[str] = None
    offset: Optional[int] = None  # received minus source timestamp, milliseconds
    frames: dict[str, int] = field(default_factory=dict)  # compared, per track
    first: dict[str, int] = field(default_factory=dict)  # source index of the first one received
    repeated_headers: int = 0

    def __bool__(self) -> bool:
        return self.difference is None

    def __str__(self) -> str:
        if self.difference is not None:
            return "DIFFERENT: " + self.difference
        counts = ", ".join(f"{n} {name} from frame {self.first[name]}"
                           for name, n in self.frames.items())
        return (f"equal: {counts}; timestamp offset {self.offset} ms; "
                f"{self.repeated_headers} repeated headers")


def _describe(track: str, index: int, tag: Tag) -> str:
    digest = hashlib.sha256(tag.body).hexdigest()[:12]
    return f"{track} frame {index} ({tag.timestamp} ms, {len(tag.body)} bytes, {digest})"


def _explain(track: str, at: int, source: Sequence[Tag], received: Sequence[Tag]) -> str:
    """Why received[at] is not source[at]; both lists start at the same frame."""
    got, want = received[at], source[at]
    where = next((i for i, tag in enumerate(source) if i > at and tag.body == got.body), None)
    rest = {tag.body for tag in received[at:at + (where or at) - at + 1]}
    if where is not None and any(tag.body in rest for tag in source[at:where]):
        return (f"wrong order: in place of {_describe(track, at, want)} came frame {where}, "
                "and the missing one later")
    if where is not None:
        count = where - at
        return (f"{count} {track} frame{'s' if count > 1 else ''} missing, the first is "
                f"{_describe(track, at, want)}")
    if any(tag.body == got.body for tag in source[:at]):
        return f"{_describe(track, at, got)} repeats an earlier frame of the source"
    return f"body differs: {_describe(track, at, want)} arrived as {_describe(track, at, got)}"


def _headers(tags: Sequence[Tag], track: int) -> tuple[list[bytes], int]:
    """The sequence headers of one track without direct repeats, and the number of repeats."""
    all_headers = [tag.body for tag in tags if tag.type == track and tag.is_sequence_header()]
    kept = [body for i, body in enumerate(all_headers) if i == 0 or body != all_headers[i - 1]]
    return kept, len(all_headers) - len(kept)


def _offset_difference(track: str, start: int, source: Sequence[Tag], received: Sequence[Tag],
                       result: Comparison, other: str) -> Optional[str]:
    for i, (want, got) in enumerate(zip(source, received)):
        offset = (got.timestamp - want.timestamp + MAX_TIMESTAMP // 2) % MAX_TIMESTAMP
        offset -= MAX_TIMESTAMP // 2
        if result.offset is None:
            result.offset = offset
        if offset != result.offset:
            return (f"timestamp of {_describe(track, start + i, want)} is off by {offset} ms, "
                    f"{other} by {result.offset} ms")
    return None


def _find_start(source: list[Tag], received: list[Tag], offset: Optional[int]) -> Optional[int]:
    """Where in the source the received frames begin: equal bodies (silence) may repeat, so the
    longest run decides, then the offset of the other track."""
    best: Optional[tuple[int, bool, int]] = None
    for i, tag in enumerate(source):
        if tag.body != received[0].body:
            continue
        run = 0
        while (run < len(received) and i + run < len(source)
               and source[i + run].body == received[run].body):
            run += 1
        rank = (run, received[0].timestamp - tag.timestamp == offset, -i)
        best = rank if best is None else max(best, rank)
    return None if best is None else -best[2]


def _compare_track(track: int, source: list[Tag], received: list[Tag], part: bool,
                   result: Comparison) -> Optional[str]:
    name = TRACK_NAMES[track]
    start = 0
    if part and received:
        found = _find_start(source, received, result.offset)
        if found is None:
            return f"the first received {_describe(name, 0, received[0])} is not in the source"
        start = found
        source = source[start:]
    result.first[name] = start
    for at in range(min(len(source), len(received))):
        if source[at].body != received[at].body:
            return _explain(name, at, source, received)
    if len(received) > len(source):
        return (f"{len(received) - len(source)} {name} frames more than the source, the first is "
                f"{_describe(name, len(source), received[len(source)])}")
    if len(received) < len(source) and not part:
        return (f"the last {len(source) - len(received)} of {len(source)} {name} frames are "
                f"missing, from {_describe(name, len(received), source[len(received)])} on")
    result.frames[name] = len(received)
    other = f"the {name} frames before it" if not result.frames.keys() - {name} else "earlier ones"
    return _offset_difference(name, start, source, received, result, other)


def compare(source: Sequence[Tag], received: Sequence[Tag], part: bool = False) -> Comparison:
    """Compares two streams; with `part` the received one may start late and end early.

    Even then every track must be a run of the source without a gap.
    """
    result = Comparison()
    for track in (VIDEO, AUDIO):
        name = TRACK_NAMES[track]
        want, _ = _headers(source, track)
        got, repeats = _headers(received, track)
        result.repeated_headers += repeats
        if want != got:
            result.difference = (f"{name} sequence headers differ: the source has "
                                 f"{[h.hex()[:40] for h in want]}, received "
                                 f"{[h.hex()[:40] for h in got]}")
            return result
        source_frames = [t for t in source if t.type == track and t.is_frame()]
        received_frames = [t for t in received if t.type == track and t.is_frame()]
        if part and source_frames and not received_frames:
            result.difference = f"no {name} frame received"
            return result
        result.difference = _compare_track(track, source_frames, received_frames, part, result)
        if result.difference is not None:
            return result
    return result


def compare_files(source: Path, received: Path, part: bool = False) -> Comparison:
    """As `compare`; a damaged file is a difference (with `part`, a cut last tag is not)."""
    parsed = []
    for path in (source, received):
        content = parse(path)
        cut = content.damage is not None and content.damage.startswith("truncated")
        if content.damage is not None and not (part and cut and path is received):
            return Comparison(f"{path}: {content.damage}")
        parsed.append(content.tags)
    return compare(parsed[0], parsed[1], part)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="list the tags of one file")
    parser.add_argument("--part", action="store_true", help="late start and early end are fine")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    if options.list:
        content = parse(options.files[0])
        for tag in content.tags:
            print(f"{tag.timestamp:10d} {tag.type:3d} {len(tag.body):8d} {tag.body[:12].hex()}"
                  f"{' header' if tag.is_sequence_header() else ''}")
        print(content.damage or "complete")
        return 0 if content.damage is None else 1
    if len(options.files) != 2:
        parser.error("give the source and the received file")
    result = compare_files(options.files[0], options.files[1], options.part)
    print(result)
    return 0 if result else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
