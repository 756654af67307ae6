"""`multiconn publish|play|serve --metrics`: what Prometheus' own parser reads there, and who asks badly."""

import http.client
import socket
import time
from contextlib import ExitStack

import pytest
from multiconn import Multiconn, refused
from processes import free_port, wait_until
from prometheus_client.parser import text_string_to_metric_families

LIMIT = 20.0
PREFIX = "multiconn_server_"
# Of a server in the stats lines -> sample, its further labels, how many of the first are one of it.
FIGURES = [
    ("bytes", "sent_bytes_total", {}, 1),
    ("bytes_received", "received_bytes_total", {}, 1),
    ("bytes_acknowledged", "acknowledged_bytes_total", {}, 1),
    ("audio_messages", "sent_messages_total", {"kind": "audio"}, 1),
    ("video_messages", "sent_messages_total", {"kind": "video"}, 1),
    ("data_messages", "sent_messages_total", {"kind": "data"}, 1),
    ("dropped_audio", "dropped_messages_total", {"kind": "audio"}, 1),
    ("dropped_video", "dropped_messages_total", {"kind": "video"}, 1),
    ("reconnects", "reconnects_total", {}, 1),
    ("backup", "backup", {}, 1),
    ("standby", "standby", {}, 1),
    ("elapsed_ms", "started_seconds", {}, 1000),
    ("state_ms", "state_seconds", {}, 1000),
]


def request(place, method="GET", target="/metrics", headers=None, body=None):
    """(status, headers, text)"""
    connection = http.client.HTTPConnection(*place, timeout=LIMIT)
    try:
        connection.request(method, target, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def scrape(place, prefix=PREFIX):
    """{(name, labels but id): value}; the labels as a set of pairs."""
    status, headers, text = request(place)
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = {}
    for metric in text_string_to_metric_families(text):
        assert metric.documentation, metric
        for sample in metric.samples:
            assert sample.name.startswith(prefix)
            assert (metric.type == "counter") == sample.name.endswith("_total"), sample
            labels = {key: value for key, value in sample.labels.items() if key != "id"}
            key = (sample.name[len(prefix):], frozenset(labels.items()))
            assert key not in found, f"twice: {sample}"
            found[key] = sample.value
    return found


def value(page, server, name, labels=None):
    """None: there is no such sample."""
    labels = {"index": str(server["server"]), "url": server["url"], **(labels or {})}
    return page.get((name, frozenset(labels.items())))


def state(page, server):
    states = [dict(labels)["state"] for (name, labels), of in page.items()
              if name == "state" and of == 1 and dict(labels)["index"] == str(server["server"])]
    assert len(states) == 1, states
    return states[0]


def place_of(run):
    event = run.wait_event("metrics", LIMIT)
    return event["address"], event["port"]


def raw(place, request_bytes):
    """The first line of the answer to these bytes."""
    with socket.create_connection(place, timeout=LIMIT) as connection:
        connection.sendall(request_bytes)
        return connection.makefile("rb").readline().decode().strip()


@pytest.fixture
def run(clips, directory):
    """A publisher to a node, and to one that is not there."""
    node = Multiconn.serve(directory)
    urls = [node.url(name="canary-name?token=canary-token"),
            f"rtmp://127.0.0.1:{free_port()}/live/canary-name"]
    run = Multiconn.publish(clips.small(), urls, directory, "--policy", "any", "--loop",
                            "--metrics", "127.0.0.1:0")
    run.wait_event("publish", LIMIT)
    yield run
    place = place_of(run)
    assert run.interrupt() == 0, run.log()
    with socket.create_server(place):
        pass  # the port is free again


def test_the_figures_are_those_of_the_stats_lines(run):
    place, last = place_of(run), {}
    for _ in range(2):
        before = run.wait_event("stats", LIMIT, count=len(run.find("stats")) + 1)
        page = scrape(place)
        now = time.time() * 1000
        # The figures of the first line that was printed since may be older than that.
        after = run.wait_event("stats", LIMIT, lambda event, now=now: event["time_ms"] > now, 2)
        for old, new in zip(before["servers"], after["servers"], strict=True):
            for field, name, labels, per_one in FIGURES:
                got = value(page, old, name, labels)
                assert got is not None, (name, old)
                if field in ("elapsed_ms", "state_ms") and old["server"] == 1:
                    continue  # begins again with each try
                assert old[field] <= got * per_one <= new[field], (name, old, got, new)
        assert all(last[key] <= page[key] for key in last if key[0].endswith("_total"))
        last = page
    server = after["servers"][0]
    assert state(page, server) == "publishing"
    assert value(page, server, "last_code", {"code": "NetStream.Publish.Start"}) == 1
    assert value(page, server, "troubled_seconds") == 0
    assert value(page, server, "next_try_seconds") is None
    assert 0 < value(page, server, "rtt_seconds") < LIMIT
    assert value(page, server, "sent_bytes_per_second", {"window": "60s"}) > 0


def test_a_server_that_is_not_there_shows_when_it_is_tried_again(run):
    place, server = place_of(run), run.wait_event("stats", LIMIT)["servers"][1]

    def waiting():
        page = scrape(place)
        return page if value(page, server, "next_try_seconds") is not None else None

    page = wait_until(waiting, LIMIT, "a next try")
    assert state(page, server) == "failed"
    assert 0 <= value(page, server, "next_try_seconds") <= 36  # 30 s and a fifth
    assert value(page, server, "sent_bytes_total") == 0


def test_no_secret_is_in_it(run):
    text = request(place_of(run))[2]
    assert "canary" not in text and "/live/***" in text


def test_half_requests_disturb_nobody(run):
    place = place_of(run)
    with ExitStack() as stack:
        half = []
        for _ in range(40):
            connection = stack.enter_context(socket.create_connection(place, timeout=LIMIT))
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: ")
            half.append(connection)
        begun = time.monotonic()
        scrape(place)
        for connection in half:  # the first by those that came after them, the last by its time
            try:
                assert connection.recv(1) == b""
            except ConnectionResetError:
                pass
        assert time.monotonic() - begun > 1, "a request has some time"
        scrape(place)


def test_hostile_requests_are_refused(run):
    place = place_of(run)
    status, headers, _ = request(place, "POST", body="x=1")
    assert status in (400, 405)
    status, headers, _ = request(place, "DELETE")
    assert status == 405 and headers["Allow"] == "GET, HEAD"
    for target in ("/", "/metrics/x", "/metricsx", "//metrics", "/" + "x" * 4000):
        assert request(place, target=target)[0] == 404, target
    assert raw(place, b"\x16\x03\x01\x02\x00 this is TLS\r\n\r\n") == "HTTP/1.1 400 Bad Request"
    assert raw(place, b"GET /metrics\r\n\r\n") == "HTTP/1.1 400 Bad Request"
    assert "400" in raw(place, b"GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello")
    huge = b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"
    assert "431" in raw(place, huge)
    with socket.create_connection(place, timeout=LIMIT):
        pass  # asks nothing
    status, headers, text = request(place, "HEAD")
    assert status == 200 and int(headers["Content-Length"]) > 1000 and text == ""
    assert request(place, target="/metrics?name=x")[0] == 200


def test_a_port_that_is_taken_is_named_before_anything_is_opened(directory):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        address = f"127.0.0.1:{busy.getsockname()[1]}"
        url = f"rtmp://{address}/live/x"
        for command in (["publish", str(directory / "missing.flv"), "--to", url], ["play", url],
                        ["serve", "--listen", "127.0.0.1:0"]):
            code, output, errors = refused([*command, "--metrics", address], directory)
            assert code == 2 and output == ""
            assert f"--metrics {address}: " in errors and errors.count("\n") == 1, errors
        busy.setblocking(False)
        with pytest.raises(BlockingIOError):
            busy.accept()


def test_a_player_has_figures_too_and_ipv6_an_address(clips, directory):
    node = Multiconn.serve(directory)
    publisher = Multiconn.publish(clips.small(), [node.url()], directory, "--loop")
    publisher.wait_event("publish", LIMIT)
    player = Multiconn.play(node.url(), directory / "copy.flv", directory, "--metrics", "[::1]:0")
    place = place_of(player)
    assert place[0] == "::1"
    server = player.wait_event("server", LIMIT)
    player.wait_event("stats", LIMIT, lambda event: event["video_messages"] > 0)
    page = scrape(place)
    assert state(page, server) == "playing"
    assert value(page, server, "received_bytes_total") > 1000
    assert player.interrupt() == 0


def test_a_node_counts_its_clients_and_what_they_do(clips, directory):
    root = directory / "root"
    root.mkdir()
    node = Multiconn.serve(directory, "--metrics", "127.0.0.1:0", "--root", str(root), "--fault",
                           "connect:refuse,times=1")
    place = place_of(node)

    def figures():
        page = scrape(place, "multiconn_node_")
        of = {name: got for (name, _), got in page.items() if name != "events_total"}
        events = {dict(labels)["kind"]: got for (name, labels), got in page.items()
                  if name == "events_total"}
        return of, events

    none = dict.fromkeys(["clients", "publishers", "players", "recordings", "shared_objects",
                          "shared_object_users"], 0)
    assert figures()[0] == none
    publisher = Multiconn.publish(clips.small(), [node.url()], directory, "--loop")
    assert publisher.wait(LIMIT) == 1, "it is refused the first time"
    publisher = Multiconn.publish(clips.small(), [node.url()], directory, "--loop")
    publisher.wait_event("publish", LIMIT)
    players = [Multiconn.play(node.url(), directory / f"copy{i}.flv", directory) for i in range(2)]
    full = {**none, "clients": 3, "publishers": 1, "players": 2}
    wait_until(lambda: figures()[0] == full, LIMIT, "three clients")
    players[0].interrupt()
    wait_until(lambda: figures()[0] == {**full, "clients": 2, "players": 1}, LIMIT, "one left")
    assert publisher.interrupt() == 0
    players[1].interrupt()
    wait_until(lambda: figures()[0] == none, LIMIT, "all left")
    events = figures()[1]
    assert node.interrupt() == 0
    told = {kind: len(node.find("client", lambda event, kind=kind: event["kind"] == kind))
            for kind in events}
    assert told == events and events["connected"] == 3 and events["refused"] == 1
    assert events["fault"] == 1 and events["play_ended"] == 2
