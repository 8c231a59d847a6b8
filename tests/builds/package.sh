#!/bin/sh
# What the installed package gives: a warning where a promise is forgotten (fault 17), a static library that is
# private to what it is linked into (42), and copies of the library in one process that refuse each other's
# objects (40). Usage: package.sh BUILD SOURCE COMPILER [FLAGS...]
set -eu
build=$1 source=$2 compiler=$3
shift 3
flags=$*
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*"; exit 1; }
cmake --install "$build" --prefix "$work/prefix" >/dev/null
pc=$(find "$work/prefix" -name sley.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
archive=$(find "$work/prefix" -name libsley.a)
library=$(dirname "$archive")
cd "$work"

# ---- a forgotten promise, and a forgotten error, by find_package
mkdir forgotten
cat >forgotten/forgotten.c <<'PROGRAM'
#include <sley.h>
int main(void)
{
  sley_sleep(1);
  sley_run(sley_return_unit(), NULL);
  return 0;
}
PROGRAM
cat >forgotten/CMakeLists.txt <<'LISTS'
cmake_minimum_required(VERSION 3.25)
project(forgotten LANGUAGES C)
find_package(sley 0.1 REQUIRED)
foreach(library IN ITEMS sley sley_static)
  add_executable(forgotten_${library} forgotten.c)
  target_link_libraries(forgotten_${library} PRIVATE sley::${library})
endforeach()
LISTS
cmake -G Ninja -S forgotten -B forgotten/build -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_C_COMPILER="$compiler" \
  -DCMAKE_C_FLAGS="$flags" >/dev/null
cmake --build forgotten/build --verbose >log 2>&1 || { cat log; exit 1; }
[ "$(grep -c 'Wunused-result' log)" -ge 4 ] || { cat log; fail "a forgotten promise gives no warning"; }
grep -q 'DSLEY_STATIC' log || { cat log; fail "sley::sley_static does not define SLEY_STATIC"; }

# ---- what a shared object exports that is linked with the archive; with the optimizer: tests/copies
cp "$source"/tests/builds/copies/*.c .
exports() {
  nm -D --defined-only "$1" | awk '{print $3}' | grep '^sley' >exported || return 0
  cat exported
  fail "$1 exports the library ($2)"
}
for name in a b; do
  # As one does by hand, without a word of SLEY_STATIC; and as pkg-config says.
  # shellcheck disable=SC2086 # the flags are words, here and below
  "$compiler" -std=c11 -g -O1 $flags -fno-lto -fPIC -shared -DPREFIX=${name}_ plugin.c -I"$work/prefix/include" \
    "$archive" -lev -lm -pthread -o "$name.so"
  exports ./$name.so "by hand"
  # shellcheck disable=SC2046
  "$compiler" -std=c11 -g -O1 $flags -fno-lto -fPIC -shared -DPREFIX=${name}_ plugin.c -Wl,--as-needed \
    $(pkg-config --static --cflags --libs sley) -o "$name.so"
  exports ./$name.so "pkg-config --static"
  readelf -d $name.so | grep -q 'NEEDED.*libsley' && fail "pkg-config --static links the shared library"
done

# ---- and what the copies do in one process
for host in shared static; do
  if [ $host = shared ]; then
    "$compiler" -std=c11 -g -O1 $flags -fno-lto host.c -I"$work/prefix/include" -L"$library" -lsley -Wl,-rpath,"$library" \
      -pthread -ldl -o host
  else
    "$compiler" -std=c11 -g -O1 $flags -fno-lto host.c -I"$work/prefix/include" "$archive" -lev -lm -pthread -ldl -o host
  fi
  for how in local global; do
    for case in $(./host); do
      code=0
      (ulimit -c 0; timeout 20 ./host $how "$case" >out 2>&1) || code=$?
      if [ "$case" = alone ]; then
        [ $code = 0 ] || { cat out; fail "$case ($host, $how): $code"; }
        continue
      fi
      { grep -q 'of another copy of the library: this copy is sley [0-9.]* in .*, that one is sley [0-9.]* in \./a\.so' out ||
        { [ "$case" = list ] && grep -q 'a different type of that name: the value.s is defined in \./a\.so' out; }; } ||
        { cat out; fail "$case ($host, $how) does not name both copies: $code"; }
      [ $code -ge 128 ] || fail "$case ($host, $how) does not abort"
    done
  done
done
echo "warnings, exports and copies are as they should be"
