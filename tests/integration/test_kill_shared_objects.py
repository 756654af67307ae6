"""The node is killed in a storm of writes to a persistent shared object and started again: every
write that it acknowledged must be there.

MULTICONNECTION_KILLS says how often: some times here, a hundred in tests/full.sh.
"""

import os
import random
import signal
import socket
import struct
import threading

import amf0
from multiconn import Multiconn
from processes import wait_until
from rtmp_chunks import COMMAND, HANDSHAKE_BYTES, ChunkReader, Ended, Input, Message, chunked

LIMIT = 20.0  # seconds that anything may take
KILLS = int(os.environ.get("MULTICONNECTION_KILLS", 6))
CLIENTS = 3
SLOTS = 150  # of each client
IN_FLIGHT = 40  # writes that a client does not wait for
SHARED_OBJECT = 19
USE, REQUEST_CHANGE, CHANGE, SUCCESS = 1, 3, 4, 5


def text(value):
    encoded = value.encode()
    return struct.pack(">H", len(encoded)) + encoded


class Sharer:
    """A raw client of the persistent object "storm"."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), LIMIT)
        self.socket.settimeout(LIMIT)
        source = Input(self.socket, lambda total: None)
        self.socket.sendall(b"\3" + bytes(2 * HANDSHAKE_BYTES))
        source.take(1 + 2 * HANDSHAKE_BYTES)
        self.messages = ChunkReader(source).messages()
        self._send(COMMAND, amf0.encode_all("connect", 1, {"app": "live"}))
        self._tell(USE, b"")
        self.content = {name: value for type_, name, value in self.hear() if type_ == CHANGE}

    def _send(self, type_, body):
        self.socket.sendall(chunked(Message(type_, 0, 0, body), 3, 128))

    def _tell(self, type_, data):
        event = struct.pack(">BI", type_, len(data)) + data
        self._send(SHARED_OBJECT, text("storm") + struct.pack(">III", 0, 2, 0) + event)

    def set(self, slot, value):
        self._tell(REQUEST_CHANGE, text(slot) + amf0.encode(value))

    def hear(self):
        """Type, slot and value of each event of the next message about the object."""
        body = next(message.body for message in self.messages if message.type == SHARED_OBJECT)
        at = len(text("storm")) + 12
        events = []
        while at < len(body):
            type_, length = struct.unpack_from(">BI", body, at)
            data = body[at + 5:at + 5 + length]
            at += 5 + length
            size = struct.unpack_from(">H", data)[0] if data else 0
            value = amf0.decode_all(data[2 + size:])[0] if type_ == CHANGE else None
            events.append((type_, data[2:2 + size].decode(), value))
        return events


class Writer(threading.Thread):
    """Sets its slots to growing numbers until the node is gone."""

    def __init__(self, index, port, first):
        super().__init__()
        self.index, self.port, self.number = index, port, first
        self.acknowledged = {}  # slot -> number
        self.sent = {}
        self.failure = None

    def run(self):
        try:
            self._write(Sharer(self.port))
        except (Ended, OSError, StopIteration):
            pass  # it was killed
        except Exception as error:  # told by the main thread
            self.failure = error

    def _write(self, sharer):
        waiting = []
        while True:
            while len(waiting) < IN_FLIGHT:
                slot = f"{self.index}:{self.number % SLOTS}"
                self.sent[slot] = self.number
                waiting.append((slot, self.number))
                sharer.set(slot, self.number)
                self.number += 1
            for type_, slot, _ in sharer.hear():
                if type_ != SUCCESS:
                    continue
                expected, number = waiting.pop(0)
                assert slot == expected, f"{slot} is acknowledged before {expected}"
                self.acknowledged[slot] = number


def test_what_was_acknowledged_survives_a_kill(directory):
    seed = int(os.environ.get("MULTICONNECTION_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    root = directory / "root"
    root.mkdir()
    acknowledged, sent = {}, {}
    number = 0
    for kill in range(KILLS):
        node = Multiconn.serve(directory, "--root", str(root), name=f"serve{kill}")
        content = Sharer(node.port).content
        for slot, value in acknowledged.items():
            assert value <= content[slot] <= sent[slot], f"seed {seed}, kill {kill}, slot {slot}"
        writers = [Writer(index, node.port, number) for index in range(CLIENTS)]
        for writer in writers:
            writer.start()
        wanted = chance.randrange(1, 3000)
        wait_until(lambda: sum(writer.number for writer in writers) >= CLIENTS * number + wanted,
                   LIMIT, f"{wanted} writes")
        node.send_signal(signal.SIGKILL)
        node.wait(LIMIT)
        for writer in writers:
            writer.join(LIMIT)
            assert not writer.is_alive() and writer.failure is None, writer.failure
            acknowledged.update(writer.acknowledged)
            sent.update(writer.sent)
            number = max(number, writer.number)
    assert acknowledged, "nothing was acknowledged, so that nothing was shown"
