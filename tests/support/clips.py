"""Test clips, made once by ffmpeg and kept in a folder of the build."""

from __future__ import annotations

import fcntl
import os
import random
from pathlib import Path
from typing import Callable

from processes import run

MAKE_LIMIT = 180.0  # seconds for one clip
VERSION = "1"  # part of every file name: a changed recipe must not find the old file

TEST_PICTURE = "testsrc2=size={size}:rate={rate}"
# Noise is hard to compress: key frames grow to 140 KB, as with a real camera.
HARD_PICTURE = TEST_PICTURE + ",noise=alls=8:allf=t"
TONE = "sine=frequency=440:sample_rate=48000:beep_factor=4"
AAC = ["-c:a", "aac", "-b:a", "128k", "-ac", "2"]


def _h264(rate: int, bitrate: str, b_frames: int, preset: str) -> list[str]:
    return ["-c:v", "libx264", "-preset", preset, "-profile:v", "high", "-pix_fmt", "yuv420p",
            "-b:v", bitrate, "-maxrate", bitrate, "-bufsize", bitrate, "-g", str(rate * 2),
            "-bf", str(b_frames)]


class Clips:
    """Every method returns the path of its clip and makes it on the first call."""

    def __init__(self, directory: Path):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)

    def _made(self, name: str, make: Callable[[Path], object]) -> Path:
        """The clip `name`; several test programs may ask for it at once."""
        path = self.directory / f"v{VERSION}-{name}"
        if path.exists():
            return path
        with open(self.directory / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                unfinished = path.with_name("unfinished-" + path.name)
                make(unfinished)
                os.replace(unfinished, path)
        return path

    def _ffmpeg(self, name: str, *arguments: str) -> Path:
        return self._made(name, lambda path: run(
            f"make-{name}", ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-y",
                             *arguments, str(path)], self.directory, MAKE_LIMIT))

    def _generated(self, name: str, picture: str, size: str, rate: int, seconds: float,
                   *codecs: str) -> Path:
        return self._ffmpeg(name, "-f", "lavfi", "-i", picture.format(size=size, rate=rate),
                            "-f", "lavfi", "-i", TONE, "-t", str(seconds), *codecs)

    def _remuxed(self, name: str, source: Path, *arguments: str) -> Path:
        return self._ffmpeg(name, "-i", str(source), "-c", "copy", *arguments)

    def full_hd_mp4(self) -> Path:
        """10 s, 1080p30 H.264 High at about 6 Mbit/s, AAC stereo 48 kHz."""
        return self._generated("1080p.mp4", HARD_PICTURE, "1920x1080", 30, 10,
                               *_h264(30, "6M", 0, "ultrafast"), "-x264-params",
                               "nal-hrd=cbr:8x8dct=1:cabac=1", *AAC)

    def full_hd(self) -> Path:
        """The same as FLV."""
        return self._remuxed("1080p.flv", self.full_hd_mp4())

    def small(self) -> Path:
        """3 s, 320x180 at 25 frames/s, H.264 without B frames, AAC."""
        return self._generated("small.flv", TEST_PICTURE, "320x180", 25, 3,
                               *_h264(25, "300k", 0, "veryfast"), *AAC)

    def small_long(self) -> Path:
        """12 s of the same picture, a key frame every 2 s: for faults in the middle."""
        return self._generated("small-long.flv", TEST_PICTURE, "320x180", 25, 12,
                               *_h264(25, "300k", 0, "veryfast"), *AAC)

    def hard_long(self) -> Path:
        """15 s, 640x360 at 30 frames/s, 4 Mbit/s: a server that does not read is felt at once."""
        return self._generated("hard-long.flv", HARD_PICTURE, "640x360", 30, 15,
                               *_h264(30, "4M", 0, "ultrafast"), *AAC)

    def b_frames(self) -> Path:
        """3 s with B frames: composition times differ from decoding times."""
        return self._generated("b-frames.flv", TEST_PICTURE, "320x180", 25, 3,
                               *_h264(25, "300k", 3, "veryfast"), *AAC)

    def b_frames_mp4(self) -> Path:
        return self._remuxed("b-frames.mp4", self.b_frames())

    def index_first_mp4(self) -> Path:
        """MP4 that can be read from its start on: cut, it is still an MP4."""
        return self._remuxed("index-first.mp4", self.small(), "-movflags", "faststart")

    def index_first(self) -> Path:
        """The same as FLV."""
        return self._remuxed("index-first.flv", self.index_first_mp4())

    def mpeg2(self) -> Path:
        """A transport stream with MPEG-2 video, which RTMP cannot carry."""
        return self._generated("mpeg2.ts", TEST_PICTURE, "320x180", 25, 1, "-c:v", "mpeg2video",
                               *AAC)

    def vorbis(self) -> Path:
        """Matroska with H.264 and Vorbis, which RTMP cannot carry either."""
        return self._remuxed("vorbis.mkv", self.small(), "-c:a", "libvorbis")

    def hevc(self) -> Path:
        """1 s of HEVC with AAC, as MP4."""
        return self._generated("hevc.mp4", TEST_PICTURE, "320x180", 25, 1, "-c:v", "libx265",
                               "-x265-params", "log-level=error", "-preset", "ultrafast", *AAC)

    def av1(self) -> Path:
        """1 s of AV1 with AAC, as MP4."""
        return self._generated("av1.mp4", TEST_PICTURE, "320x180", 25, 1, "-c:v", "libaom-av1",
                               "-cpu-used", "8", "-usage", "realtime", "-g", "10", *AAC)

    def opus(self) -> Path:
        """3 s of H.264 with Opus, as Matroska."""
        return self._remuxed("opus.mkv", self.small(), "-c:a", "libopus")

    def audio_only(self) -> Path:
        return self._remuxed("audio-only.flv", self.small(), "-vn")

    def video_only(self) -> Path:
        return self._remuxed("video-only.flv", self.small(), "-an")

    def mp3(self) -> Path:
        """3 s of H.264 with MP3 at 44.1 kHz, which has no sequence header."""
        return self._ffmpeg("mp3.flv", "-i", str(self.small()), "-c:v", "copy", "-c:a",
                            "libmp3lame", "-ar", "44100", "-b:a", "96k")

    def truncated(self) -> Path:
        """The small clip, cut inside a tag in the middle."""
        data = self.small().read_bytes()
        return self._made("truncated.flv",
                          lambda path: path.write_bytes(data[:len(data) // 2]))

    def garbage(self) -> Path:
        """64 KiB that are no media file; the same ones each time."""
        return self._made("garbage.bin",
                          lambda path: path.write_bytes(random.Random(1).randbytes(65536)))
