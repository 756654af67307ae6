#!/usr/bin/env bash
# The Debian packages of this project, written once: for its build, its demonstration, its tests and
# its further checks. Each group includes the ones before it.
#
# As a program:  packages.sh build|demo|tests|checks   installs what is missing (as root, or through
#                sudo); needs no right at all when nothing is missing.
# Sourced:       functions packages_of GROUP and install_packages GROUP.

packages_of() {
  local build=(g++ cmake ninja-build pkg-config libboost-dev libc-ares-dev librtmp-dev nettle-dev
    libavcodec-dev libavformat-dev libavutil-dev libcli11-dev nlohmann-json3-dev)
  local demo=(ffmpeg)
  local tests=(libgtest-dev libgmock-dev python3 python3-pytest python3-prometheus-client rtmpdump
    nginx libnginx-mod-rtmp ca-certificates iproute2 maven openjdk-17-jdk-headless)
  local checks=(git clang clang-format clang-tidy libclang-rt-14-dev llvm-14 doxygen
    graphviz shellcheck)
  # Debian's npm cannot stand beside a Node.js from elsewhere: only where there is none.
  command -v npm >/dev/null || tests+=(npm)
  case $1 in
    build) printf '%s\n' "${build[@]}" ;;
    demo) printf '%s\n' "${build[@]}" "${demo[@]}" ;;
    tests) printf '%s\n' "${build[@]}" "${demo[@]}" "${tests[@]}" ;;
    checks) printf '%s\n' "${build[@]}" "${demo[@]}" "${tests[@]}" "${checks[@]}" ;;
    *)
      echo "packages.sh: no group named '$1': build, demo, tests or checks" >&2
      return 2
      ;;
  esac
}

install_packages() {
  local wanted missing=() package
  wanted=$(packages_of "$1") || return
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "packages.sh: no Debian package tools here; please see to these yourself:" >&2
    echo "${wanted//$'\n'/ }" >&2
    return 0
  fi
  for package in $wanted; do
    # An entry may be there without being installed (removed, or never unpacked).
    if [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      missing+=("$package")
    fi
  done
  ((${#missing[@]})) || return 0

  local root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "packages.sh: please install, as root: apt-get install ${missing[*]}" >&2
      return 1
    fi
    root=(sudo)
  fi
  echo "Installing ${missing[*]}"
  "${root[@]}" apt-get -q update &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get -q install -y --no-install-recommends "${missing[@]}"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  set -euo pipefail
  install_packages "${1:?usage: packages.sh build|demo|tests|checks}"
fi
