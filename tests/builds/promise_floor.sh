#!/bin/sh
# The promise floor and sley-vectors alone, without reactor, libev and ConcurrencyKit: built for TARGET
# and run. Usage: promise_floor.sh SOURCE alone|32-bit|musl
set -eu
source=$1
target=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=c17 -O2 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I$source/include -I$source/src
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
case $target in
  alone)
    cmake -S "$source" -B "$work/build" -G Ninja -DSLEY_PROMISE_ONLY=ON -DSLEY_WERROR=ON >/dev/null
    cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    needs=$(objdump -p "$work/build/libsley.so" | sed -n 's/.*NEEDED *//p')
    echo "libsley.so needs: $needs"
    case $needs in *ev* | *ck*) exit 1 ;; esac
    program=$work/build/tests/sley-vectors
    ;;
  32-bit) cc -m32 $flags "$source"/src/promise/*.c "$source"/tests/vectors/*.c -o "$work/vectors" -pthread ;;
  musl) musl-gcc -static $flags "$source"/src/promise/*.c "$source"/tests/vectors/*.c -o "$work/vectors" ;;
  *) echo "no such target: $target" >&2; exit 2 ;;
esac
"${program:-$work/vectors}" --early "$source"/tests/vectors/*.txt
