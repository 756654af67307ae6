"""AMF0 for the tests' own RTMP server: independent of the SDK, strict, bounded in depth."""

from __future__ import annotations

import struct
from typing import Any

MAX_DEPTH = 32


class Undefined:
    """AMF0's undefined; None stands for null."""

    def __repr__(self):
        return "undefined"


class EcmaArray(dict):
    """A dict that travels as an ECMA array (marker 8) instead of an object."""


def encode(value: Any) -> bytes:
    if value is None:
        return b"\x05"
    if isinstance(value, Undefined):
        return b"\x06"
    if isinstance(value, bool):
        return b"\x01\x01" if value else b"\x01\x00"
    if isinstance(value, (int, float)):
        return b"\x00" + struct.pack(">d", value)
    if isinstance(value, str):
        raw = value.encode(errors="surrogateescape")  # "\udcff" is the byte ff
        if len(raw) > 0xFFFF:
            return b"\x0c" + struct.pack(">I", len(raw)) + raw
        return b"\x02" + struct.pack(">H", len(raw)) + raw
    if isinstance(value, dict):
        head = b"\x08" + struct.pack(">I", len(value)) if isinstance(value, EcmaArray) else b"\x03"
        return head + b"".join(
            struct.pack(">H", len(key.encode())) + key.encode() + encode(member)
            for key, member in value.items()) + b"\x00\x00\x09"
    if isinstance(value, list):
        return b"\x0a" + struct.pack(">I", len(value)) + b"".join(encode(v) for v in value)
    raise TypeError(f"no AMF0 form for {type(value).__name__}")


def encode_all(*values: Any) -> bytes:
    return b"".join(encode(value) for value in values)


class _Reader:
    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise ValueError(f"AMF0 ends at byte {len(self.data)}, needs {self.at + count}")
        piece = self.data[self.at:self.at + count]
        self.at += count
        return piece

    def number(self, form: str):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def members(self, into: dict, depth: int) -> dict:
        while True:
            key = self.take(self.number(">H")).decode()
            if not key and self.data[self.at:self.at + 1] == b"\x09":
                self.at += 1
                return into
            into[key] = self.value(depth + 1)

    def value(self, depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            raise ValueError(f"AMF0 nests deeper than {MAX_DEPTH}")
        marker = self.number(">B")
        if marker == 0x00:
            return self.number(">d")
        if marker == 0x01:
            return self.number(">B") != 0
        if marker == 0x02:
            return self.take(self.number(">H")).decode()
        if marker == 0x03:
            return self.members({}, depth)
        if marker == 0x05:
            return None
        if marker == 0x06:
            return Undefined()
        if marker == 0x08:
            self.take(4)  # a count some writers leave wrong
            return self.members(EcmaArray(), depth)
        if marker == 0x0A:
            return [self.value(depth + 1) for _ in range(self.number(">I"))]
        if marker == 0x0B:
            milliseconds = self.number(">d")
            self.take(2)
            return milliseconds
        if marker == 0x0C:
            return self.take(self.number(">I")).decode()
        raise ValueError(f"AMF0 marker 0x{marker:02x} at byte {self.at - 1}")


def decode_all(data: bytes) -> list[Any]:
    """Every value in `data`; ValueError names the first rule that is broken."""
    reader = _Reader(data)
    values = []
    while reader.at < len(data):
        values.append(reader.value())
    return values
