#!/usr/bin/env python3
"""Compares the functions that the C library exports with the list of its version script, and that
list with the headers. A symbol that was released is never taken out of the list.

Usage: check_c_symbols.py LIBRARY [ROOT]; prints one line per difference, exit status 1 if any.
"""

import re
import subprocess
import sys
from pathlib import Path

NODE = re.compile(r"^(\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
LISTED = re.compile(r"^\s+(mc_\w+);$", re.MULTILINE)
DECLARED = re.compile(r"^MC_C_API[^;(]*?\b(mc_\w+)\(", re.MULTILINE)


def listed(script):
    """symbol@@VERSION of every symbol of a version script."""
    return {f"{symbol}@@{version}" for version, body in NODE.findall(script)
            for symbol in LISTED.findall(body)}


def exported(library):
    output = subprocess.run(["nm", "--dynamic", "--defined-only", "--with-symbol-versions",
                             str(library)], capture_output=True, text=True, check=True).stdout
    names = {line.split()[-1] for line in output.splitlines() if line.split()[-2] != "A"}
    # What the tools that instrument a build add is not ours.
    return {name for name in names if not re.match(r"_?_(asan|ubsan|tsan|sancov|gcov|llvm)_", name)}


def differences(script, symbols, headers):
    expected = listed(script)
    for symbol in sorted(symbols - expected):
        yield f"exported, but not listed: {symbol}"
    for symbol in sorted(expected - symbols):
        yield f"listed, but not exported: {symbol}"
    names = {symbol.split("@")[0] for symbol in expected}
    declared = set(DECLARED.findall(headers))
    for name in sorted(declared ^ names):
        yield f"{'declared' if name in declared else 'listed'} only: {name}"


def main(arguments):
    root = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).resolve().parents[2]
    home = root / "bindings" / "c"
    headers = "".join(path.read_text() for path in sorted((home / "include").rglob("*.h")))
    lines = list(differences((home / "symbols.map").read_text(), exported(arguments[0]), headers))
    print("\n".join(lines) if lines else "the C library exports what its list says")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
