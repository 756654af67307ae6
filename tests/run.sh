#!/usr/bin/env bash
# Installs what the tests need, builds, and runs the unit and integration tests. No input; ends with
# CTest's summary and its exit status.
set -euo pipefail
cd "$(dirname "$0")/.."

tests/support/packages.sh tests

# Independent programs that Debian lacks, outside of the source tree's own files.
python3 -B tests/support/peers.py install
tests/support/red5/install.sh

if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}
fi
cmake --preset dev
cmake --build --preset dev --parallel "$(nproc)"
ctest --preset dev --label-regex '^(unit|integration|house)$' --parallel "$(nproc)"
