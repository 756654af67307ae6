"""Our client's shared objects and calls against Red5, the real server."""

import pytest
from object_client import LIMIT, ObjectClient
from red5_server import Red5

ENDED = 143  # of Java, by SIGTERM
NESTED = {"deep": ["t\u00e4xt", None, 0.5]}


@pytest.fixture(scope="module")
def red5(tmp_path_factory):
    """One for all tests that do not stop it: each has a room of its own."""
    with Red5(tmp_path_factory.mktemp("red5")) as server:
        yield server


@pytest.fixture
def room(red5, request):
    return url(red5, request.node.name.split("[")[0])


def url(server, room):
    return f"rtmp://127.0.0.1:{server.port}/live/{room}"


def pair(urls, directory, persistent=False, **options):
    clients = [ObjectClient("board", urls, directory, persistent, process_name=name, **options)
               for name in ("ada", "bob")]
    for client in clients:
        client.wait_ready()
    return clients


@pytest.mark.parametrize("persistent", [False, True])
def test_two_clients_share_state(red5, directory, persistent):
    ada, bob = pair([url(red5, f"state{persistent}")], directory, persistent)
    ada.do("set", "text", "Foo")
    ada.wait_change("success", "text", "Foo")
    bob.wait_change("change", "text", "Foo")
    bob.do("set", "text", "Bar")
    bob.wait_change("success", "text", "Bar")
    ada.wait_change("change", "text", "Bar")
    bob.do("set", "tree", "nested")
    bob.wait_change("success", "tree", NESTED)
    ada.wait_change("change", "tree", NESTED)
    ada.do("remove", "text")
    for client in (ada, bob):
        client.wait_change("delete", "text")
        shown = client.show()
        assert shown["data"] == {"tree": NESTED}
        assert shown["servers"][0]["unacknowledged"] == 0


def test_who_comes_later_gets_the_whole_content(room, directory):
    ada = ObjectClient("board", [room], directory)
    ada.do("set", "a", 1, "b", "two", "c", "nested")
    for slot, value in (("a", 1), ("b", "two"), ("c", NESTED)):
        ada.wait_change("success", slot, value)
    bob = ObjectClient("board", [room], directory, process_name="bob")
    bob.wait_ready()
    assert bob.show()["data"] == {"a": 1, "b": "two", "c": NESTED}


def test_slots_set_together_are_told_together(room, directory):
    ada, bob = pair([room], directory)
    ada.do("set", "p", 1, "q", True)
    bob.wait_change("change", "q", True)
    ada.wait_change("success", "q", True)
    assert [len(event["changes"]) for event in bob.find("sync")[1:]] == [2]
    assert [len(event["changes"]) for event in ada.find("sync")[1:]] == [2]


def test_an_unchanged_value_is_acknowledged(room, directory):
    ada, bob = pair([room], directory)
    for _ in range(2):
        ada.do("set", "x", 1)
    ada.wait_change("success", "x", 1, times=2)
    ada.do("set", "x", 2)
    bob.wait_change("change", "x", 2)
    assert len(bob.find("sync", lambda event: not event["snapshot"])) == 2


def test_messages_reach_everybody_once(room, directory):
    ada, bob = pair([room], directory)
    for number in range(20):
        ada.do("send", "say", "hi", number)
    for client in (ada, bob):
        client.wait_event("message", LIMIT, count=20)
    ada.do("set", "end", 1)
    for client, code in ((ada, "success"), (bob, "change")):
        client.wait_change(code, "end", 1)
        assert [event["values"] for event in client.find("message")] == \
            [["hi", number] for number in range(20)]


def test_clearing_deletes_every_slot_for_everybody(room, directory):
    ada, bob = pair([room], directory)
    ada.do("set", "a", 1, "b", 2)
    bob.wait_change("change", "b", 2)
    bob.do("clear")
    for client in (ada, bob):
        client.wait_change("delete", "a")
        client.wait_change("delete", "b")
        assert client.show()["data"] == {}


def test_a_refused_write_is_rejected_and_the_others_of_its_message_stand(room, directory):
    ada, bob = pair([room], directory)
    ada.do("set", "fixed", 1, "free", 2, "fixed_too", 3)
    ada.wait_change("success", "free", 2)
    ada.wait_change("reject", "fixed")
    ada.do("set", "next", 4)
    ada.wait_change("success", "next", 4)
    bob.wait_change("change", "next", 4)
    ada.wait_status("object_status", "SharedObject.NoWriteAccess", 0)
    for client in (ada, bob):
        shown = client.show()
        assert shown["data"] == {"free": 2, "next": 4}
        assert shown["servers"][0]["unacknowledged"] == 0


@pytest.mark.parametrize("name, code", [("uncreatable", "SharedObject.ObjectCreationFailed"),
                                        ("unreadable", "SharedObject.NoReadAccess")])
def test_a_refused_use_is_told_by_name(room, directory, name, code):
    client = ObjectClient(name, [room], directory)
    client.wait_status("object_status", code, 0)
    assert client.show()["servers"][0]["state"] == "failed"


def test_an_object_of_the_other_persistence_is_told_by_name(room, directory):
    ObjectClient("board", [room], directory, persistent=True).wait_ready()
    bob = ObjectClient("board", [room], directory, process_name="bob")
    bob.wait_status("object_status", "SharedObject.BadPersistence", 0)


def test_what_the_server_does_to_it_is_told(room, directory):
    ada, bob = pair([room], directory)
    ada.do("call", "setSlot", "board", "x", 5)
    for client in (ada, bob):
        client.wait_change("change", "x", 5)
    ada.do("call", "clearObject", "board")
    for client in (ada, bob):
        client.wait_change("delete", "x")


def test_calls_go_both_ways(room, directory):
    client = ObjectClient("board", [room], directory)
    client.wait_ready()
    client.do("call", "add", 1, 2)
    client.do("call", "echo", "nested")
    client.do("call", "nothing")
    client.do("call", "fail")
    client.do("call", "missing", 1)
    replies = [client.wait_event("reply", LIMIT, count=number) for number in range(1, 6)]
    assert [(reply["returned"], reply["value"], reply["code"]) for reply in replies] == \
        [(True, 3, None), (True, NESTED, None), (True, None, None),
         (False, None, "NetConnection.Call.Failed"), (False, None, "NetConnection.Call.Failed")]
    client.do("call", "callMe", "paint", "red")
    assert client.wait_event("called", LIMIT)["values"] == ["red"]


def test_a_mirror_carries_changes_from_one_room_to_another(red5, directory):
    """Two rooms are two servers that do not know each other."""
    rooms = [url(red5, "mirror1"), url(red5, "mirror2")]
    mirror = ObjectClient("board", rooms, directory, mode="mirror")
    mirror.wait_ready()
    one = ObjectClient("board", rooms[:1], directory, process_name="one")
    two = ObjectClient("board", rooms[1:], directory, process_name="two")
    for client in (one, two):
        client.wait_ready()
    one.do("set", "x", 1)
    two.wait_change("change", "x", 1)
    two.do("remove", "x")
    one.wait_change("delete", "x")
    mirror.wait_change("delete", "x")
    assert mirror.show()["divergent"] == []


def test_a_persistent_object_outlives_the_server_and_what_is_written_meanwhile_follows(directory):
    with Red5(directory) as red5:
        # Not in a room: Red5.java stores the objects of its application when it ends.
        ada, bob = pair([f"rtmp://127.0.0.1:{red5.port}/live"], directory, persistent=True)
        ada.do("set", "kept", "nested")
        bob.wait_change("change", "kept", NESTED)
        assert red5.process.stop(limit=LIMIT) == ENDED, "it had no time to store the object"
        ada.wait_status("server", "NetConnection.Connect.Closed", 0)
        ada.do("set", "meanwhile", 1)
        red5.restart()
        for client in (ada, bob):
            client.wait_ready(times=2)
        ada.wait_change("success", "meanwhile", 1)
        for client in (ada, bob):
            assert client.show()["data"]["kept"] == NESTED
        bob.do("set", "after", 2)
        ada.wait_change("change", "after", 2)
        for client in (ada, bob):
            assert client.show()["data"] == {"kept": NESTED, "meanwhile": 1, "after": 2}


def test_a_client_that_lost_a_temporary_object_brings_its_own_writes_back(directory):
    with Red5(directory) as red5:
        ada = ObjectClient("board", [url(red5, "lost")], directory)
        ada.do("set", "mine", 1)
        ada.wait_change("success", "mine", 1)
        red5.process.stop()
        red5.restart()
        ada.wait_ready(times=2)
        ada.wait_change("success", "mine", 1, times=2)
        ada.close()
