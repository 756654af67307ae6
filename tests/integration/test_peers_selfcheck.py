"""The test support proven against the real peers, with ffmpeg as the publisher.

What fails here is the measuring instrument or a peer, never the SDK, which takes no part.
"""

import socket

import faults
import flv
import frame_hashes
import peers
import pytest
from mini_rtmp import MiniRtmp
from processes import listening_inodes, wait_until

PUBLISH_LIMIT = 30.0
PLAY_LIMIT = 10.0


def publish(source, url, directory, pace=False):
    """Publishes with ffmpeg, as fast as the server takes it unless `pace` is set."""
    process = peers.ffmpeg_publish(source, url, directory, pace)
    code = process.wait(PUBLISH_LIMIT)
    assert code == 0, process.log()


def assert_equal(source, received, part=False):
    result = flv.compare_files(source, received, part)
    assert result, str(result)
    return result


def test_nginx_records_every_frame_with_rebased_timestamps(clips, directory):
    with peers.NginxRtmp(directory, apps=["live", "other"]) as nginx:
        publish(clips.full_hd(), nginx.url("other", "one"), directory)
        result = assert_equal(clips.full_hd(), nginx.recording("other", "one"))
    assert result.frames == {"video": 300, "audio": 470}
    assert result.offset == 0


def test_node_media_server_records_every_frame(clips, directory):
    with peers.NodeMediaServer(directory) as server:
        publish(clips.full_hd(), server.url("live", "one"), directory)
        result = assert_equal(clips.full_hd(), server.recording("live", "one"))
    assert result.frames == {"video": 300, "audio": 470}


def test_ffmpeg_listen_receives_every_frame(clips, directory):
    with peers.FfmpegListen(directory) as server:
        publish(clips.small(), server.url(), directory, pace=True)
        received = frame_hashes.read(server.received())
    source = frame_hashes.of(clips.small(), directory)
    assert frame_hashes.difference(source, received) is None
    assert {kind: len(hashes) for kind, hashes in source.items()} == {"video": 75, "audio": 142}


def test_ffmpeg_listen_writes_an_flv_of_equal_bodies(clips, directory):
    with peers.FfmpegListen(directory, form="flv") as server:
        publish(clips.small(), server.url(), directory, pace=True)
        assert_equal(clips.small(), server.received())


def test_frame_hashes_tell_streams_apart(clips, directory):
    small = frame_hashes.of(clips.small(), directory)
    longer = frame_hashes.of(clips.small_long(), directory)
    assert "differs" in frame_hashes.difference(small, longer)
    assert "tracks differ" in frame_hashes.difference(
        small, frame_hashes.of(clips.video_only(), directory))
    shorter = {kind: hashes[:-1] for kind, hashes in small.items()}
    assert "received, the source has" in frame_hashes.difference(small, shorter)


@pytest.mark.parametrize("clip", ["small", "b_frames", "mp3", "audio_only", "video_only"])
def test_the_own_server_records_every_frame(clips, directory, clip):
    source = getattr(clips, clip)()
    with MiniRtmp() as server:
        publish(source, server.url("live", "one"), directory)
        client = server.wait_ended(PUBLISH_LIMIT)
    assert client.error is None
    assert client.published == "one" and client.unpublished
    assert client.connect_object["app"] == "live"
    arrivals = [message.arrival_ns for message in client.media]
    assert arrivals == sorted(arrivals)
    result = flv.compare(flv.parse(source).tags, client.tags())
    assert result, str(result)


def test_the_own_server_records_as_a_process_of_its_own(clips, directory):
    with peers.Recorder(directory) as server:
        publish(clips.small(), server.url("live", "one"), directory)
        server.process.wait_closed(server.recording("live", "one"))
        server.kill()
    assert_equal(clips.small(), server.recording("live", "one"))
    arrivals = server.arrivals("live", "one")
    tags = flv.parse(server.recording("live", "one")).tags
    assert [(kind, stamp) for kind, stamp, _ in arrivals] == [(t.type, t.timestamp) for t in tags]
    assert [at for _, _, at in arrivals] == sorted(at for _, _, at in arrivals)


def test_rtmpdump_and_ffmpeg_capture_what_nginx_relays(clips, directory):
    with peers.NginxRtmp(directory, record=False) as nginx:
        players = [peers.RtmpDump(nginx.url(), directory / "dump.flv", directory),
                   peers.FfmpegPlay(nginx.url(), directory / "play.flv", directory)]
        for player in players:
            player.wait_playing()
        publish(clips.small(), nginx.url(), directory, pace=True)
        for player in players:
            assert_equal(clips.small(), player.capture(clips.small()))


def test_rtmpdump_captures_what_node_media_server_relays(clips, directory):
    with peers.NodeMediaServer(directory) as server:
        dump = peers.RtmpDump(server.url(), directory / "dump.flv", directory)
        dump.wait_playing()
        publish(clips.small(), server.url(), directory)
        assert_equal(clips.small(), dump.capture(clips.small()))


# -- servers that misbehave: what a plain TCP client sees of them -----------------------------


def connect(server):
    client = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    client.settimeout(5)
    return client


def shake_hands(client):
    client.sendall(b"\x03" + bytes(1536))
    answer = receive(client, 3073)
    client.sendall(answer[1:1537])


def receive(client, count):
    data = b""
    while len(data) < count:
        piece = client.recv(count - len(data))
        if not piece:
            break
        data += piece
    return data


def silent_for(client, seconds):
    client.settimeout(seconds)
    try:
        return client.recv(1) is None
    except TimeoutError:
        return True


def test_a_refused_port_refuses():
    with faults.RefusedPort() as server:
        with pytest.raises(ConnectionRefusedError):
            connect(server)


def test_a_full_backlog_leaves_a_syn_unanswered():
    with faults.FullBacklog() as server, socket.socket() as client:
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.connect(("127.0.0.1", server.port))


def test_a_silent_server_accepts_and_says_nothing():
    with faults.silent_acceptor() as server, connect(server) as client:
        client.sendall(b"\x03" + bytes(1536))
        assert silent_for(client, 0.3)


def test_a_handshake_only_server_says_nothing_after_the_handshake():
    with faults.handshake_only() as server, connect(server) as client:
        shake_hands(client)
        assert silent_for(client, 0.3)


def test_a_drip_feeding_server_sends_byte_by_byte():
    with faults.drip_feed(0.01) as server, connect(server) as client:
        client.sendall(b"\x03" + bytes(1536))
        pieces = [client.recv(100) for _ in range(5)]
        assert pieces[0] == b"\x03" and max(map(len, pieces)) < 100


def test_a_closing_server_closes_where_told():
    with faults.close_after_accept() as server, connect(server) as client:
        assert client.recv(1) == b""
    with faults.close_after_handshake() as server, connect(server) as client:
        shake_hands(client)
        assert client.recv(1) == b""


def test_a_garbage_server_sends_garbage():
    with faults.garbage() as server, connect(server) as client:
        assert len(receive(client, 4096)) == 4096


def test_a_server_that_never_reads_fills_up():
    with faults.never_reads(4000) as server, connect(server) as client:
        shake_hands(client)
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            for _ in range(10000):
                client.sendall(bytes(65536))


@pytest.mark.parametrize("fault, said", [
    (lambda: faults.reject_connect("NetConnection.Connect.Rejected"), "Server error"),
    (faults.bad_name, "Server error"),
    (faults.close_after_publish_start, ""),
    (lambda: faults.close_after_media(50000), "")])
def test_ffmpeg_fails_to_publish_to_a_refusing_server(clips, directory, fault, said):
    with fault() as server:
        process = peers.ffmpeg_publish(clips.small(), server.url(), directory)
        assert process.wait(PUBLISH_LIMIT) != 0
        client = server.wait_for(lambda: server.connections, 5, "a client")[0]
        assert client.error is None
    assert said in process.log()


def test_the_listening_table_shows_a_server_only_while_it_listens(directory):
    with peers.NginxRtmp(directory) as nginx:
        assert len(listening_inodes(nginx.port)) == 1
    assert not listening_inodes(nginx.port)


def test_a_frozen_and_a_killed_server_still_end(clips, directory):
    with peers.NginxRtmp(directory / "a") as frozen, peers.NginxRtmp(directory / "b") as killed:
        frozen.freeze()
        killed.kill()
        wait_until(lambda: not listening_inodes(killed.port), 5, "the killed server gone")
        assert listening_inodes(frozen.port)
    assert not frozen.process.running()
