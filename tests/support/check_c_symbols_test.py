#!/usr/bin/env python3
"""Proves that check_c_symbols.py finds each kind of difference."""

import unittest

import check_c_symbols

SCRIPT = """MULTICONNECTION_1 {
  global:
    mc_a;
    mc_b;
  local:
    *;
};
MULTICONNECTION_2 {
  global:
    mc_c;
} MULTICONNECTION_1;
"""
SYMBOLS = {"mc_a@@MULTICONNECTION_1", "mc_b@@MULTICONNECTION_1", "mc_c@@MULTICONNECTION_2"}
HEADERS = """MC_C_API const char* mc_a(void);
MC_C_API void mc_b(mc_task* task);
MC_C_API mc_result
mc_c(int64_t a,
     int64_t b);
"""


class CheckCSymbols(unittest.TestCase):
    def found(self, script=SCRIPT, symbols=frozenset(SYMBOLS), headers=HEADERS):
        return list(check_c_symbols.differences(script, set(symbols), headers))

    def test_equal_lists_differ_in_nothing(self):
        self.assertEqual(self.found(), [])

    def test_a_symbol_that_slipped_out_is_found(self):
        self.assertEqual(self.found(symbols=SYMBOLS | {"_ZN2mc1fEv"}),
                         ["exported, but not listed: _ZN2mc1fEv"])

    def test_a_symbol_that_is_gone_is_found(self):
        self.assertEqual(self.found(symbols=SYMBOLS - {"mc_b@@MULTICONNECTION_1"}),
                         ["listed, but not exported: mc_b@@MULTICONNECTION_1"])

    def test_a_symbol_of_another_version_is_found(self):
        moved = SYMBOLS - {"mc_a@@MULTICONNECTION_1"} | {"mc_a@@MULTICONNECTION_2"}
        self.assertEqual(len(self.found(symbols=moved)), 2)

    def test_a_function_that_only_the_headers_or_only_the_list_has_is_found(self):
        self.assertEqual(self.found(headers=HEADERS + "MC_C_API void mc_d(void);\n"),
                         ["declared only: mc_d"])
        self.assertEqual(self.found(headers=HEADERS.replace("mc_b(", "mc_e(")),
                         ["listed only: mc_b", "declared only: mc_e"])


if __name__ == "__main__":
    unittest.main()
