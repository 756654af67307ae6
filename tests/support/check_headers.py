#!/usr/bin/env python3
"""Compiles each public header alone, with warnings as errors, with GCC and Clang, and looks at
everything it pulls in: *.hpp as C++17, *.h as C99 and as C++17.

Usage: check_headers.py [FOLDER...]; the folders are what users add with -I (default: include/ and
bindings/c/include/).
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-pedantic-errors", "-Wconversion", "-Wshadow",
         "-Werror", "-fsyntax-only"]
COMPILERS = {"c++": ("g++", "clang++"), "c": ("gcc", "clang")}
STANDARD = {"c++": "c++17", "c": "c99"}
LANGUAGES = {".hpp": ("c++",), ".h": ("c", "c++")}
# Heavy, or a dependency that stays ours: never in what a user compiles.
FORBIDDEN = re.compile(
    r"/(boost/signals2/signal\.hpp|boost/asio(/|\.hpp)|boost/beast/|librtmp/|portaudio\.h|ares\.h|"
    r"openssl/|nettle/|lib(av(codec|device|filter|format|util)|swscale|swresample)/)")


def problem_of(compiler, language, folder, header, work):
    """What is wrong with this header, or nothing."""
    source = work / ("alone.c" if language == "c" else "alone.cpp")
    line = f'#include "{header.relative_to(folder)}"\n'
    source.write_text(line + line)  # Twice: it must guard itself.
    dependencies = work / "alone.d"
    result = subprocess.run(
        [compiler, f"-std={STANDARD[language]}", *FLAGS, f"-I{folder}", "-MD", "-MF",
         str(dependencies), str(source)], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        return result.stderr.strip()
    pulled = dependencies.read_text().replace("\\\n", " ").split()
    unwanted = [name for name in pulled if FORBIDDEN.search(name)]
    return f"pulls in {', '.join(unwanted[:3])}" if unwanted else ""


def check(folder, installed=shutil.which):
    """All failures, as lines of text."""
    lines = []
    with tempfile.TemporaryDirectory() as work:
        for header in sorted(folder.rglob("*.h*")):
            for language in LANGUAGES.get(header.suffix, ()):
                found = [name for name in COMPILERS[language] if installed(name)]
                if not found:
                    lines.append(f"no compiler of {language} for {header.relative_to(folder)}")
                for compiler in found:
                    problem = problem_of(compiler, language, folder, header, Path(work))
                    if problem:
                        lines.append(f"{header.relative_to(folder)} with {compiler}: {problem}")
    return lines


def main(arguments):
    root = Path(__file__).resolve().parents[2]
    folders = [Path(argument).resolve() for argument in arguments]
    lines = []
    for folder in folders or [root / "include", root / "bindings" / "c" / "include"]:
        lines += check(folder)
    print("\n".join(lines) if lines else "every header stands alone")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
