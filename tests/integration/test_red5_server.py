"""How Red5, the real server, treats shared objects and calls: what the SDK must cope with.

The client is a few lines of Python that share nothing with the SDK. Red5's versions start at 1 and
grow by one with every message that it takes.
"""

import amf0
import pytest
from red5_server import Red5
from rtmp_chunks import COMMAND, COMMAND_AMF3
from rtmp_peer import LIMIT
from shared_objects import (CHANGE, CLEAR, RELEASE, REMOVE, SEND, SHARED_OBJECT,
                            SHARED_OBJECT_AMF3, STATUS, SUCCESS, USE, USE_SUCCESS,
                            SharedObjectPeer, change, event, removal, sending)

NAME = "00 07 69 6e 66 6f 5f 73 6f "  # info_so
FOO = "00 00 00 10 00 08 75 73 65 72 4e 61 6d 65 02 00 03 46 6f 6f"  # userName: "Foo"


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with Red5(tmp_path_factory.mktemp("red5")) as server:
        yield server


@pytest.fixture
def red5(started):
    """One server for all tests: each uses objects of its own names."""
    yield started
    print(started.process.log())


@pytest.fixture
def pair(red5):
    with SharedObjectPeer(red5.port) as first, SharedObjectPeer(red5.port) as second:
        yield first, second


def use_both(pair, name, persistent=False):
    for peer in pair:
        assert peer.use(name, persistent).events[0] == (USE_SUCCESS, None)


@pytest.mark.parametrize("room, flags, cleared", [
    ("live/temporary", "00 00 00 00", "08 00 00 00 00 "), ("live/persistent", "00 00 00 02", "")])
def test_bytes_of_use_set_and_snapshot(red5, room, flags, cleared):
    with SharedObjectPeer(red5.port, room) as first, SharedObjectPeer(red5.port, room) as second:
        head = flags + " 00 00 00 00 "
        use = bytes.fromhex(NAME + "00 00 00 00 " + head + "01 00 00 00 00")
        first.send_message(SHARED_OBJECT, use)
        assert first.wait_shared().body == bytes.fromhex(
            NAME + "00 00 00 02 " + head + "0b 00 00 00 00 " + cleared)
        first.send_message(SHARED_OBJECT, bytes.fromhex(NAME + "00 00 00 01 " + head + "03" + FOO))
        assert first.wait_shared().body == bytes.fromhex(
            NAME + "00 00 00 03 " + head + "05 00 00 00 0a 00 08 75 73 65 72 4e 61 6d 65")
        second.send_message(SHARED_OBJECT, use)
        assert second.wait_shared().body == bytes.fromhex(
            NAME + "00 00 00 04 " + head + "0b 00 00 00 00 " + cleared + "04" + FOO)


def test_a_set_is_acknowledged_without_the_value_and_told_to_the_others(pair):
    first, second = pair
    use_both(pair, "set")
    first.ask("set", change("x", 4), change("y", [1, {"k": True}]))
    assert first.wait_shared().events == [(SUCCESS, "x"), (SUCCESS, "y")]
    assert second.wait_shared().events == [(CHANGE, ("x", 4)), (CHANGE, ("y", [1, {"k": True}]))]


def test_the_version_that_a_client_sends_does_not_matter(pair):
    first, second = pair
    use_both(pair, "stale")
    for version in (0, 999):
        first.ask("stale", change("x", version), version=version)
        assert first.wait_shared().events == [(SUCCESS, "x")]
    told = [second.wait_shared() for _ in range(2)]
    assert [message.events for message in told] == [[(CHANGE, ("x", 0))], [(CHANGE, ("x", 999))]]
    assert told[1].version == told[0].version + 1


def test_an_unchanged_value_is_acknowledged_and_told_to_nobody(pair):
    first, second = pair
    use_both(pair, "same")
    for value in (1, 1, 2):
        first.ask("same", change("x", value))
        assert first.wait_shared().events == [(SUCCESS, "x")]
    assert [second.wait_shared().events for _ in range(2)] == \
        [[(CHANGE, ("x", 1))], [(CHANGE, ("x", 2))]]


def test_a_removal_is_told_to_everybody_but_that_of_nothing_only_to_who_asked(pair):
    first, second = pair
    use_both(pair, "removal")
    for events in (change("x", 1), removal("x"), removal("never there"), change("end", 1)):
        first.ask("removal", events)
    assert [first.wait_shared().events for _ in range(4)] == \
        [[(SUCCESS, "x")], [(REMOVE, "x")], [(REMOVE, "never there")], [(SUCCESS, "end")]]
    assert [second.wait_shared().events for _ in range(3)] == \
        [[(CHANGE, ("x", 1))], [(REMOVE, "x")], [(CHANGE, ("end", 1))]]


def test_null_removes_a_slot_and_is_acknowledged_as_a_set(pair):
    first, second = pair
    use_both(pair, "null")
    first.ask("null", change("x", 1))
    first.ask("null", change("x", None))
    assert [first.wait_shared().events for _ in range(2)] == [[(SUCCESS, "x")]] * 2
    assert [second.wait_shared().events for _ in range(2)] == \
        [[(CHANGE, ("x", 1))], [(REMOVE, "x")]]


def test_what_is_sent_reaches_everybody_and_nobody_who_comes_later(pair):
    first, second = pair
    use_both(pair, "send")
    first.ask("send", sending("say", "hi", 1))
    for peer in pair:
        assert peer.wait_shared().events == [(SEND, ("say", "hi", 1))]
    second.ask("send", event(RELEASE))
    assert second.use("send").events == [(USE_SUCCESS, None), (CLEAR, None)]


def test_a_refused_write_is_told_beside_what_was_accepted_of_the_same_message(pair):
    first, second = pair
    use_both(pair, "refusal")
    first.ask("refusal", change("fixed", 1), change("free", 1))
    assert first.wait_shared().events == \
        [(STATUS, ("SharedObject.NoWriteAccess", "error")), (SUCCESS, "free")]
    assert second.wait_shared().events == [(CHANGE, ("free", 1))]


def test_a_refused_send_is_silent(pair):
    first, second = pair
    use_both(pair, "silence")
    first.ask("silence", sending("unheard", 1))
    first.ask("silence", sending("heard", 1))
    for peer in pair:
        assert peer.wait_shared().events == [(SEND, ("heard", 1))]


@pytest.mark.parametrize("name, code", [("uncreatable", "SharedObject.ObjectCreationFailed"),
                                        ("unreadable", "SharedObject.NoReadAccess")])
def test_a_refused_use_says_why(pair, name, code):
    assert pair[0].use(name).events == [(STATUS, (code, "error"))]


def test_an_object_of_the_other_persistence_is_refused(pair):
    first, second = pair
    first.use("kept", persistent=True)
    assert second.use("kept").events == [(STATUS, ("SharedObject.BadPersistence", "error"))]


def test_a_second_use_is_not_answered_but_one_after_a_release_is(pair):
    first = pair[0]
    first.use("again")
    first.ask("again", event(USE))
    first.ask("again", change("x", 1))
    assert first.wait_shared().events == [(SUCCESS, "x")]
    first.ask("again", event(RELEASE))
    assert first.use("again").events == [(USE_SUCCESS, None), (CLEAR, None), (CHANGE, ("x", 1))]


def test_the_server_s_own_changes_are_told_to_all_and_its_clear_slot_by_slot(pair):
    first, second = pair
    use_both(pair, "server")
    assert first.call("setSlot", "server", "x", 5) == ("_result", True)
    assert first.call("setSlot", "server", "y", 6) == ("_result", True)
    assert first.call("clearObject", "server") == ("_result", True)
    told = [message.events for message in (second.wait_shared() for _ in range(3))]
    assert told[:2] == [[(CHANGE, ("x", 5))], [(CHANGE, ("y", 6))]]
    assert sorted(told[2]) == [(REMOVE, "x"), (REMOVE, "y")]


def test_persistent_content_outlives_a_restart_and_temporary_content_does_not(directory):
    with Red5(directory) as red5:
        with SharedObjectPeer(red5.port) as peer:
            for name, persistent in (("kept", True), ("lost", False)):
                peer.use(name, persistent)
                peer.ask(name, change("x", {"deep": ["t\u00e4xt"]}), persistent=persistent)
                peer.wait_shared()
        assert red5.process.stop(limit=LIMIT) == 143, "it had no time to store the object"
        red5.restart()
        with SharedObjectPeer(red5.port) as peer:
            assert peer.use("kept", persistent=True).events == \
                [(USE_SUCCESS, None), (CHANGE, ("x", {"deep": ["t\u00e4xt"]}))]
            assert peer.use("lost").events == [(USE_SUCCESS, None), (CLEAR, None)]


def test_with_amf3_the_values_alone_are_amf3(red5):
    """The bodies of type 16, as sent and as Red5 passes them on to another such client."""
    head = "00 00 02 73 6f "
    with SharedObjectPeer(red5.port, objectEncoding=3) as first, \
            SharedObjectPeer(red5.port, objectEncoding=3) as second:
        for peer in (first, second):
            peer.send_message(SHARED_OBJECT_AMF3, bytes.fromhex(head + "00" * 12 + "01 00000000"))
            next(m for m in peer.messages() if m.type == SHARED_OBJECT_AMF3)
        value = "00 00 00 10 00 08 75 73 65 72 4e 61 6d 65 11 06 07 46 6f 6f"
        first.send_message(SHARED_OBJECT_AMF3, bytes.fromhex(head + "00" * 12 + "03" + value))
        told = next(m for m in second.messages() if m.type == SHARED_OBJECT_AMF3)
        assert told.body == bytes.fromhex(head + "00 00 00 04" + "00" * 8 + "04" + value)


def test_calls_return_values_and_errors(pair):
    peer = pair[0]
    value = {"number": 0.5, "list": [True, None, "t\u00e4xt"]}
    assert peer.call("echo", value) == ("_result", value)
    assert peer.call("list", 1, "two", 3) == ("_result", [1, "two", 3])
    assert peer.call("add", 1, 2) == ("_result", 3)
    assert peer.call("nothing") == ("_result", None)
    for method, arguments in (("fail", []), ("missing", [1])):
        answer, info = peer.call(method, *arguments)
        assert (answer, info["code"]) == ("_error", "NetConnection.Call.Failed")


def test_the_server_calls_its_client(pair):
    peer = pair[0]
    peer.command("callMe", 2, None, "paint", "red")
    assert peer.wait_command(lambda values: values[0] == "paint")[2:] == [None, "red"]


def test_a_call_in_amf3_is_answered_by_amf0_with_an_amf3_value(red5):
    with SharedObjectPeer(red5.port, objectEncoding=3) as peer:
        peer.send_message(COMMAND_AMF3, b"\0" + amf0.encode_all("add", 2, None, 1, 2))
        answer = next(m for m in peer.messages() if m.type == COMMAND)
        assert answer.body == amf0.encode_all("_result", 2, None) + \
            bytes.fromhex("11 05 40 08 00 00 00 00 00 00")
