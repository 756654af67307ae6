#!/bin/sh
# Builds and runs the consumer with nothing but a compiler and pkg-config.
# Usage: build.sh COMPILER C_COMPILER PREFIX LIBDIR WORK_DIR
set -eu
compiler=$1 c_compiler=$2 prefix=$3 libdir=$prefix/$4 work=$5
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
  $(pkg-config --libs libcares librtmp nettle) -pthread
"$work/consumer_static"

# shellcheck disable=SC2046
"$c_compiler" -std=c99 -pedantic -Wall -Wextra -Werror "$here/../main.c" -o "$work/consumer_c" \
  $(pkg-config --cflags --libs multiconnection-c)
LD_LIBRARY_PATH="$libdir" "$work/consumer_c"

# shellcheck disable=SC2046
"$c_compiler" -std=c99 "$here/../main.c" -o "$work/consumer_c_static" \
  $(pkg-config --cflags multiconnection-c) "$libdir/libmulticonnection-c.a" \
  "$libdir/libmulticonnection.a" $(pkg-config --libs libcares librtmp nettle) -lstdc++ -lm -pthread
"$work/consumer_c_static"
