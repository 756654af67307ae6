"""RTMP chunks read and written, as the specification draws them: independent of the SDK.

The reader is strict. What a tolerant server would swallow raises ProtocolError here, so that a
defect of the client under test shows.
"""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass
from typing import Callable, Iterator, Optional

SET_CHUNK_SIZE, ABORT, ACKNOWLEDGEMENT, USER_CONTROL, WINDOW_SIZE, PEER_BANDWIDTH = range(1, 7)
AUDIO, VIDEO, DATA, COMMAND, COMMAND_AMF3 = 8, 9, 18, 20, 17
HANDSHAKE_BYTES = 1536
EXTENDED = 0xFFFFFF
RECEIVE_BYTES = 1 << 18


class ProtocolError(Exception):
    """The peer broke the named rule."""


class Ended(Exception):
    """The peer closed the connection, or the server stops."""


@dataclass
class Message:
    type: int
    timestamp: int
    stream_id: int
    body: bytes
    arrival_ns: int = 0  # time.monotonic_ns() when its last byte had been received
    first_format: int = 0  # fmt of its first chunk
    chunk_stream: int = 0


class Input:
    """Exact reads from a socket; `before_receive` is called with the bytes received so far."""

    def __init__(self, connection: socket.socket, before_receive: Callable[[int], None]):
        self.connection = connection
        self.before_receive = before_receive
        self.buffer = bytearray()
        self.at = 0
        self.total = 0
        self.arrival_ns = 0

    def take(self, count: int) -> bytes:
        while len(self.buffer) - self.at < count:
            self.before_receive(self.total)
            try:
                piece = self.connection.recv(RECEIVE_BYTES)
            except OSError as error:
                raise Ended(str(error)) from None
            if not piece:
                raise Ended("closed by the peer")
            self.arrival_ns = time.monotonic_ns()
            del self.buffer[:self.at]
            self.at = 0
            self.buffer += piece
            self.total += len(piece)
        taken = bytes(self.buffer[self.at:self.at + count])
        self.at += count
        return taken

    def discard(self) -> None:
        """Reads and forgets everything until the peer closes."""
        while True:
            self.take(len(self.buffer) - self.at + 1)
            self.at = len(self.buffer)


@dataclass
class _ChunkStream:
    timestamp: int = 0
    delta: int = 0
    length: int = 0
    type: int = 0
    stream_id: int = 0
    extended: bool = False
    first_format: int = 0
    partial: Optional[bytearray] = None


class ChunkReader:
    def __init__(self, source: Input):
        self.source = source
        self.chunk_size = 128
        self.streams: dict[int, _ChunkStream] = {}

    def _basic_header(self) -> tuple[int, int]:
        first = self.source.take(1)[0]
        chunk_stream = first & 0x3F
        if chunk_stream == 0:
            chunk_stream = 64 + self.source.take(1)[0]
        elif chunk_stream == 1:
            low, high = self.source.take(2)
            chunk_stream = 64 + low + 256 * high
        return first >> 6, chunk_stream

    def _message_header(self, form: int, chunk_stream: int, stream: _ChunkStream) -> None:
        begins = stream.partial is None
        if not begins and form != 3:
            raise ProtocolError(f"chunk stream {chunk_stream}: fmt {form} inside a message")
        if form == 3:
            field = int.from_bytes(self.source.take(4), "big") if stream.extended else None
            if begins:
                stream.timestamp = (stream.timestamp + stream.delta) & 0xFFFFFFFF
            elif field is not None and field not in (stream.timestamp, stream.delta):
                raise ProtocolError(f"chunk stream {chunk_stream}: extended timestamp {field} on a "
                                    f"continuation of a message at {stream.timestamp}")
            return
        header = self.source.take((11, 7, 3)[form])
        field = int.from_bytes(header[:3], "big")
        if form < 2:
            stream.length = int.from_bytes(header[3:6], "big")
            stream.type = header[6]
        if form == 0:
            stream.stream_id = int.from_bytes(header[7:11], "little")
        stream.extended = field == EXTENDED
        if stream.extended:
            field = int.from_bytes(self.source.take(4), "big")
        stream.timestamp = field if form == 0 else (stream.timestamp + field) & 0xFFFFFFFF
        stream.delta = field

    def _chunk(self) -> Optional[Message]:
        form, chunk_stream = self._basic_header()
        if chunk_stream not in self.streams and form != 0:
            raise ProtocolError(f"chunk stream {chunk_stream} begins with fmt {form}")
        stream = self.streams.setdefault(chunk_stream, _ChunkStream())
        self._message_header(form, chunk_stream, stream)
        if stream.partial is None:
            stream.partial = bytearray()
            stream.first_format = form
        stream.partial += self.source.take(
            min(self.chunk_size, stream.length - len(stream.partial)))
        if len(stream.partial) < stream.length:
            return None
        body, stream.partial = bytes(stream.partial), None
        return Message(stream.type, stream.timestamp, stream.stream_id, body,
                       self.source.arrival_ns, stream.first_format, chunk_stream)

    def messages(self) -> Iterator[Message]:
        """Every message until the peer ends; chunk-size changes and aborts are obeyed too."""
        while True:
            message = self._chunk()
            if message is None:
                continue
            if message.type == SET_CHUNK_SIZE:
                size = int.from_bytes(message.body, "big")
                if len(message.body) != 4 or not 1 <= size <= 0xFFFFFF:
                    raise ProtocolError(f"chunk size {message.body.hex()}")
                self.chunk_size = size
            elif message.type == ABORT:
                aborted = self.streams.get(int.from_bytes(message.body, "big"))
                if aborted is not None:
                    aborted.partial = None
            yield message


def chunked(message: Message, chunk_stream: int, chunk_size: int) -> bytes:
    """One message: a fmt-0 chunk, then fmt-3 chunks. Chunk stream ids up to 63."""
    extended = message.timestamp >= EXTENDED
    tail = struct.pack(">I", message.timestamp) if extended else b""
    out = bytearray([chunk_stream])
    out += min(message.timestamp, EXTENDED).to_bytes(3, "big")
    out += len(message.body).to_bytes(3, "big") + bytes([message.type])
    out += message.stream_id.to_bytes(4, "little") + tail
    for at in range(0, max(len(message.body), 1), chunk_size):
        if at > 0:
            out += bytes([0xC0 | chunk_stream]) + tail
        out += message.body[at:at + chunk_size]
    return bytes(out)
