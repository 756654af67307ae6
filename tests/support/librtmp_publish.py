#!/usr/bin/env python3
"""Publishes an FLV file with librtmp, an independent implementation of the publisher's side.

Usage: librtmp_publish.py FILE.flv URL; as fast as the server takes it. librtmp itself splits the
file into tags and writes each as one message.
"""

import ctypes
import sys
from pathlib import Path

PORTION = 64 * 1024


def library() -> ctypes.CDLL:
    rtmp = ctypes.CDLL("librtmp.so.1")
    pointer = ctypes.c_void_p
    for name, result, arguments in (
            ("RTMP_Alloc", pointer, []),
            ("RTMP_Init", None, [pointer]),
            ("RTMP_SetupURL", ctypes.c_int, [pointer, ctypes.c_char_p]),
            ("RTMP_EnableWrite", None, [pointer]),
            ("RTMP_Connect", ctypes.c_int, [pointer, pointer]),
            ("RTMP_ConnectStream", ctypes.c_int, [pointer, ctypes.c_int]),
            ("RTMP_Write", ctypes.c_int, [pointer, ctypes.c_char_p, ctypes.c_int]),
            ("RTMP_Close", None, [pointer]),
            ("RTMP_Free", None, [pointer])):
        function = getattr(rtmp, name)
        function.restype, function.argtypes = result, arguments
    return rtmp


def publish(data: bytes, url: str) -> None:
    rtmp = library()
    session = rtmp.RTMP_Alloc()
    rtmp.RTMP_Init(session)
    location = ctypes.create_string_buffer(url.encode())  # librtmp keeps pointers into it
    if not rtmp.RTMP_SetupURL(session, location):
        sys.exit(f"librtmp does not take the URL {url}")
    rtmp.RTMP_EnableWrite(session)
    if not rtmp.RTMP_Connect(session, None):
        sys.exit("librtmp did not connect")
    if not rtmp.RTMP_ConnectStream(session, 0):
        sys.exit("librtmp was not allowed to publish")
    for at in range(0, len(data), PORTION):
        portion = data[at:at + PORTION]
        if rtmp.RTMP_Write(session, portion, len(portion)) <= 0:
            sys.exit(f"librtmp could not write after {at} bytes")
    rtmp.RTMP_Close(session)
    rtmp.RTMP_Free(session)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    publish(Path(sys.argv[1]).read_bytes(), sys.argv[2])
