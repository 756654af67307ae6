"""Real RTMP servers and players that are not ours: nginx-rtmp, node-media-server, ffmpeg, rtmpdump.

Each server is a context manager: on entering it is listening (read from the kernel's table, never
by a probing connection), on leaving it has ended. Ports are free ones of 127.0.0.1.

What test_peers_selfcheck.py measured with ffmpeg as publisher stands in each class's docstring.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Optional, Sequence

import flv
from processes import (REPOSITORY, START_LIMIT, Process, free_port, require_program, run,
                       started, wait_until)

# Licences: node-media-server Apache 2.0, rtmp-client ISC.
NPM_PACKAGES = {"node-media-server": "4.4.3", "rtmp-client": "1.6.3"}
NGINX_RTMP_MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so"
INSTALL_LIMIT = 180.0  # seconds for npm install
PROBE_MICROSECONDS = 500_000  # ffmpeg looks at a stream this long before it writes
SILENCE_MICROSECONDS = 3_000_000  # after which ffmpeg takes a stream for ended
CAPTURE_LIMIT = 20.0  # seconds
TAIL_BYTES = 1 << 20  # of a capture: where its last frames must be


class Server:
    """A peer that is one process listening on `port`."""

    start_limit = START_LIMIT

    def __init__(self, directory: Path):
        self.directory = Path(directory)
        self.port = 0
        self.process: Optional[Process] = None

    def _argv(self) -> Sequence[str]:
        raise NotImplementedError

    def url(self, app: str = "live", name: str = "stream") -> str:
        return f"rtmp://127.0.0.1:{self.port}/{app}/{name}"

    def __enter__(self):
        self.port = free_port()
        self._start()
        return self

    def restart(self) -> None:
        """Starts it again at the same port, after it has ended."""
        started.remove(self.process)
        self._start()

    def _start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.process = Process(type(self).__name__.lower(), self._argv(), self.directory)
        try:
            self.process.wait_listening(self.port, self.start_limit)
        except BaseException:
            self.process.stop()
            raise

    def __exit__(self, *_) -> None:
        self.process.stop()

    def freeze(self) -> None:
        """Stops the process in its tracks (SIGSTOP): its sockets stay open, nothing is read."""
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self.process.stop(signal.SIGKILL)


class NginxRtmp(Server):
    """Debian's nginx with the rtmp module, one process, live applications `apps`.

    Measured: a recording holds every frame and no metadata; the audio header stands in it twice;
    its timestamps are rebased so that the first message, usually a sequence header, is at 0. A
    player that waits before the publisher comes gets every frame with the publisher's timestamps,
    and metadata of nginx's own; one that joins later gets video from the next key frame on.
    """

    def __init__(self, directory: Path, apps: Sequence[str] = ("live",), record: bool = True,
                 extra: str = "", chunk_size: int = 4096):
        super().__init__(directory)
        self.apps = list(apps)
        self.record = record
        self.extra = extra  # further lines for each application
        self.chunk_size = chunk_size

    def _argv(self) -> Sequence[str]:
        if not Path(NGINX_RTMP_MODULE).exists():
            raise RuntimeError(f"the tests need {NGINX_RTMP_MODULE} (libnginx-mod-rtmp)")
        blocks = "\n".join(self._application(app) for app in self.apps)
        user = "user root;" if os.geteuid() == 0 else ""
        config = self.directory / "nginx.conf"
        config.write_text(
            f"load_module {NGINX_RTMP_MODULE};\n{user}\ndaemon off;\nmaster_process off;\n"
            f"pid {self.directory}/nginx.pid;\nerror_log stderr notice;\n"
            "events { worker_connections 1024; }\n"
            f"rtmp {{ server {{\n    listen 127.0.0.1:{self.port};\n    access_log off;\n"
            f"    chunk_size {self.chunk_size};\n{blocks}\n}} }}\n")
        return ["nginx", "-e", "stderr", "-p", str(self.directory), "-c", str(config)]

    def _application(self, app: str) -> str:
        record = "record off;"
        if self.record:
            folder = self.directory / "recordings" / app
            folder.mkdir(parents=True, exist_ok=True)
            record = f"record all; record_path {folder}; record_suffix -%s.flv;"
        return f"    application {app} {{ live on; {record}\n{self.extra}\n    }}"

    def recordings(self, app: str = "live", name: str = "stream") -> list[Path]:
        """Recordings of the stream, oldest first: one for each time it was published."""
        pattern = re.compile(re.escape(name) + r"-\d+\.flv")
        folder = self.directory / "recordings" / app
        found = [path for path in folder.iterdir() if pattern.fullmatch(path.name)]
        return sorted(found, key=lambda path: path.stat().st_mtime)

    def recording(self, app: str = "live", name: str = "stream", limit: float = 10.0) -> Path:
        """The newest recording of the stream, complete: waits until nginx has closed it."""
        wait_until(lambda: self.recordings(app, name), limit, f"nginx recording {app}/{name}")
        path = self.recordings(app, name)[-1]
        self.process.wait_closed(path, limit)
        return path


def install_npm_packages() -> None:
    """Installs NPM_PACKAGES into build/node_modules, unless they are there."""
    try:
        for name in NPM_PACKAGES:
            npm_package(name)
    except RuntimeError:
        build = REPOSITORY / "build"
        run("npm-install",
            ["npm", "install", "--prefix", str(build), "--no-save", "--ignore-scripts",
             "--no-audit", "--no-fund", *map("@".join, NPM_PACKAGES.items())], build, INSTALL_LIMIT)


def npm_package(name: str) -> Path:
    """Where the package is installed."""
    package = REPOSITORY / "build" / "node_modules" / name
    manifest = package / "package.json"
    version = json.loads(manifest.read_text())["version"] if manifest.exists() else "missing"
    if version != NPM_PACKAGES[name]:
        raise RuntimeError(f"{package} is {version}, the tests need {NPM_PACKAGES[name]}: "
                           f"run tests/run.sh, or {Path(__file__).name} install")
    return package


class NodeMediaServer(Server):
    """npm's node-media-server, recording everything. It accepts any application name.

    Measured: a recording holds every frame, the publisher's own timestamps, each sequence header
    once, and the publisher's metadata with '@setDataFrame' still in front, which players get like
    that too. A publisher that leaves is kept for 30 s in case it returns, and its recording stays
    open all that time: a recording is complete only when the server has been told to end.
    """

    def _argv(self) -> Sequence[str]:
        script = self.directory / "server.js"
        config = {"bind": "127.0.0.1", "rtmp": {"port": self.port},
                  "record": {"path": str(self.directory / "recordings")},
                  "store": {"path": str(self.directory / "store")}}
        script.write_text(
            f"const Server = require({json.dumps(str(npm_package('node-media-server')))});\n"
            f"const server = new Server({json.dumps(config)});\n"
            "server.run();\n"
            "process.once('SIGTERM', () => server.stop());\n")
        return [require_program("node"), str(script)]

    def wait_unpublished(self, app: str, name: str, limit: float = 10.0) -> None:
        """Until every publisher of the stream has been read to its end."""
        def unpublished() -> bool:
            log = self.process.log_path.read_text()
            pattern = rf"RTMP session (\S+) \S+ start push /{app}/{name}\n"
            sessions = re.findall(pattern, log)
            return bool(sessions) and all(f"RTMP session {s} close\n" in log for s in sessions)

        wait_until(unpublished, limit, f"node-media-server ending the stream /{app}/{name}")

    def recording(self, app: str = "live", name: str = "stream") -> Path:
        """Stops the server, which completes its files, and returns the newest one of the stream."""
        self.wait_unpublished(app, name)
        self.process.stop()
        folder = self.directory / "recordings" / app / name
        found = sorted(folder.glob("*.flv")) if folder.exists() else []
        if not found:
            raise RuntimeError(f"node-media-server recorded nothing in {folder}:\n"
                               f"{self.process.log()}")
        return found[-1]


class Recorder(Server):
    """mini_rtmp.py as a process of its own: it can be frozen and killed, and what it has received
    until then is on disk. The kernel may take many megabytes for a frozen one, a whole clip,
    unless its receive buffer (in bytes) is bounded."""

    def __init__(self, directory: Path, receive_buffer: int = 256 * 1024):
        super().__init__(directory)
        self.receive_buffer = receive_buffer

    def _argv(self) -> Sequence[str]:
        return [sys.executable, str(Path(__file__).with_name("mini_rtmp.py")),
                "--port", str(self.port), "--record", str(self.directory / "recordings"),
                "--receive-buffer", str(self.receive_buffer)]

    def recording(self, app: str = "live", name: str = "stream") -> Path:
        """The FLV file so far; a server killed while writing may leave half a tag at its end."""
        return self.directory / "recordings" / f"{app}-{name}.flv"

    def arrivals(self, app: str = "live", name: str = "stream") -> list[tuple[int, int, int]]:
        """(message type, timestamp, time.monotonic_ns() of arrival) of each message so far."""
        text = self.recording(app, name).with_suffix(".times").read_text()
        whole = text[:text.rfind("\n") + 1].splitlines()  # a kill may have cut the last line
        return [(int(kind), int(stamp), int(at)) for kind, stamp, at in map(str.split, whole)]


class FfmpegListen(Server):
    """`ffmpeg -listen 1`: serves one publisher, then ends. `form` is "flv" or "framemd5".

    Measured: it keeps bodies and timestamps and makes its own metadata. When the publisher closes
    while much is still unread, its next answer fails with "Broken pipe" and the unread rest is
    lost: a publisher must not outrun it, nor close before everything has been read.
    """

    def __init__(self, directory: Path, app: str = "live", name: str = "stream",
                 form: str = "framemd5"):
        super().__init__(directory)
        self.app = app
        self.name = name
        self.form = form
        self.output = self.directory / f"received.{form}"

    def _argv(self) -> Sequence[str]:
        return ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "warning", "-y", "-listen", "1",
                "-i", self.url(self.app, self.name), "-map", "0", "-c", "copy", "-copyts",
                "-f", self.form, str(self.output)]

    def received(self, limit: float = 10.0) -> Path:
        """What the publisher sent, once it has gone and ffmpeg has ended."""
        code = self.process.wait(limit)
        if code != 0:
            raise RuntimeError(f"ffmpeg -listen ended with {code}:\n{self.process.log()}")
        return self.output


def ffmpeg_publish(source: Path, url: str, directory: Path, pace: bool = True,
                   name: str = "ffmpeg-publish") -> Process:
    """ffmpeg publishing `source` without re-encoding, in real time unless told otherwise."""
    return Process(name, ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "warning",
                          *(["-re"] if pace else []), "-i", str(source), "-map", "0", "-c", "copy",
                          "-f", "flv", "-flvflags", "no_duration_filesize", url], directory)


class Player(Process):
    """A program that writes a live stream to the FLV file `output`."""

    def __init__(self, name: str, argv: Sequence[str], output: Path, directory: Path,
                 playing: bytes, stdout=None):
        super().__init__(name, argv, directory, stdout=stdout)
        self.output = Path(output)
        self.playing = playing  # what it logs when it asks to play

    def wait_playing(self, limit: float = START_LIMIT) -> None:
        """Until it has asked to play: what is published from now on reaches it from the start."""
        wait_until(lambda: self.playing in self.log_path.read_bytes(), limit,
                   f"{self.name} playing")

    def capture(self, source: Path, limit: float = CAPTURE_LIMIT) -> Path:
        """The file, complete: holding the last frame of each track of `source`, player ended."""
        raise NotImplementedError


class RtmpDump(Player):
    """rtmpdump.

    Measured: it does not end when the publisher leaves, neither behind nginx-rtmp nor behind
    node-media-server. It keeps bodies and timestamps; it leaves out metadata with '@setDataFrame'
    in front, and AVC's end-of-sequence marker.
    """

    def __init__(self, url: str, output: Path, directory: Path, name: str = "rtmpdump"):
        with open(output, "wb") as file:  # its own -o is buffered
            super().__init__(name, ["stdbuf", "-o0", "rtmpdump", "-r", url, "-o", "-", "--live",
                                    "--timeout", "60"], output, directory,
                             b"Starting Live Stream", file)

    def capture(self, source: Path, limit: float = CAPTURE_LIMIT) -> Path:
        last = {tag.type: tag.body for tag in flv.parse(source).tags if tag.is_frame()}

        def arrived() -> bool:
            with open(self.output, "rb") as file:
                file.seek(max(0, self.output.stat().st_size - TAIL_BYTES))
                tail = file.read()
            return all(body in tail for body in last.values())

        wait_until(arrived, limit, f"{self.name} receiving the last frames of {source.name}", 0.05)
        self.stop(signal.SIGINT)
        return self.output


class FfmpegPlay(Player):
    """ffmpeg, writing without re-encoding.

    Measured: it writes nothing until it has probed the stream, and leaves out a track that came
    later than that. Joining nginx-rtmp late, video comes at the next key frame only: let it wait
    for the publisher, or probe for longer than a group of pictures. Its muxer holds the last frame
    back until it ends, and one SIGINT does not end a read: some seconds of silence end it.
    """

    def __init__(self, url: str, output: Path, directory: Path, name: str = "ffmpeg-play"):
        super().__init__(
            name, ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "debug", "-y",
                   "-rw_timeout", str(SILENCE_MICROSECONDS),
                   "-analyzeduration", str(PROBE_MICROSECONDS), "-rtmp_live", "live", "-i", url,
                   "-map", "0", "-c", "copy", "-copyts", "-f", "flv", str(output)],
            output, directory, b"Sending play command")

    def capture(self, source: Path, limit: float = CAPTURE_LIMIT) -> Path:
        self.wait(limit)
        return self.output


if __name__ == "__main__":
    if sys.argv[1:] != ["install"]:
        sys.exit("usage: peers.py install   (installs what comes from npm)")
    install_npm_packages()
