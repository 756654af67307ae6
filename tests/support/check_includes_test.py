#!/usr/bin/env python3
"""Proves that check_includes.py finds each kind of violation, and only those."""

import re
import tempfile
import unittest
from pathlib import Path

import check_includes


class CheckIncludes(unittest.TestCase):
    def problems(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check_includes.check(Path(folder))

    def assert_refused(self, name, include, because):
        lines = self.problems({name: f"// first line\n#include {include}\n"})
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(f"{name}:2: "), lines[0])
        self.assertIn(because, lines[0])

    def assert_allowed(self, name, include):
        self.assertEqual(self.problems({name: f"#include {include}\n"}), [])

    def test_a_room_may_include_what_the_table_names(self):
        self.assert_allowed("sdk/fanout/a.cpp", '"session/b.hpp"')
        self.assert_allowed("sdk/fanout/a.cpp", '"fanout/b.hpp"')
        self.assert_refused("sdk/session/a.cpp", '"fanout/b.hpp"', "session may not include room")
        self.assert_refused("sdk/flv/a.cpp", '"transport/b.hpp"', "flv may not include room")

    def test_a_room_that_is_not_in_the_table_is_refused(self):
        self.assert_refused("sdk/attic/a.cpp", '"util/b.hpp"', "attic is not in the table")

    def test_quoted_includes_name_their_room(self):
        self.assert_refused("sdk/util/a.cpp", '"b.hpp"', "sources' root")

    def test_unit_tests_are_bound_by_their_room_and_other_tests_are_not(self):
        self.assert_refused("tests/unit/amf/a_test.cpp", '"rtmp/b.hpp"', "the tests of amf")
        self.assert_allowed("tests/unit/rtmp/a_test.cpp", '"amf/b.hpp"')
        self.assert_allowed("tests/unit/rtmp/a_test.cpp", "<librtmp/rtmp.h>")
        self.assert_allowed("tests/benchmark/a.cpp", '"fanout/b.hpp"')

    def test_users_see_public_headers_only(self):
        for name in ("examples/a/main.cpp", "tests/integration/a.cpp", "bindings/c/a.cpp",
                     "include/multiconnection/a.hpp"):
            self.assert_refused(name, '"util/b.hpp"', "hidden from")

    def test_public_classes_are_not_used_by_inner_rooms(self):
        self.assert_allowed("sdk/session/a.cpp", '"multiconnection/error.hpp"')
        self.assert_refused("sdk/session/a.cpp", '"multiconnection/multi_connection.hpp"',
                            "value headers only")

    def test_third_party_headers_have_one_home(self):
        self.assert_allowed("sdk/transport/a.cpp", "<librtmp/rtmp.h>")
        self.assert_refused("sdk/session/a.cpp", "<librtmp/rtmp.h>", "transport only")
        self.assert_refused("sdk/client/a.cpp", "<boost/asio/post.hpp>", "transport only")
        self.assert_refused("include/multiconnection/a.hpp", "<boost/signals2/signal.hpp>",
                            "client only")
        self.assert_allowed("include/multiconnection/a.hpp", "<boost/signals2/slot.hpp>")
        self.assert_allowed("examples/a/main.cpp", "<boost/signals2/connection.hpp>")
        self.assert_refused("examples/a/main.cpp", "<librtmp/rtmp.h>", "transport only")
        self.assert_allowed("tests/integration/a.cpp", "<gtest/gtest.h>")
        self.assert_refused("sdk/util/a.cpp", "<zlib.h>", "in no list")

    def test_the_operating_system_stands_in_files_named_for_it(self):
        self.assert_allowed("sdk/util/pipe_posix.cpp", "<unistd.h>")
        self.assert_refused("sdk/util/pipe.cpp", "<unistd.h>", "named *_posix")
        self.assert_refused("sdk/rtmp/pipe_posix.cpp", "<unistd.h>", "named *_posix")
        self.assert_allowed("tests/unit/util/pipe_test.cpp", "<unistd.h>")

    def test_the_documentation_shows_the_same_table(self):
        root = Path(__file__).resolve().parents[2]
        built = {path.parent.name for path in (root / "sdk").glob("*/CMakeLists.txt")}
        page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
        shown = {room: set(allowed.split()) for room, allowed in
                 re.findall(r"^\| `sdk/(\w+)` \|.*\| (-|[a-z _]+) \|$", page, re.MULTILINE)}
        self.assertEqual(set(shown), built)
        above = {"all", "above"}
        for room, allowed in shown.items():
            if allowed in ({"-"}, {"the", "public", "headers"}):
                allowed = set()
            expected = check_includes.ROOMS[room] & built
            self.assertIn(allowed, (expected, above) if room == "client" else (expected,), room)

    def test_decisions_stay_without_threads(self):
        self.assert_refused("sdk/session/a.cpp", "<mutex>", "no socket, clock, thread")
        self.assert_refused("sdk/relay/relay_fsm.cpp", "<thread>", "no socket, clock, thread")
        self.assert_allowed("sdk/reactor/a.cpp", "<thread>")


if __name__ == "__main__":
    unittest.main()
