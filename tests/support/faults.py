"""Servers that misbehave, each in one known way, on a free loopback port.

All are context managers with `.port` and `.url(app, name)`. Those that speak RTMP are MiniRtmp
servers with a Script, so a test can still ask what the client did to them.
"""

from __future__ import annotations

import socket
import struct

from mini_rtmp import MiniRtmp, Script
from processes import free_port

TCP_ESTABLISHED = 1  # of struct tcp_info
MAX_FILLERS = 8


def silent_acceptor() -> MiniRtmp:
    """Accepts, reads, never answers."""
    return MiniRtmp(Script(answer_until="accept"))


def handshake_only() -> MiniRtmp:
    """Completes the handshake, then reads and never answers."""
    return MiniRtmp(Script(answer_until="handshake"))


def drip_feed(seconds_per_byte: float = 0.2) -> MiniRtmp:
    """Answers correctly, one byte at a time: the handshake alone takes ten minutes."""
    return MiniRtmp(Script(drip_seconds=seconds_per_byte))


def close_after_accept() -> MiniRtmp:
    return MiniRtmp(Script(close_after="accept"))


def close_after_handshake() -> MiniRtmp:
    return MiniRtmp(Script(close_after="handshake"))


def reject_connect(code: str = "NetConnection.Connect.Rejected") -> MiniRtmp:
    """Answers connect with _error and `code`, then closes."""
    return MiniRtmp(Script(reject_connect=code))


def bad_name() -> MiniRtmp:
    """Answers publish with NetStream.Publish.BadName and keeps the connection."""
    return MiniRtmp(Script(publish_code="NetStream.Publish.BadName"))


def close_after_publish_start() -> MiniRtmp:
    """Says Publish.Start, then closes: how several servers refuse a wrong key."""
    return MiniRtmp(Script(close_after="publish"))


def close_after_media(count: int) -> MiniRtmp:
    """Closes once `count` bytes of media have arrived."""
    return MiniRtmp(Script(close_after="media", close_after_media_bytes=count))


def never_reads(after_bytes: int = 0) -> MiniRtmp:
    """Stops reading once `after_bytes` have arrived, with a small receive buffer."""
    return MiniRtmp(Script(stop_reading_after=after_bytes, receive_buffer=16384))


def garbage(after: str = "accept") -> MiniRtmp:
    """Sends 4096 bytes of nonsense after "accept", "handshake" or "publish"."""
    return MiniRtmp(Script(garbage_after=after))


def never_acknowledges() -> MiniRtmp:
    return MiniRtmp(Script(acknowledge=False))


class _Port:
    port: int

    def url(self, app: str = "live", name: str = "stream") -> str:
        return f"rtmp://127.0.0.1:{self.port}/{app}/{name}"


class RefusedPort(_Port):
    """A port that is taken but not listened on: every connection is refused at once."""

    def __enter__(self) -> "RefusedPort":
        self._socket = socket.socket()
        self.port = free_port()
        self._socket.bind(("127.0.0.1", self.port))
        return self

    def __exit__(self, *_) -> None:
        self._socket.close()


class FullBacklog(_Port):
    """Listens with a full backlog: further SYNs stay unanswered, as behind a dead firewall."""

    def __enter__(self) -> "FullBacklog":
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port = self._listener.getsockname()[1]
        self._fillers: list[socket.socket] = []
        while len(self._fillers) < MAX_FILLERS:
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._fillers.append(filler)
            # Loopback completes a handshake within connect: not established means unanswered.
            state = struct.unpack("B", filler.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1))
            if state[0] != TCP_ESTABLISHED:
                return self
        self.__exit__()
        raise RuntimeError(f"{MAX_FILLERS} connections did not fill a backlog of 0")

    def __exit__(self, *_) -> None:
        for filler in self._fillers:
            filler.close()
        self._listener.close()
