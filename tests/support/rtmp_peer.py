"""An RTMP client of a few lines, for what no ready-made program sends: independent of the SDK."""

from __future__ import annotations

import socket
import struct
import time
from typing import Any, Callable, Iterator, Optional

import amf0
from rtmp_chunks import (COMMAND, COMMAND_AMF3, HANDSHAKE_BYTES, SET_CHUNK_SIZE, USER_CONTROL,
                         ChunkReader, Input, Message, chunked)

LIMIT = 20.0  # seconds that any answer may take
CHUNK_SIZE = 65536
CONTROL, CALLS, MEDIA = 2, 3, 6  # chunk streams
PING_REQUEST, PING_RESPONSE = 6, 7


class RtmpPeer:
    """Connected to the application `app` when constructed. It reads only when it waits."""

    def __init__(self, port: int, app: str = "live", **connect: Any):
        self.socket = socket.create_connection(("127.0.0.1", port), LIMIT)
        self.socket.settimeout(LIMIT)
        source = Input(self.socket, lambda total: None)
        self.socket.sendall(b"\3" + bytes(2 * HANDSHAKE_BYTES))
        source.take(1 + 2 * HANDSHAKE_BYTES)
        self._messages = ChunkReader(source).messages()
        self._transaction = 1
        self.send_message(SET_CHUNK_SIZE, struct.pack(">I", CHUNK_SIZE), 0, CONTROL,
                          chunk_size=128)
        self.command("connect", 1, {"app": app, "tcUrl": f"rtmp://127.0.0.1:{port}/{app}",
                                    **connect})
        self.wait_status("NetConnection.Connect.Success")

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send_message(self, type_: int, body: bytes, stream_id: int = 0,
                     chunk_stream: int = CALLS, timestamp: int = 0,
                     chunk_size: int = CHUNK_SIZE) -> None:
        message = Message(type_, timestamp, stream_id, body)
        self.socket.sendall(chunked(message, chunk_stream, chunk_size))

    def command(self, *values: Any, stream_id: int = 0) -> None:
        self.send_message(COMMAND, amf0.encode_all(*values), stream_id)

    def messages(self) -> Iterator[Message]:
        """What the server sends, for LIMIT seconds; its pings are answered on the way."""
        deadline = time.monotonic() + LIMIT
        passed = []
        for message in self._messages:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"not within {LIMIT:g} s; there came (type, body) {passed}")
            passed.append((message.type, message.body.hex()))
            if message.type == USER_CONTROL and message.body[:2] == struct.pack(">H", PING_REQUEST):
                self.send_message(USER_CONTROL,
                                  struct.pack(">H", PING_RESPONSE) + message.body[2:6],
                                  chunk_stream=CONTROL)
            yield message

    def wait_command(self, wanted: Callable[[list], Optional[Any]]) -> list:
        """The next command for which `wanted` holds; those before it are passed over."""
        for message in self.messages():
            if message.type not in (COMMAND, COMMAND_AMF3):
                continue
            values = amf0.decode_all(message.body[message.type == COMMAND_AMF3:])
            if wanted(values):
                return values
        raise AssertionError("unreachable: reading ends with Ended")

    def wait_status(self, code: str) -> None:
        self.wait_command(lambda values: isinstance(values[-1], dict)
                          and values[-1].get("code") == code)

    def call(self, method: str, *arguments: Any) -> tuple[str, Any]:
        """What the server answers: "_result" or "_error", and the last value."""
        self._transaction += 1
        self.command(method, self._transaction, None, *arguments)
        answer = self.wait_command(lambda values: values[0] in ("_result", "_error")
                                   and values[1] == self._transaction)
        return answer[0], answer[-1]
