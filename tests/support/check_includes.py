#!/usr/bin/env python3
"""Enforces which room of the sources may include what (docs/architecture.md shows the table).

Usage: check_includes.py [ROOT]; prints one line per violation, exit status 1 if there is any.
A room that needs a new arrow changes the tables here in the same commit, and says why.
"""

import re
import sys
from pathlib import Path

# Room -> rooms it may include besides itself.
ROOMS = {
    "util": "",
    "amf": "util",
    "media": "util",
    "flv": "util amf media",
    "rtmp": "util amf",
    "session": "util amf media flv rtmp",
    "cluster": "util session",
    "transport": "util",
    "outbox": "util media flv rtmp",
    "reactor": "util rtmp session transport outbox",
    "fanout": "util media flv rtmp session reactor outbox",
    "shared_object": "util amf session",
    "capture": "util media",
    "encode": "util media",
    "ffmpeg": "util media flv capture encode",
    "client": "util amf media flv rtmp session cluster transport outbox reactor fanout "
              "shared_object capture encode",
    "node": "util amf media flv rtmp transport reactor outbox fanout",
    "fault": "util transport reactor",
    "relay": "util amf media flv rtmp session cluster transport outbox reactor fanout "
             "shared_object capture encode node",
    "tools": "",
}
ROOMS = {room: set(allowed.split()) for room, allowed in ROOMS.items()}

# Decisions only: events and the time go in, actions come out.
PURE_ROOMS = {"amf", "media", "flv", "rtmp", "session", "cluster", "outbox", "shared_object"}
IMPURE_HEADERS = {"thread", "mutex", "shared_mutex", "condition_variable", "future", "iostream",
                  "fstream", "filesystem", "random", "ctime", "cstdio"}

# Public headers that declare classes of the outermost rooms; every other one holds values.
CLASS_HEADERS = {
    "multi_connection.hpp": {"client", "tools"},
    "multi_stream.hpp": {"client", "tools"},
    "shared_object.hpp": {"client", "tools"},
    "multiconnection.hpp": {"client", "tools"},
    "classic.hpp": {"tools"},
    "source.hpp": {"client", "ffmpeg", "capture", "tools"},
    "flv_writer.hpp": {"client", "tools"},
    "ffmpeg.hpp": {"ffmpeg", "tools"},
    "node.hpp": {"node", "tools"},
    "node_faults.hpp": {"node", "tools"},
    "node_shared_object.hpp": {"node", "tools"},
    "link_emulator.hpp": {"fault", "tools"},
}

# Third-party header (start of its path) -> rooms; "public" is include/, "tests" is tests/.
# The first entry that fits decides.
THIRD_PARTY = [
    ("boost/asio", "transport reactor node tools"),
    ("boost/beast", "transport tools"),
    ("boost/crc.hpp", "node"),
    ("boost/signals2/signal.hpp", "client"),
    ("boost/signals2/", "client public"),
    ("ares.h", "transport"),
    ("librtmp/", "transport"),
    ("nettle/", "transport"),
    ("openssl/", "transport"),
    ("portaudio.h", "capture"),
    ("libavcodec/", "ffmpeg"),
    ("libavdevice/", "ffmpeg"),
    ("libavfilter/", "ffmpeg"),
    ("libavformat/", "ffmpeg"),
    ("libavutil/", "ffmpeg"),
    ("libswresample/", "ffmpeg"),
    ("libswscale/", "ffmpeg"),
    ("wels/", "encode"),
    ("pugixml.hpp", "relay client"),
    ("CLI/", "tools"),
    ("nlohmann/", "tools"),
    ("ncurses", "tools"),
    ("gtest/", "tests"),
    ("gmock/", "tests"),
    ("benchmark/", "tests"),
]
THIRD_PARTY = [(prefix, set(rooms.split())) for prefix, rooms in THIRD_PARTY]

# Headers of the operating system stand in files named for it, in these rooms.
PLATFORM_HEADER = re.compile(
    r"^(sys/|netinet/|arpa/|net/|linux/|(unistd|poll|fcntl|limits|signal|pthread|netdb|dlfcn|sched|"
    r"spawn|termios|ifaddrs|windows|winsock2|ws2tcpip|io)\.h$)")
PLATFORM_FILE = re.compile(r"_(posix|linux|windows)(_test)?\.(cpp|hpp)$")
PLATFORM_ROOMS = {"util", "transport", "reactor", "capture", "tools"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
SUFFIXES = {".cpp", ".hpp", ".h", ".c"}


def where(path):
    """The area of a relative path (sdk, public, tests, users) and the room it stands for, if any."""
    parts = path.parts
    if parts[0] == "sdk":
        return "sdk", parts[1]
    if parts[0] == "include":
        return "public", ""
    if parts[0] == "tests" and parts[1] not in ("integration", "consumer"):
        return "tests", parts[2] if parts[1] == "unit" and len(parts) > 3 else ""
    return "users", ""


def public_header_problem(area, room, name):
    if area != "sdk" or room not in ROOMS:
        return None
    homes = CLASS_HEADERS.get(name)
    if homes is not None and room not in homes:
        return f"room {room} may include value headers only, not multiconnection/{name}"
    return None


def room_problem(area, room, target):
    """`target` is the room that a quoted include names."""
    if area in ("public", "users"):
        return f"{target}/ is hidden from public headers, examples, bindings and integration tests"
    if area == "tests":
        if not room:
            return None
        allowed = ROOMS.get(room, set())
        if target == room or target in allowed:
            return None
        return f"the tests of {room} may include what {room} may include, not {target}"
    if room not in ROOMS:
        return f"room {room} is not in the table of rooms"
    if target == room or target in ROOMS[room]:
        return None
    return f"room {room} may not include room {target}"


def angled_problem(path, area, room, header):
    if "/" not in header and "." not in header:
        if area == "sdk" and (room in PURE_ROOMS or path.stem.endswith("_fsm")):
            if header in IMPURE_HEADERS:
                return f"<{header}>: decisions have no socket, clock, thread, file or log"
        return None
    if header.startswith("multiconnection/"):
        return public_header_problem(area, room, header.split("/", 1)[1])
    if PLATFORM_HEADER.match(header):
        if area in ("tests", "users"):
            return None
        if area == "sdk" and room in PLATFORM_ROOMS and PLATFORM_FILE.search(path.name):
            return None
        return (f"<{header}> belongs in a file named *_posix, *_linux or *_windows of "
                + ", ".join(sorted(PLATFORM_ROOMS)))
    for prefix, rooms in THIRD_PARTY:
        if header.startswith(prefix):
            here = {"sdk": room, "users": "public"}.get(area, area)
            if here in rooms or path.parts[0] == "tests":
                return None
            return f"<{header}> may be included in {', '.join(sorted(rooms))} only"
    if area in ("tests", "users"):
        return None
    return f"<{header}> is in no list: a new dependency is named with its home"


def problems_of(root, path):
    area, room = where(path)
    text = (root / path).read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        kind, header = match.groups()
        first = header.split("/", 1)[0]
        if kind == "<":
            problem = angled_problem(path, area, room, header)
        elif first == "multiconnection":
            problem = public_header_problem(area, room, header.split("/", 1)[1])
        elif first in ROOMS and "/" in header:
            problem = room_problem(area, room, first)
        elif area in ("sdk", "public"):
            problem = f'"{header}" must be written from the sources\' root: "room/file.hpp"'
        else:
            problem = None
        if problem:
            yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {problem}"


def check(root):
    """All violations below `root`, as lines of text."""
    lines = []
    for top in ("sdk", "include", "bindings", "examples", "tests"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix in SUFFIXES and file.is_file():
                lines += problems_of(root, file.relative_to(root))
    return lines


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    lines = check(root)
    print("\n".join(lines) if lines else "every include is allowed")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
