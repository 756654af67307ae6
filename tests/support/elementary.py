"""Enhanced RTMP messages turned into streams that every decoder takes: an Annex B file of HEVC, an
OBU file of AV1, an Ogg file of Opus. Written from the specification, independent of the SDK.

ffmpeg 5.1 does not read these codecs from FLV or RTMP, but it decodes what is written here.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Iterable, Sequence

import flv
from processes import run

SEQUENCE_START, CODED_FRAMES, CODED_FRAMES_X = 0, 1, 3
START_CODE = b"\0\0\0\1"
TEMPORAL_DELIMITER = b"\x12\0"
CONFIGURATION_HEADER_BYTES = 23  # of an HEVCDecoderConfigurationRecord, before its arrays
OGG_GRANULES_PER_PACKET = 960  # 20 ms at 48 kHz, libopus's default
DECODE_LIMIT = 60.0


def packets(tags: Iterable[flv.Tag], track: int, fourcc: str) -> tuple[bytes, list[bytes]]:
    """(the configuration record, the frames) of a track; every packet of it must be enhanced."""
    record, frames = b"", []
    for tag in tags:
        if tag.type != track or not tag.body:
            continue
        first = tag.body[0]
        enhanced = first & 0x80 if track == flv.VIDEO else first >> 4 == 9
        if not enhanced or tag.body[1:5] != fourcc.encode():
            raise ValueError(f"no {fourcc} message: {tag.body[:8].hex()}")
        body = tag.body[5:]
        if first & 0x0F == SEQUENCE_START:
            record = body
        elif first & 0x0F == CODED_FRAMES:
            frames.append(body[3:] if fourcc == "hvc1" else body)  # composition time first
        elif first & 0x0F == CODED_FRAMES_X and track == flv.VIDEO:
            frames.append(body)
    return record, frames


def annex_b(record: bytes, frames: Sequence[bytes]) -> bytes:
    """HEVC: the parameter sets, then every NAL unit, with start codes."""
    length_bytes = (record[21] & 3) + 1
    out, at = bytearray(), CONFIGURATION_HEADER_BYTES
    for _ in range(record[22]):
        count = int.from_bytes(record[at + 1:at + 3], "big")
        at += 3
        for _ in range(count):
            size = int.from_bytes(record[at:at + 2], "big")
            out += START_CODE + record[at + 2:at + 2 + size]
            at += 2 + size
    for frame in frames:
        at = 0
        while at < len(frame):
            size = int.from_bytes(frame[at:at + length_bytes], "big")
            at += length_bytes
            out += START_CODE + frame[at:at + size]
            at += size
    return bytes(out)


def obus(record: bytes, frames: Sequence[bytes]) -> bytes:
    """AV1: the sequence header of the record, then every temporal unit behind a delimiter."""
    return TEMPORAL_DELIMITER + record[4:] + b"".join(TEMPORAL_DELIMITER + f for f in frames)


def _ogg_page(body: bytes, serial: int, kind: int, granule: int) -> bytes:
    segments = bytes([255] * (len(body) // 255) + [len(body) % 255])
    page = bytearray(b"OggS\0" + bytes([kind]) + struct.pack("<qIII", granule, 1, serial, 0)
                     + bytes([len(segments)]) + segments + body)
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    page[22:26] = struct.pack("<I", crc)
    return bytes(page)


def ogg(record: bytes, frames: Sequence[bytes]) -> bytes:
    """Opus: one packet per page."""
    tags = b"OpusTags" + struct.pack("<II", 0, 0)
    pages = [_ogg_page(record, 0, 2, 0), _ogg_page(tags, 1, 0, 0)]
    for i, frame in enumerate(frames):
        last = 4 if i + 1 == len(frames) else 0
        pages.append(_ogg_page(frame, i + 2, last, (i + 1) * OGG_GRANULES_PER_PACKET))
    return b"".join(pages)


# FourCC: (FLV tag type, how the stream is written, the demuxer that reads it)
WRITERS = {"hvc1": (flv.VIDEO, annex_b, "hevc"), "av01": (flv.VIDEO, obus, "obu"),
           "Opus": (flv.AUDIO, ogg, "ogg")}


def decoded(path: Path, stream: str, directory: Path, form: Sequence[str] = ()) -> list[str]:
    """A hash of every decoded picture, or block of samples; `stream` is "v" or "a"."""
    output = Path(directory) / f"{Path(path).name}-{stream}.framemd5"
    run("decode", ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-xerror", "-y",
                   *form, "-i", str(path), "-map", f"0:{stream}:0", "-fps_mode:v", "passthrough",
                   "-f", "framemd5", str(output)], directory, DECODE_LIMIT)
    return [line.rsplit(",", 1)[1].strip() for line in output.read_text().splitlines()
            if line and not line.startswith("#")]


def decoded_track(received: Path, fourcc: str, directory: Path) -> list[str]:
    """The same of one track of an FLV file that holds Enhanced RTMP messages."""
    track, write, form = WRITERS[fourcc]
    record, frames = packets(flv.parse(received).tags, track, fourcc)
    path = Path(directory) / f"{Path(received).stem}.{form}"
    path.write_bytes(write(record, frames))
    return decoded(path, "v" if track == flv.VIDEO else "a", directory, ["-f", form])
