#!/usr/bin/env bash
# Installs what the tests need, builds, and runs the unit and integration tests. No input; ends with
# CTest's summary and its exit status.
set -euo pipefail
cd "$(dirname "$0")/.."

tests/support/packages.sh tests

# The independent RTMP server that Debian lacks, outside of the source tree's own files.
node_media_server=4.4.3
manifest=build/node_modules/node-media-server/package.json
if ! grep -qs "\"version\": \"$node_media_server\"" "$manifest"; then
  mkdir -p build
  npm install --prefix build --no-save --ignore-scripts --no-audit --no-fund \
    "node-media-server@$node_media_server"
fi

# The independent server with shared objects.
tests/support/red5/install.sh

if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}
fi
cmake --preset dev
cmake --build --preset dev --parallel "$(nproc)"
ctest --preset dev --label-regex '^(unit|integration|house)$' --parallel "$(nproc)"
