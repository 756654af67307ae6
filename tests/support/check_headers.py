#!/usr/bin/env python3
"""Compiles each public header alone, as C++17 with warnings as errors, with g++ and clang++, and
looks at everything it pulls in.

Usage: check_headers.py [FOLDER]; the folder is what users add with -I (default: include/).
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FLAGS = ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
# Heavy, or a dependency that stays ours: never in what a user compiles.
FORBIDDEN = re.compile(
    r"/(boost/signals2/signal\.hpp|boost/asio(/|\.hpp)|boost/beast/|librtmp/|portaudio\.h|ares\.h|"
    r"openssl/|nettle/|lib(av(codec|device|filter|format|util)|swscale|swresample)/)")


def problem_of(compiler, folder, header, work):
    """What is wrong with this header, or nothing."""
    source = work / "alone.cpp"
    line = f'#include "{header.relative_to(folder)}"\n'
    source.write_text(line + line)  # Twice: it must guard itself.
    dependencies = work / "alone.d"
    result = subprocess.run(
        [compiler, *FLAGS, f"-I{folder}", "-MD", "-MF", str(dependencies), "-fsyntax-only",
         str(source)], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        return result.stderr.strip()
    pulled = dependencies.read_text().replace("\\\n", " ").split()
    unwanted = [name for name in pulled if FORBIDDEN.search(name)]
    return f"pulls in {', '.join(unwanted[:3])}" if unwanted else ""


def check(folder, compilers):
    """All failures, as lines of text."""
    lines = []
    with tempfile.TemporaryDirectory() as work:
        for compiler in compilers:
            for header in sorted(folder.rglob("*.hpp")):
                problem = problem_of(compiler, folder, header, Path(work))
                if problem:
                    lines.append(f"{header.relative_to(folder)} with {compiler}: {problem}")
    return lines


def main(arguments):
    root = Path(__file__).resolve().parents[2]
    folder = Path(arguments[0]).resolve() if arguments else root / "include"
    compilers = [name for name in ("g++", "clang++") if shutil.which(name)]
    lines = check(folder, compilers)
    print("\n".join(lines) if lines else f"every header stands alone for {compilers}")
    return 1 if lines or not compilers else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
