#!/bin/sh
# Installs the library into a fresh prefix and builds the examples against it, with its CMake package
# and, fetch alone, with its .pc file, shared and static. Arguments: build folder, examples' source, folder to work in.
# CC: the compiler; SLEY_EXAMPLE_SANITIZE: the checkers that the library was built with, for the examples too.
set -eu
build=$1 source=$2 work=$3 cc=${CC:-cc} checkers=${SLEY_EXAMPLE_SANITIZE-}
checked=${checkers:+-g -fsanitize=$checkers -fno-omit-frame-pointer -fno-sanitize-recover=all}
rm -rf "$work"
cmake --install "$build" --prefix "$work/prefix" >/dev/null
cmake -G Ninja -S "$source" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$checked" >/dev/null
cmake --build "$work/build"
pc=$(find "$work/prefix" -name sley.pc)
flags=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs sley)
# shellcheck disable=SC2086 # the flags are words
"$cc" -std=c11 $checked "$source/fetch.c" $flags -o "$work/fetch-by-pc"
# shellcheck disable=SC2046 # the flags are words
"$cc" -std=c11 $checked "$source/fetch.c" $(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags sley) \
  -Wl,-Bstatic $(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --libs-only-L --libs-only-l sley) -Wl,-Bdynamic \
  $(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --static --libs sley | sed 's/-lsley//') -o "$work/fetch-static-by-pc"
if readelf -d "$work/fetch-static-by-pc" | grep -q 'NEEDED.*libsley'; then
  echo "fetch-static-by-pc needs the shared library"
  exit 1
fi
for page in README.md docs/diagnosis.md examples/fetch.c; do
  test -s "$work/prefix/share/doc/sley/$page" || { echo "$page is not installed"; exit 1; }
done
# A checker that is not in the program finds nothing.
for checker in address undefined thread; do
  case ",$checkers," in *",$checker,"*) ;; *) continue ;; esac
  case $checker in address) name=__asan_ ;; undefined) name=__ubsan_ ;; *) name=__tsan_ ;; esac
  for example in "$work/build/chat" "$work/build/kv" "$work/build/hello"; do
    nm "$example" | grep -q " U ${name}\(handle\|report\|read\)" || { echo "$example is built without $checker"; exit 1; }
  done
done
