#!/usr/bin/env bash
# Formats all C++ of the project; with --check only says what differs, exit status 1 if anything.
set -euo pipefail
cd "$(dirname "$0")/../.."

arguments=(-i)
if [[ ${1:-} == --check ]]; then
  arguments=(--dry-run --Werror)
fi
# Major versions of clang-format lay out differently.
formatter=clang-format
command -v clang-format-14 >/dev/null && formatter=clang-format-14
folders=()
for folder in sdk include bindings examples tests; do
  [[ -d $folder ]] && folders+=("$folder")
done
find "${folders[@]}" -type f \( -name '*.cpp' -o -name '*.hpp' -o -name '*.h' \
  -o -name '*.c' \) -print0 | xargs -0 -r "$formatter" "${arguments[@]}"
