"""Frame hashes by libavformat: an independent reader for streams that were muxed anew.

One hash per packet of a track, over the bare codec data: sequence headers, metadata and container
bytes do not count, timestamps are not compared.
"""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from processes import run

LIMIT = 60.0  # seconds to hash one file


def read(path: Path) -> dict[str, list[str]]:
    """{"video": [hash, ...], "audio": [...]} of a framemd5 file."""
    media: dict[str, str] = {}
    hashes: dict[str, list[str]] = {}
    for line in Path(path).read_text().splitlines():
        if line.startswith("#media_type"):
            number, kind = line.removeprefix("#media_type").split(":")
            media[number.strip()] = kind.strip()
            hashes[kind.strip()] = []
        elif line and not line.startswith("#"):
            fields = [field.strip() for field in line.split(",")]
            hashes[media[fields[0]]].append(fields[5])
    return hashes


def of(source: Path, directory: Path) -> dict[str, list[str]]:
    """The hashes of a media file."""
    output = Path(directory) / f"{Path(source).name}.framemd5"
    run("framemd5", ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-y", "-i",
                     str(source), "-map", "0", "-c", "copy", "-f", "framemd5", str(output)],
        directory, LIMIT)
    return read(output)


def difference(source: dict[str, list[str]], received: dict[str, list[str]]) -> Optional[str]:
    """None when every track is equal, else the first difference in one sentence."""
    if source.keys() != received.keys():
        return f"tracks differ: {sorted(source)} in the source, {sorted(received)} received"
    for kind, want in source.items():
        got = received[kind]
        at = next((i for i, pair in enumerate(zip(want, got)) if pair[0] != pair[1]), None)
        if at is not None:
            return f"{kind} frame {at} of {len(want)} differs"
        if len(want) != len(got):
            return f"{len(got)} {kind} frames received, the source has {len(want)}"
    return None
