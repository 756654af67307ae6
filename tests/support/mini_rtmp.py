#!/usr/bin/env python3
"""A small RTMP server of the tests' own: it records what a publisher sends, and misbehaves on wish.

It keeps every media message with its body and the time it arrived, so that a test can compare
bodies and timestamps with the source and measure lateness. It never relays. A Script tells it
where to go wrong; `faults.py` gives the usual wrongs names.

In the test's process:      with MiniRtmp() as server: publish to server.url("live", "name")
As a process of its own:    mini_rtmp.py --port 1935 --record DIR   (to be stopped by signals)
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Optional

import amf0
import flv
import rtmp_chunks as rtmp
from rtmp_chunks import Ended, Message, ProtocolError

CHUNK_SIZE = 4096
WINDOW = 2_500_000
# The same in every run: the first byte is neither a version nor a chunk that could be a first one.
GARBAGE = random.Random(4).randbytes(4096)
STOP_LIMIT = 5.0  # seconds the threads may take to end


@dataclass
class Script:
    """Where this server leaves the path of virtue; the default is a correct server."""

    answer_until: Optional[str] = None  # "accept" or "handshake": silent ever after
    # "accept", "handshake", "connect", "publish", "media" or "call"
    close_after: Optional[str] = None
    close_after_media_bytes: int = 0  # for close_after="media"
    garbage_after: Optional[str] = None  # "accept", "handshake" or "publish"
    reject_connect: Optional[str] = None  # status code of the _error, then close
    connect_fields: dict[str, Any] = field(default_factory=dict)  # further ones of its answer
    publish_code: str = "NetStream.Publish.Start"
    drip_seconds: float = 0.0  # above 0: answers byte by byte, this far apart
    stop_reading_after: Optional[int] = None  # bytes received, handshake included
    receive_buffer: Optional[int] = None  # SO_RCVBUF, to make not reading felt early
    acknowledge: bool = True
    answer_fcpublish: bool = True
    ping: bool = False  # one PingRequest after Publish.Start
    # What the application's methods return; other methods are not answered, as by nginx-rtmp.
    results: dict[str, Any] = field(default_factory=dict)


class Connection:
    """One client. Fields may be read from any thread; wait for them with MiniRtmp.wait_for."""

    def __init__(self, server: "MiniRtmp", accepted: socket.socket):
        self.server = server
        self.socket = accepted
        self.input = rtmp.Input(accepted, self._before_receive)
        self.commands: list[list[Any]] = []
        self.connect_object: dict[str, Any] = {}
        self.published: Optional[str] = None
        self.unpublished = False  # FCUnpublish, closeStream or deleteStream was received
        self.pongs: list[int] = []
        self.client_chunk_size = 128
        self.media: list[Message] = []
        self.media_bytes = 0
        self.ended: Optional[str] = None  # why the connection is over
        self.error: Optional[str] = None  # the protocol rule the client broke
        self._window = 0
        self._acknowledged = 0
        self._streams = 0
        self._record = None
        self._times = None

    # -- sending -----------------------------------------------------------------------------

    def _write(self, data: bytes) -> None:
        try:
            if self.server.script.drip_seconds > 0:
                for i in range(len(data)):
                    self.socket.sendall(data[i:i + 1])
                    if self.server.stopping.wait(self.server.script.drip_seconds):
                        raise Ended("server stops")
            else:
                self.socket.sendall(data)
        except OSError as error:
            raise Ended(str(error)) from None

    def send(self, type_: int, body: bytes, stream_id: int = 0, chunk_size: int = CHUNK_SIZE):
        chunk_stream = 2 if type_ <= rtmp.PEER_BANDWIDTH else 3
        self._write(rtmp.chunked(Message(type_, 0, stream_id, body), chunk_stream, chunk_size))

    def command(self, *values: Any, stream_id: int = 0) -> None:
        self.send(rtmp.COMMAND, amf0.encode_all(*values), stream_id)

    def status(self, code: str, stream_id: int, description: str = "") -> None:
        level = "status" if code.endswith((".Start", ".Success", ".Reset")) else "error"
        self.command("onStatus", 0, None,
                     {"level": level, "code": code, "description": description or code},
                     stream_id=stream_id)

    # -- the life of a connection ------------------------------------------------------------

    def run(self) -> None:
        try:
            self._reach("accept")
            self._handshake()
            self._reach("handshake")
            for message in rtmp.ChunkReader(self.input).messages():
                self._handle(message)
        except Ended as end:
            self.ended = str(end) or "ended"
        except (ProtocolError, ValueError, IndexError, struct.error) as error:
            self.error = self.ended = f"{type(error).__name__}: {error}"
        finally:
            self.ended = self.ended or "failed"
            self.socket.close()
            for file in (self._record, self._times):
                if file is not None:
                    file.close()
            self.server.changed()

    def _reach(self, stage: str) -> None:
        """Does what the script wants done at this stage."""
        script = self.server.script
        if script.garbage_after == stage:
            self._write(GARBAGE)
            self.input.discard()
        if script.close_after == stage:
            raise Ended(f"closed by script after {stage}")
        if script.answer_until == stage:
            self.input.discard()

    def _handshake(self) -> None:
        hello = self.input.take(1 + rtmp.HANDSHAKE_BYTES)
        if hello[0] != 3:
            raise ProtocolError(f"handshake version {hello[0]}")
        own = b"\0" * 8 + os.urandom(rtmp.HANDSHAKE_BYTES - 8)
        self._write(b"\x03" + own + hello[1:])
        self.input.take(rtmp.HANDSHAKE_BYTES)

    def _handle(self, message: Message) -> None:
        if message.type in (rtmp.AUDIO, rtmp.VIDEO, rtmp.DATA):
            self._keep(message)
        elif message.type in (rtmp.COMMAND, rtmp.COMMAND_AMF3):
            body = message.body[1:] if message.type == rtmp.COMMAND_AMF3 else message.body
            values = amf0.decode_all(body)
            self.commands.append(values)
            self._answer(values, message.stream_id)
            self.server.changed()
        elif message.type == rtmp.SET_CHUNK_SIZE:
            self.client_chunk_size = int.from_bytes(message.body, "big")
        elif message.type == rtmp.WINDOW_SIZE:
            self._window = int.from_bytes(message.body, "big")
        elif message.type == rtmp.USER_CONTROL and message.body[:2] == b"\0\x07":
            self.pongs.append(int.from_bytes(message.body[2:6], "big"))
            self.server.changed()
        self._flow()

    def _flow(self) -> None:
        script = self.server.script
        if (script.acknowledge and self._window
                and self.input.total - self._acknowledged >= self._window):
            self._acknowledged = self.input.total
            self.send(rtmp.ACKNOWLEDGEMENT, struct.pack(">I", self.input.total & 0xFFFFFFFF))

    def _before_receive(self, total: int) -> None:
        limit = self.server.script.stop_reading_after
        if limit is not None and total >= limit:
            self.server.stopping.wait()
            raise Ended("server stops")

    def _keep(self, message: Message) -> None:
        if self.published is None:
            raise ProtocolError(f"message type {message.type} before publish")
        self.media_bytes += len(message.body)
        if self.server.keep:
            self.media.append(message)
        if self._record is not None:
            tag = flv.write([flv.Tag(message.type, message.timestamp, message.body)])
            self._record.write(tag[flv.FILE_HEADER_BYTES:])
            self._times.write(f"{message.type} {message.timestamp} {message.arrival_ns}\n".encode())
        self.server.changed()
        script = self.server.script
        if script.close_after == "media" and self.media_bytes >= script.close_after_media_bytes:
            raise Ended("closed by script after media")

    # -- commands ----------------------------------------------------------------------------

    def _answer(self, values: list[Any], stream_id: int) -> None:
        name, transaction = values[0], values[1]
        script = self.server.script
        if name == "connect":
            self._connect(values[2], transaction)
        elif name in ("releaseStream", "FCPublish") and script.answer_fcpublish:
            self.command("_result", transaction, None)
            if name == "FCPublish":
                self.command("onFCPublish", 0, None, {"code": "NetStream.Publish.Start"})
        elif name == "createStream":
            self._streams += 1
            self.command("_result", transaction, None, self._streams)
        elif name == "publish":
            self._publish(values, stream_id)
        elif name in ("FCUnpublish", "closeStream", "deleteStream"):
            self.unpublished = True
        else:
            if name in script.results:
                self.command("_result", transaction, None, script.results[name])
            self._reach("call")

    def _connect(self, connect_object: dict[str, Any], transaction: float) -> None:
        self.connect_object = connect_object
        code = self.server.script.reject_connect
        if code is not None:
            self.send(rtmp.COMMAND, amf0.encode_all(
                "_error", transaction, None,
                {"level": "error", "code": code, "description": "refused by script"}), 0, 128)
            raise Ended("connect rejected by script")
        self.send(rtmp.WINDOW_SIZE, struct.pack(">I", WINDOW))
        self.send(rtmp.PEER_BANDWIDTH, struct.pack(">IB", WINDOW, 2))
        self.send(rtmp.SET_CHUNK_SIZE, struct.pack(">I", CHUNK_SIZE))
        self.send(rtmp.USER_CONTROL, struct.pack(">HI", 0, 0))
        self.command("_result", transaction,
                     {"fmsVer": "FMS/3,0,1,123", "capabilities": 31, "mode": 1},
                     {"level": "status", "code": "NetConnection.Connect.Success",
                      "description": "Connection succeeded.", "objectEncoding": 0,
                      **self.server.script.connect_fields})
        self._reach("connect")

    def _publish(self, values: list[Any], stream_id: int) -> None:
        if stream_id == 0:
            raise ProtocolError("publish on message stream 0")
        script = self.server.script
        if script.publish_code == "NetStream.Publish.Start":
            self.published = values[3]
            self._open_record()
            self.send(rtmp.USER_CONTROL, struct.pack(">HI", 0, stream_id))
        self.status(script.publish_code, stream_id)
        if script.ping:
            self.send(rtmp.USER_CONTROL, struct.pack(">HI", 6, 0x01020304))
        self._reach("publish")

    def _open_record(self) -> None:
        if self.server.record is None:
            return
        stem = f"{self.connect_object.get('app', '')}-{self.published}".replace("/", "_")
        self._record = open(self.server.record / f"{stem}.flv", "wb", buffering=0)
        self._record.write(flv.write([]))
        self._times = open(self.server.record / f"{stem}.times", "wb", buffering=0)

    # -- for tests ---------------------------------------------------------------------------

    def tags(self) -> list[flv.Tag]:
        """The media messages so far in FLV's terms."""
        return [flv.Tag(m.type, m.timestamp, m.body) for m in list(self.media)]


class MiniRtmp:
    """The server: one thread per client, a port of its own choice unless told."""

    def __init__(self, script: Optional[Script] = None, port: int = 0, keep: bool = True,
                 record: Optional[Path] = None):
        self.script = script or Script()
        self.keep = keep
        self.record = record
        self.connections: list[Connection] = []
        self.stopping = threading.Event()
        self._condition = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.script.receive_buffer is not None:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                      self.script.receive_buffer)
        self._listener.bind(("127.0.0.1", port))
        self._listener.listen(256)
        self.port = self._listener.getsockname()[1]

    def url(self, app: str = "live", name: str = "stream") -> str:
        return f"rtmp://127.0.0.1:{self.port}/{app}/{name}"

    def __enter__(self) -> "MiniRtmp":
        self._start(self._accept)
        return self

    def __exit__(self, *_) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self.connections):
            try:
                connection.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed already
        deadline = time.monotonic() + STOP_LIMIT
        for thread in list(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, accepted)
            self.connections.append(connection)
            self._start(connection.run)
            self.changed()

    def changed(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def wait_for(self, condition: Callable[[], Any], limit: float, what: str) -> Any:
        """The first true value of `condition`, asked again whenever something has happened."""
        with self._condition:
            value = self._condition.wait_for(condition, limit)
        if not value:
            state = [(c.published, c.ended, c.error, len(c.media)) for c in self.connections]
            raise TimeoutError(f"not within {limit:g} s: {what}; connections: {state}")
        return value

    def wait_ended(self, limit: float) -> Connection:
        """The first publisher whose connection is over."""
        return self.wait_for(
            lambda: next((c for c in self.connections if c.published and c.ended), None), limit,
            "a publisher's connection ended")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--record", type=Path, help="folder for NAME.flv and NAME.times")
    parser.add_argument("--receive-buffer", type=int, help="SO_RCVBUF of its connections")
    options = parser.parse_args()
    if options.record is not None:
        options.record.mkdir(parents=True, exist_ok=True)
    with MiniRtmp(script=Script(receive_buffer=options.receive_buffer), port=options.port,
                  keep=False, record=options.record) as server:
        server.stopping.wait()


if __name__ == "__main__":
    main()
