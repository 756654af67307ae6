"""A publisher of a few lines that asks for a recording: ffmpeg and librtmp publish live only."""

from __future__ import annotations

import socket
import struct

import amf0
import flv
from rtmp_chunks import (COMMAND, HANDSHAKE_BYTES, SET_CHUNK_SIZE, ChunkReader, Input, Message,
                         chunked)

LIMIT = 20.0  # seconds that any answer may take
CHUNK_SIZE = 65536
CONTROL, CALLS, MEDIA = 2, 3, 6  # chunk streams


class RtmpPublisher:
    """Publishes `name` of the application "live" as `mode` says; connected when constructed."""

    def __init__(self, port: int, name: str, mode: str):
        self.socket = socket.create_connection(("127.0.0.1", port), LIMIT)
        self.socket.settimeout(LIMIT)
        source = Input(self.socket, lambda total: None)
        self.socket.sendall(b"\3" + bytes(2 * HANDSHAKE_BYTES))
        source.take(1 + 2 * HANDSHAKE_BYTES)
        self.messages = ChunkReader(source).messages()
        self._send(SET_CHUNK_SIZE, struct.pack(">I", CHUNK_SIZE), 0, CONTROL, chunk_size=128)
        self._command("connect", 1, {"app": "live"})
        self.wait_status("NetConnection.Connect.Success")
        self._command("createStream", 2, None)
        self._command("publish", 3, None, name, mode, stream_id=1)
        self.wait_status("NetStream.Publish.Start")

    def _send(self, type_: int, body: bytes, stream_id: int, chunk_stream: int, timestamp: int = 0,
              chunk_size: int = CHUNK_SIZE) -> None:
        message = Message(type_, timestamp, stream_id, body)
        self.socket.sendall(chunked(message, chunk_stream, chunk_size))

    def _command(self, *values, stream_id: int = 0) -> None:
        self._send(COMMAND, amf0.encode_all(*values), stream_id, CALLS)

    def wait_status(self, code: str) -> None:
        for message in self.messages:
            if message.type != COMMAND:
                continue
            info = amf0.decode_all(message.body)[-1]
            if isinstance(info, dict) and info.get("code") == code:
                return

    def send(self, tag: flv.Tag) -> None:
        self._send(tag.type, tag.body, 1, MEDIA, tag.timestamp)

    def close(self) -> None:
        """Ends the publishing and waits for the end of the recording."""
        self._command("closeStream", 0, None, stream_id=1)
        self.wait_status("NetStream.Record.Stop")
        self.socket.close()
