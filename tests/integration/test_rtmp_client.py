"""npm's rtmp-client, an independent implementation, shares state through our node and Red5: with
our client, and with a few lines of Python that share nothing with either."""

import pytest
from multiconn import Multiconn
from object_client import ObjectClient
from red5_server import Red5
from rtmp_client import LIMIT, RtmpClient
from shared_objects import CHANGE, REMOVE, SharedObjectPeer, change, removal

NESTED = {"deep": ["t\u00e4xt", None, 0.5]}  # what our client calls `nested`


@pytest.fixture(scope="module", params=["node", "red5"])
def server(request, tmp_path_factory):
    """One for all tests: each has a room of its own."""
    directory = tmp_path_factory.mktemp(request.param)
    with Multiconn.serve(directory) if request.param == "node" else Red5(directory) as started:
        yield started


def url(server, room):
    return f"rtmp://127.0.0.1:{server.port}/live/{room}"


def test_what_either_writes_the_other_sees(server, directory):
    with SharedObjectPeer(server.port, "live/either") as peer:
        peer.use("board")
        peer.ask("board", change("before", 1))
        peer.wait_shared()
        client = RtmpClient(url(server, "either"), "board", directory)
        client.wait_change("change", "before", 1)
        client.do("set", "colour", {"red": 0.5, "names": ["rot", "\u7ea2"]})
        assert peer.wait_shared().events == \
            [(CHANGE, ("colour", {"red": 0.5, "names": ["rot", "\u7ea2"]}))]
        peer.ask("board", change("size", 7))
        client.wait_change("change", "size", 7)
        peer.wait_shared()
        client.do("remove", "size")
        assert peer.wait_shared().events == [(REMOVE, "size")]
        client.wait_change("delete", "size")
        peer.ask("board", removal("colour"))
        client.wait_change("delete", "colour")


def test_it_shares_state_with_our_client_both_ways(server, directory):
    ours = ObjectClient("board", [url(server, "ours")], directory)
    ours.do("set", "before", "nested")
    ours.wait_change("success", "before", NESTED)
    other = RtmpClient(url(server, "ours"), "board", directory)
    other.wait_change("change", "before", NESTED)
    other.do("set", "colour", {"red": 0.5, "names": ["rot", "\u7ea2"]})
    ours.wait_change("change", "colour", {"red": 0.5, "names": ["rot", "\u7ea2"]})
    ours.do("set", "size", 7)
    other.wait_change("change", "size", 7)
    ours.wait_change("success", "size", 7)
    other.do("set", "size", 8)
    ours.wait_change("change", "size", 8)
    other.do("remove", "size")
    ours.wait_change("delete", "size")
    other.wait_change("delete", "size")
    ours.do("clear")
    other.wait_change("delete", "before")
    other.wait_change("delete", "colour")
    ours.wait_change("delete", "colour")
    assert ours.show()["data"] == {}


def test_two_of_them_share_state(server, directory):
    first, second = (RtmpClient(url(server, "two"), "board", directory, name) for name in "ab")
    first.do("set", "x", 1)
    second.wait_change("change", "x", 1)
    second.do("set", "x", 2)
    first.wait_change("change", "x", 2)


def test_its_calls_are_answered(server, directory):
    client = RtmpClient(url(server, "calls"), "board", directory)
    client.do("call", "nobody.knows", 1)
    client.wait_event("error", LIMIT, lambda event: event["code"] == "NetConnection.Call.Failed")
