#!/bin/sh
# The promise floor and sley-vectors alone, without reactor, libev and ConcurrencyKit: built for TARGET and
# all vectors run, in an emulator where need be.
# Usage: promise_floor.sh SOURCE alone|32-bit|musl|clang|asan|s390x [all]
#   all  in every mode (minutes for s390x); else in the one that shows most
set -eu
source=$1
target=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=c17 -O2 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I$source/include -I$source/src
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
run=
case $target in
  alone)
    cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DSLEY_PROMISE_ONLY=ON -DSLEY_WERROR=ON >/dev/null
    cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    needs=$(objdump -p "$work/build/libsley-promise.so" | sed -n 's/.*NEEDED *//p')
    echo "libsley-promise.so needs: $needs"
    case $needs in *ev* | *ck*) exit 1 ;; esac
    cp "$work/build/tests/sley-vectors" "$work/vectors"
    compile=
    ;;
  32-bit) compile="cc -m32" ;;
  musl) compile="musl-gcc -static" ;;
  clang) compile=clang ;;
  asan) compile="cc -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer" ;;
  s390x) # Debian's gcc for it cannot be installed beside gcc-multilib
    compile="clang --target=s390x-linux-gnu"
    run="qemu-s390x -L /usr/s390x-linux-gnu"
    ;;
  *) echo "no such target: $target" >&2; exit 2 ;;
esac
# shellcheck disable=SC2086 # words
[ -z "$compile" ] ||
  $compile $flags $(find "$source/src/promise" -name '*.c') "$source"/tests/vectors/*.c -o "$work/vectors" -pthread
if [ "${3:-}" != all ]; then
  $run "$work/vectors" --early "$source"/tests/vectors/*.txt
  exit
fi
# shellcheck disable=SC2086 # words
while read -r mode; do
  echo "sley-vectors $mode"
  $run "$work/vectors" $mode "$source"/tests/vectors/*.txt
done <<'MODES'

--early
--early --single-objects
--owned --resolvers-first
--early --owned
--shallow
--fail-allocations --early
MODES
