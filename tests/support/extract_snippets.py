#!/usr/bin/env python3
"""Writes the C++ and C blocks of Markdown files out, so that a test can compile them.

Usage: extract_snippets.py OUT_FOLDER FILE.md...; prints the names of the files written.

A block with an #include of its own is a whole file. Any other block becomes the body of a function,
after the public headers; what it presumes stands, for the reader of the source only, in comments
above it: <!-- snippet: mc::MultiConnection array; -->
"""

import re
import sys
from pathlib import Path

BLOCK = re.compile(r"((?:^<!-- snippet: .*? -->\n+)*)^```(cpp|c)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GIVEN = re.compile(r"<!-- snippet: (.*?) -->", re.DOTALL)
CPP_BODY = """\
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <multiconnection/ffmpeg.hpp>
#include <multiconnection/multiconnection.hpp>
#include <multiconnection/node.hpp>
#include <string>
#include <vector>

namespace mc = multiconnection;
using namespace std::chrono_literals;

[[maybe_unused]] static void snippet() {{
{given}
#line {line} "{path}"
{text}}}
"""
C_BODY = """\
#include <multiconnection.h>
#include <stdio.h>

void snippet(void);
void snippet(void) {{
{given}
#line {line} "{path}"
{text}}}
"""
BODIES = {"cpp": CPP_BODY, "c": C_BODY}


def snippets(path):
    """(language, whole text of a source file) of each block of a Markdown file."""
    markdown = path.read_text(encoding="utf-8")
    for match in BLOCK.finditer(markdown):
        given, language, text = match.groups()
        line = markdown.count("\n", 0, match.start(3)) + 1
        if "#include" in text:
            yield language, f'#line {line} "{path}"\n{text}'
        else:
            yield language, BODIES[language].format(given="\n".join(GIVEN.findall(given)),
                                                    line=line, path=path, text=text)


def main(arguments):
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for path in map(Path, arguments[1:]):
        for number, (language, text) in enumerate(snippets(path), start=1):
            file = folder / f"{path.stem.lower().replace('-', '_')}_{number}.{language}"
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                file.write_text(text, encoding="utf-8")
            print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
