#!/bin/sh
# Builds and runs the consumer with nothing but a compiler and pkg-config.
# Usage: build.sh COMPILER PREFIX LIBDIR WORK_DIR
set -eu
compiler=$1 prefix=$2 libdir=$prefix/$3 work=$4
here=$(dirname "$0")
export PKG_CONFIG_PATH="$libdir/pkgconfig"

mkdir -p "$work"
# shellcheck disable=SC2046 # the flags are words
"$compiler" -std=c++17 -Wall -Wextra -Werror "$here/../main.cpp" -o "$work/consumer" \
  $(pkg-config --cflags --libs multiconnection)
LD_LIBRARY_PATH="$libdir" "$work/consumer"

# shellcheck disable=SC2046
"$compiler" -std=c++17 "$here/../main.cpp" -o "$work/consumer_static" \
  $(pkg-config --cflags multiconnection) "$libdir/libmulticonnection.a" \
  $(pkg-config --libs libcares librtmp) -pthread
"$work/consumer_static"
