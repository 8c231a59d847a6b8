#!/bin/sh
# Fibers on other machines and by other means: the promise floor with their tests, built for TARGET and
# run, in an emulator where need be. cmocka is not there for those, so tests/builds/cmocka.h stands in.
# Usage: fibers.sh SOURCE aarch64|s390x|32-bit|ucontext|musl
set -eu
source=$1
target=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=c17 -O2 -g -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I$source/tests/builds -I$source/tests -I$source/include
  -I$source/src -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
run=
case $target in
  aarch64 | s390x)
    # Debian's gcc for these cannot be installed beside gcc-multilib.
    compile="clang --target=$target-linux-gnu -DSHARE=100"
    run="qemu-$target -L /usr/$target-linux-gnu"
    ;;
  32-bit) compile="cc -m32" ;;
  ucontext) compile="cc -DSLEY_UCONTEXT=1" ;;
  musl) compile="musl-gcc -static" ;;
  *) echo "no such target: $target" >&2; exit 2 ;;
esac
# shellcheck disable=SC2086 # words, here and below
(cd "$work" && $compile $flags -c $(find "$source/src/promise" -name '*.c'))
for test in test_fiber test_fiber_failures test_fiber_many test_generator; do
  $compile $flags "$work"/*.o $(find "$source/tests/promise" -name "$test.c") -o "$work/$test" -pthread
  $run "$work/$test"
done
