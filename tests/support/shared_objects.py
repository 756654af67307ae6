"""Remote shared objects as bytes, and a client of them: independent of the SDK."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import amf0
from rtmp_peer import RtmpPeer

SHARED_OBJECT, SHARED_OBJECT_AMF3 = 19, 16
(USE, RELEASE, REQUEST_CHANGE, CHANGE, SUCCESS, SEND, STATUS, CLEAR, REMOVE, REQUEST_REMOVE,
 USE_SUCCESS) = range(1, 12)
PERSISTENT = 2


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack(">H", len(raw)) + raw


def event(kind: int, data: bytes = b"") -> bytes:
    return struct.pack(">BI", kind, len(data)) + data


def change(slot: str, value: Any) -> bytes:
    return event(REQUEST_CHANGE, text(slot) + amf0.encode(value))


def removal(slot: str) -> bytes:
    return event(REQUEST_REMOVE, text(slot))


def sending(handler: str, *arguments: Any) -> bytes:
    return event(SEND, amf0.encode_all(handler, *arguments))


def message(name: str, *events: bytes, version: int = 0, persistent: bool = False) -> bytes:
    flags = PERSISTENT if persistent else 0
    return text(name) + struct.pack(">III", version, flags, 0) + b"".join(events)


@dataclass
class SharedObjectMessage:
    name: str
    version: int
    flags: int
    events: list[tuple[int, Any]]  # kind, and what its data hold: None, a text, or values
    body: bytes


def _text(data: bytes) -> tuple[str, bytes]:
    end = 2 + int.from_bytes(data[:2], "big")
    if end > len(data):
        raise ValueError(f"a text of {end - 2} bytes in {len(data) - 2}")
    return data[2:end].decode(), data[end:]


def _data(kind: int, data: bytes) -> Any:
    if kind in (REQUEST_CHANGE, CHANGE):
        slot, rest = _text(data)
        value, = amf0.decode_all(rest)
        return slot, value
    if kind in (SUCCESS, REMOVE, REQUEST_REMOVE):
        slot, rest = _text(data)
        if rest:
            raise ValueError(f"{len(rest)} bytes after the slot {slot!r}")
        return slot
    if kind == STATUS:
        code, rest = _text(data)
        level, rest = _text(rest)
        return code, level
    if kind == SEND:
        return tuple(amf0.decode_all(data))
    if data:
        raise ValueError(f"event {kind} with {len(data)} bytes of data")
    return None


def parse(body: bytes) -> SharedObjectMessage:
    """ValueError for anything but whole events of the known kinds."""
    name, rest = _text(body)
    version, flags, reserved = struct.unpack(">III", rest[:12])
    if reserved != 0:
        raise ValueError(f"reserved bytes 0x{reserved:08x}")
    rest = rest[12:]
    events = []
    while rest:
        kind, length = struct.unpack(">BI", rest[:5])
        if not USE <= kind <= USE_SUCCESS or 5 + length > len(rest):
            raise ValueError(f"event {kind} of {length} bytes in {len(rest) - 5}")
        events.append((kind, _data(kind, rest[5:5 + length])))
        rest = rest[5 + length:]
    return SharedObjectMessage(name, version, flags, events, body)


class SharedObjectPeer(RtmpPeer):
    """A client of shared objects that shows each message of the server as it came."""

    def ask(self, name: str, *events: bytes, version: int = 0, persistent: bool = False) -> None:
        self.send_message(SHARED_OBJECT, message(name, *events, version=version,
                                                 persistent=persistent))

    def use(self, name: str, persistent: bool = False) -> SharedObjectMessage:
        """Its answer: the whole content, when it is allowed."""
        self.ask(name, event(USE), persistent=persistent)
        return self.wait_shared()

    def wait_shared(self) -> SharedObjectMessage:
        """The next message about a shared object, of AMF0."""
        return next(parse(message.body) for message in self.messages()
                    if message.type == SHARED_OBJECT)
