#!/usr/bin/env bash
# Shows the main job on one machine: builds the program, starts three embedded servers as processes
# of their own on loopback, publishes one generated clip to all three at once, plays it back from
# each, and compares what arrived frame by frame with the clip.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=60 # seconds that any one wait may last
work=$(mktemp -d)
processes=()
finish() {
  local process
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  wait "${processes[@]}" || true
  rm -rf "$work"
}
trap finish EXIT

say() { printf '\n== %s\n' "$*"; }
fail() {
  echo "quickstart: $*" >&2
  exit 1
}
# Waits until a file holds a line with the text.
await() { # TEXT FILE
  timeout "$limit" grep -qm1 -e "$1" <(exec tail -n +1 -F --pid=$$ -- "$2" 2>/dev/null) ||
    fail "no $1 in $2"
}

say "Installing the packages that the build needs"
tests/support/packages.sh demo

say "Building"
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}
fi
cmake --preset release -DMULTICONNECTION_TESTS=OFF -DMULTICONNECTION_BENCHMARKS=OFF
cmake --build --preset release --parallel "$(nproc)" --target multiconn
multiconn=build/release/sdk/tools/multiconn
"$multiconn" version

say "Generating a clip: 6 s of 720p H.264 with a tone in AAC"
ffmpeg -hide_banner -loglevel error \
  -f lavfi -i "testsrc2=size=1280x720:rate=30" -f lavfi -i "sine=frequency=440" -t 6 \
  -c:v libx264 -preset veryfast -g 60 -pix_fmt yuv420p -c:a aac "$work/clip.flv"

say "Starting three embedded servers, and a player for each"
targets=()
players=()
for server in 1 2 3; do
  timeout 300 "$multiconn" serve --listen 127.0.0.1:0 --json >"$work/server$server.json" &
  processes+=($!)
  await '"event":"listening"' "$work/server$server.json"
  port=$(sed -n 's/.*"event":"listening".*"port":\([0-9]*\).*/\1/p' "$work/server$server.json")
  url=rtmp://127.0.0.1:$port/live/webCastName
  targets+=(--to "$url")
  timeout 300 "$multiconn" play "$url" -o "$work/from$server.flv" --json \
    >"$work/player$server.json" &
  processes+=($!)
  players+=($!)
  await 'NetStream.Play.Start' "$work/player$server.json"
  echo "server $server listens on port $port; its player waits for the stream"
done

say "Publishing the clip once, to all three"
echo "multiconn publish clip.flv ${targets[*]}"
timeout 300 "$multiconn" publish "$work/clip.flv" "${targets[@]}"

say "Comparing what each player received with the clip"
hashes() { # FILE OUTPUT: one line for each decoded picture and block of sound
  ffmpeg -hide_banner -loglevel error -i "$1" -map 0:v -map 0:a -f framehash - |
    awk -F', *' '!/^#/ { print $1, $6 }' >"$2"
}
hashes "$work/clip.flv" "$work/clip.hashes"
frames=$(wc -l <"$work/clip.hashes")
((frames > 400)) || fail "the clip has only $frames frames"
for server in 1 2 3; do
  wait "${players[server - 1]}" || fail "player $server failed"
  hashes "$work/from$server.flv" "$work/from$server.hashes"
  cmp "$work/clip.hashes" "$work/from$server.hashes" || fail "server $server: frames differ"
  echo "server $server: all $frames frames equal"
done

say "Done: one publish, three servers, $frames equal frames from each"
