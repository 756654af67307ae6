#!/usr/bin/env bash
# The suites that take longer than a change can wait for.
#
# Usage: tests/full.sh                 every suite in full; hours
#        tests/full.sh SUITE           one of them: fuzz, races, integration, kills, faults
#        tests/full.sh --slice [SEED]  one suite, chosen by the seed, for some minutes; the seed is
#                                      the commit unless given, so that suites take turns
# Needs what .ci/run needs: tests/support/packages.sh checks.
set -euo pipefail
cd "$(dirname "$0")/.."

build() {  # PRESET [TARGET [OPTION OF CMAKE...]]
  cmake --preset "$1" "${@:3}" >/dev/null
  cmake --build --preset "$1" --parallel "$(nproc)" --target "${2:-all}"
}

# A million inputs for every fuzz target, made from its corpus; a line for each tells how many
# branches they reached. The options are those of tests/fuzz/run.cmake, which gives the reasons.
suite_fuzz() {
  local limit=-runs=1000000 count=1000 target work
  ((slice)) && limit=-max_total_time=30 count=6
  build asan fuzz_targets
  work=$(mktemp -d)
  for target in $(find build/asan/tests/fuzz -maxdepth 1 -type f -name '*_fuzz' |
    sort | shuf --random-source=<(yes "$seed") | head -n "$count"); do
    local name corpus log
    name=$(basename "$target" _fuzz)
    corpus=tests/fuzz/corpus/$name
    log=$work/$name.log
    mkdir -p "$work/$name"
    [[ -d $corpus ]] || corpus=
    if ! nice "$target" -entropic=0 -detect_leaks=0 -seed="$((seed % 2147483647 + 1))" "$limit" \
      -timeout=10 -artifact_prefix="$work/" "$work/$name" ${corpus:+"$corpus"} >"$log" 2>&1; then
      tail -n 60 "$log" >&2
      echo "tests/full.sh: $name failed, seed $seed; its input lies in $work" >&2
      return 1
    fi
    echo "$name: $(sed -n 's/^Done //p' "$log"), $(grep -o 'cov: [0-9]*' "$log" | tail -n 1)"
  done
  rm -r "$work"
}

# Unit tests again and again, in any order, under the thread sanitizer; and an application that does
# everything at any moment.
suite_races() {
  local times=200 applications=20
  ((slice)) && times=3 applications=2
  build tsan
  ctest --preset tsan --label-regex '^unit$' --schedule-random --parallel "$(nproc)" \
    --repeat "until-fail:$times"
  MULTICONNECTION_CALLS=20000 ctest --preset tsan --tests-regex 'Lifetime.AnyMember' \
    --repeat "until-fail:$applications"
}

# Integration tests again and again, under one sanitizer and the other; a slice takes one of them
# and two tests.
suite_integration() {
  local presets=(asan tsan) times=20 preset name tests
  ((slice)) && presets=("${presets[seed % 2]}") times=2
  for preset in "${presets[@]}"; do
    build "$preset" all -DMULTICONNECTION_TOOLS=ON -DMULTICONNECTION_EXAMPLES=ON
    mapfile -t tests < <(ctest --preset "$preset" --label-regex '^integration$' --show-only |
      sed -n 's/^ *Test *#[0-9]*: //p' | sort)
    if ((slice)); then
      tests=("${tests[seed % ${#tests[@]}]}" "${tests[(seed / 7 + 1) % ${#tests[@]}]}")
    fi
    for name in "${tests[@]}"; do
      ctest --preset "$preset" --tests-regex "^${name//./\\.}\$" --repeat "until-fail:$times"
    done
  done
}

# Real servers killed and started again under load, and the node while it stores shared objects, a
# hundred times.
suite_kills() {
  local kills=100
  ((slice)) && kills=20
  build dev
  MULTICONNECTION_KILLS=$kills ctest --preset dev \
    --tests-regex '^integration\.kill_(restart|shared_objects)$'
}

# Every fault at every moment in arrays of every size: ten minutes; a slice takes some.
suite_faults() {
  local -a some=()
  ((slice)) && some=(--slice 80)
  cmake --preset dev >/dev/null
  cmake --build --preset dev --parallel "$(nproc)" --target fault_matrix
  MULTICONNECTION_SEED=$seed build/dev/tests/fault/fault_matrix --gtest_brief=1 "${some[@]}"
}

all=(fuzz races integration kills faults)
suites=("${all[@]}")
slice=0
seed=1
if [[ ${1:-} == --slice ]]; then
  slice=1
  seed=${2:-$((16#$(git -c safe.directory='*' rev-parse --short=7 HEAD)))}
  # The suites take turns; within one the rest of the seed chooses.
  suites=("${all[seed % ${#all[@]}]}")
  seed=$((seed / ${#all[@]}))
elif (($# == 1)) && [[ " ${all[*]} " == *" $1 "* ]]; then
  suites=("$1")
elif (($#)); then
  sed -n '3,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi

for suite in "${suites[@]}"; do
  echo "== $suite"
  "suite_$suite"
done
echo "tests/full.sh: passed: ${suites[*]}"
