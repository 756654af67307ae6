#!/usr/bin/env python3
"""Runs clang-tidy over the sources, within a budget of time.

Usage: tidy.py BUILD_FOLDER [--seconds N] [--seed N] [--base COMMIT]

Files that differ from --base come first, the rest in an order that --seed shuffles; what the budget
does not reach is said, and reached by another seed. Exit status 1 if clang-tidy finds anything.
"""

import argparse
import concurrent.futures
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def sources(build):
    """The project's own files of the compile commands, each once."""
    entries = json.loads((build / "compile_commands.json").read_text())
    files = {Path(entry["directory"], entry["file"]).resolve() for entry in entries}
    homes = [ROOT / name for name in ("sdk", "bindings", "examples")]
    return sorted(file for file in files if any(file.is_relative_to(home) for home in homes))


def changed_since(base):
    result = subprocess.run(["git", "-c", "safe.directory=*", "diff", "--name-only", base],
                            cwd=ROOT, capture_output=True, text=True, check=False)
    return {ROOT / line for line in result.stdout.splitlines()}


def in_order(files, changed, seed):
    rest = [file for file in files if file not in changed]
    random.Random(seed).shuffle(rest)
    return [file for file in files if file in changed] + rest


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--base")
    options = parser.parse_args()
    tidy = shutil.which("clang-tidy-14") or shutil.which("clang-tidy") or "clang-tidy"
    deadline = time.monotonic() + options.seconds

    def run(file):
        if time.monotonic() > deadline:
            return None
        return subprocess.run([tidy, "-p", str(options.build), "--quiet", str(file)],
                              capture_output=True, text=True, check=False)

    changed = changed_since(options.base) if options.base else set()
    files = in_order(sources(options.build), changed, options.seed)
    checked = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, result in zip(files, pool.map(run, files)):
            if result is None:
                continue
            checked += 1
            if result.returncode != 0:
                failed += 1
                print(f"{file.relative_to(ROOT)}:\n{result.stdout}{result.stderr}", flush=True)
    print(f"clang-tidy: {checked} of {len(files)} files checked, {failed} with findings")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
