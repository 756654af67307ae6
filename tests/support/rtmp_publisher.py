"""A publisher of a few lines that asks for a recording: ffmpeg and librtmp publish live only."""

from __future__ import annotations

import flv
from rtmp_peer import MEDIA, RtmpPeer


class RtmpPublisher(RtmpPeer):
    """Publishes `name` of the application "live" as `mode` says; connected when constructed."""

    def __init__(self, port: int, name: str, mode: str):
        super().__init__(port)
        self.command("createStream", 2, None)
        self.command("publish", 3, None, name, mode, stream_id=1)
        self.wait_status("NetStream.Publish.Start")

    def send(self, tag: flv.Tag) -> None:
        self.send_message(tag.type, tag.body, 1, MEDIA, tag.timestamp)

    def close(self) -> None:
        """Ends the publishing and waits for the end of the recording."""
        self.command("closeStream", 0, None, stream_id=1)
        self.wait_status("NetStream.Record.Stop")
        self.socket.close()
