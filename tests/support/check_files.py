#!/usr/bin/env python3
"""Keeps files short and free of leftovers.

Usage: check_files.py [ROOT]; prints one line per violation, exit status 1 if there is any.
"""

import re
import sys
from pathlib import Path

MAX_LINES = 450
FOLDERS = ("sdk", "include", "bindings", "examples", "tests")
SUFFIXES = {".cpp", ".hpp", ".h", ".c", ".py", ".sh", ".js"}
# Written in two parts, so that this file does not find itself.
LEFTOVER = re.compile("TO" + "DO|FIX" + r"ME|\bXX" + "X\\b|DISABLED" + "_|GTEST" + "_SKIP")
NAP = re.compile("sle" + r"ep_(for|until)|\b(u|nano)sle" + r"ep\(|\btime\.sle" + r"ep\(")

# The one place that polls, with a limit, for what the system cannot announce.
POLLING = "tests/support/processes.py"


def problems_of(root, path):
    lines = (root / path).read_text(encoding="utf-8").splitlines()
    if len(lines) > MAX_LINES:
        yield f"{path}: {len(lines)} lines, at most {MAX_LINES}"
    for number, line in enumerate(lines, start=1):
        if LEFTOVER.search(line):
            yield f"{path}:{number}: leftover: {line.strip()}"
        if path.parts[0] == "tests" and NAP.search(line) and path.as_posix() != POLLING:
            yield f"{path}:{number}: wait for an event with a limit, not for a time: {line.strip()}"


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    lines = []
    for top in FOLDERS:
        for file in sorted((root / top).rglob("*")):
            if file.suffix in SUFFIXES and file.is_file():
                lines += problems_of(root, file.relative_to(root))
    print("\n".join(lines) if lines else "every file is short and free of leftovers")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
