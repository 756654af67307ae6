"""The judge of the wire, tried with literal bytes and over a socket pair."""

import socket

import amf0
import pytest
import rtmp_chunks as rtmp
from rtmp_chunks import Message, ProtocolError


def read(data):
    """The messages in `data`, as (type, timestamp, stream id, body)."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        reader = rtmp.ChunkReader(rtmp.Input(ours, lambda total: None))
        found = []
        try:
            for m in reader.messages():
                found.append((m.type, m.timestamp, m.stream_id, m.body))
        except rtmp.Ended:
            return found


def test_a_full_header_is_read():
    data = bytes.fromhex("03 000001 000002 14 01000000 aabb")
    assert read(data) == [(20, 1, 1, b"\xaa\xbb")]


def test_short_headers_continue_the_stream_before_them():
    data = bytes.fromhex("04 000064 000001 08 01000000 a0"  # fmt 0 at 100
                         "44 00000a 000002 08 b0b1"  # fmt 1: +10, 2 bytes
                         "84 000005 c0c1"  # fmt 2: +5
                         "c4 d0d1")  # fmt 3: +5 again
    assert [(stamp, body.hex()) for _, stamp, _, body in read(data)] == [
        (100, "a0"), (110, "b0b1"), (115, "c0c1"), (120, "d0d1")]


@pytest.mark.parametrize("basic, chunk_stream", [("3f", 63), ("00 00", 64), ("01 00 01", 320)])
def test_all_forms_of_chunk_stream_ids_are_read(basic, chunk_stream):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(bytes.fromhex(basic + "000000 000001 08 00000000 aa"))
        reader = rtmp.ChunkReader(rtmp.Input(ours, lambda total: None))
        assert next(reader.messages()).chunk_stream == chunk_stream


def test_chunks_of_two_streams_interleave():
    first, second = bytes(range(200)), bytes(reversed(range(200)))
    head = "000000 0000c8 {} 01000000"
    data = (b"\x04" + bytes.fromhex(head.format("08")) + first[:128]
            + b"\x06" + bytes.fromhex(head.format("09")) + second[:128]
            + b"\xc4" + first[128:] + b"\xc6" + second[128:])
    assert read(data) == [(8, 0, 1, first), (9, 0, 1, second)]


def test_a_new_chunk_size_and_an_abort_are_obeyed():
    data = bytes.fromhex("02 000000 000004 01 00000000 00000002"  # chunks of 2 bytes
                         "04 000000 000003 08 01000000 aabb"  # unfinished
                         "02 000000 000004 02 00000000 0000 c2 0004"  # abort it
                         "04 000000 000001 08 01000000 cc")
    assert read(data)[-1] == (8, 0, 1, b"\xcc")


@pytest.mark.parametrize("timestamp", [0, 0xFFFFFE, 0xFFFFFF, 0x1000000, 0xFFFFFFFF])
def test_what_is_written_is_read_back(timestamp):
    message = Message(9, timestamp, 1, bytes(range(256)) * 2)
    assert read(rtmp.chunked(message, 6, 128)) == [(9, timestamp, 1, message.body)]


def test_an_extended_timestamp_stands_on_every_chunk():
    data = rtmp.chunked(Message(9, 0x01000000, 1, bytes(130)), 6, 128)
    assert data == (bytes.fromhex("06 ffffff 000082 09 01000000 01000000") + bytes(128)
                    + bytes.fromhex("c6 01000000") + bytes(2))


@pytest.mark.parametrize("data, rule", [
    ("44 000000 000001 08 aa", "chunk stream 4 begins with fmt 1"),
    ("04 000000 0000ff 08 00000000" + "00" * 128 + "04 000000 000001 08 00000000 aa",
     "fmt 0 inside a message"),
    ("02 000000 000004 01 00000000 00000000", "chunk size 00000000"),
    ("04 ffffff 0000ff 08 00000000 01000000" + "00" * 128 + "c4 02000000", "extended timestamp")])
def test_broken_rules_are_named(data, rule):
    with pytest.raises(ProtocolError, match=rule):
        read(bytes.fromhex(data))


def test_amf0_has_the_bytes_of_the_format():
    values = ["publish", 5, None, "webCastName", "live"]
    data = bytes.fromhex("020007" + b"publish".hex() + "004014000000000000" "05" "02000b"
                         + b"webCastName".hex() + "020004" + b"live".hex())
    assert amf0.encode_all(*values) == data
    assert amf0.decode_all(data) == values


def test_amf0_objects_arrays_and_booleans_come_back():
    values = [{"a": True, "b": {"c": [1.5, "x", None]}}, amf0.EcmaArray(width=320.0), "y" * 70000]
    decoded = amf0.decode_all(amf0.encode_all(*values))
    assert decoded == values and isinstance(decoded[1], amf0.EcmaArray)


@pytest.mark.parametrize("data, rule", [("0200", "ends at byte 2"), ("07", "marker 0x07"),
                                        ("0a00000001" * 40 + "05", "deeper than 32")])
def test_broken_amf0_is_named(data, rule):
    with pytest.raises(ValueError, match=rule):
        amf0.decode_all(bytes.fromhex(data))
