#!/bin/sh
# The context switch leaves one stack for another, which a processor's shadow stack forbids. Where the whole
# program is compiled to be fit for one (-fcf-protection=full), the switch must say that it is not, and so must
# what is linked with it, or the loader would turn the shadow stack on. (fault 36 of what was found from outside)
# Usage: shadow_stack.sh SOURCE CC CXX
set -eu
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CC=$2 CXX=$3 cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DSLEY_PROMISE_ONLY=ON \
  -DSLEY_TESTS=OFF -DCMAKE_C_FLAGS="-O0 -fcf-protection=full" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
objects=CMakeFiles/sley_promise_objects.dir/src/promise
cmake --build "$work/build" -j2 --target "$objects/fiber/fiber_switch.c.o" "$objects/fiber/fiber.c.o" \
  >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cd "$work/build"
is_fit() { readelf -n "$1" | grep -q "feature:.*SHSTK"; }
is_fit "$objects/fiber/fiber.c.o" || { echo "the compiler marks nothing: this test says nothing"; exit 1; }
if is_fit "$objects/fiber/fiber_switch.c.o"; then
  readelf -n "$objects/fiber/fiber_switch.c.o"
  exit 1
fi
# As in every shared object and program: the linker marks what all its parts are fit for.
"$2" -shared -nostdlib -o "$work/one.so" "$objects/fiber/fiber.c.o"
is_fit "$work/one.so" || { echo "the linker marks nothing: this test says nothing"; exit 1; }
"$2" -shared -nostdlib -o "$work/both.so" "$objects/fiber/fiber.c.o" "$objects/fiber/fiber_switch.c.o" \
  -Wl,--unresolved-symbols=ignore-all
if is_fit "$work/both.so"; then
  readelf -n "$work/both.so"
  exit 1
fi
echo "not marked"
