#!/usr/bin/env python3
"""Proves that check_headers.py finds a header that does not stand alone, or pulls in too much."""

import tempfile
import unittest
from pathlib import Path

import check_headers


class CheckHeaders(unittest.TestCase):
    def problems(self, text, name="a.hpp"):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / name).write_text(text)
            return check_headers.check(Path(folder), lambda compiler: compiler in ("g++", "gcc"))

    def test_a_complete_header_passes(self):
        self.assertEqual(self.problems("#pragma once\n#include <string>\nstd::string f();\n"), [])

    def test_a_missing_include_a_missing_guard_and_a_warning_are_found(self):
        for text in ("#pragma once\nstd::string f();\n", "struct A {};\n",
                     "#pragma once\ninline int f(long x) { return x; }\n",
                     "#pragma once\n#include <concepts>\ntemplate <std::integral T> T f();\n"):
            self.assertEqual(len(self.problems(text)), 1, text)

    def test_a_header_for_c_is_c99_and_cpp(self):
        guarded = "#ifndef A\n#define A\n{}\n#endif\n"
        self.assertEqual(self.problems(guarded.format("int f(void);"), "a.h"), [])
        for text, compiler in (("int f(bool b);", "gcc"), ("int f(int class);", "g++")):
            lines = self.problems(guarded.format(text), "a.h")
            self.assertTrue(lines and all(compiler in line for line in lines), (text, lines))

    def test_a_heavy_header_is_found(self):
        lines = self.problems("#pragma once\n#include <boost/asio/version.hpp>\n")
        self.assertIn("boost/asio/version.hpp", lines[0])


if __name__ == "__main__":
    unittest.main()
