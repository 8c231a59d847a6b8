#!/bin/sh
# What find_package, pkg-config and add_subdirectory give, after the installed tree was moved: programs with each library build
# and run; promises alone need nothing else; a forgotten component is an error of CMake or of the compiler; both in one process are
# two copies; what was installed can be removed. Usage: components.sh BUILD SOURCE COMPILER
set -eu
build=$1 source=$2 compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "failed: $*"; exit 1; }
cd "$work"
DESTDIR=$work/first cmake --install "$build" --prefix /installed >log || { cat log; fail "cmake --install"; }
mv first/installed moved
prefix=$work/moved
library=$(dirname "$(find moved -name libsley-promise.a)")
library=$work/$library
mkdir programs
cp "$source/tests/embed/promises.c" "$source/examples/thirty.c" programs

# Without pkg-config, which find_package does not need; and what CMake calls is found.
mkdir bin
for tool in cmake ninja as ld ar ranlib sh "$compiler" cc; do
  path=$(command -v "$tool") && ln -sf "$path" "bin/$(basename "$tool")"
done
configure() { # FOLDER ARGUMENT...
  folder=$1
  shift
  PATH=$work/bin "$(command -v cmake)" -G Ninja -B "$folder" -DCMAKE_C_COMPILER="$compiler" -DPROGRAMS="$work/programs" "$@" >log 2>&1
}
configured() { configure "$@" || { cat log; fail "cmake $*"; }; }
built() { cmake --build "$1" >log 2>&1 || { cat log; fail "building $1"; }; }
needs() { readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | tr '\n' ' '; }
promises_run() {
  for program in "$@"; do
    "$program" >out || { cat out; fail "$program"; }
    grep -q '^41 -1, 0 left, ' out || { cat out; fail "what $program writes"; }
    case $(needs "$program") in *libev*) fail "$program needs libev" ;; esac
  done
}
thirty_runs() {
  for program in "$@"; do
    LD_LIBRARY_PATH=$library "$program" >out || fail "$program"
    grep -q '^2 are done$' out || { cat out; fail "what $program writes"; }
  done
}

# ---- find_package, of each component
example=$source/tests/builds/components
configured promise -S "$example" -DCMAKE_PREFIX_PATH="$prefix" -DPARTS=promise -DCMAKE_C_FLAGS=-fno-lto
built promise
promises_run promise/promise promise/promise_static
case $(needs promise/promise) in *libsley-promise.so.0.1*) ;; *) fail "sley::promise is not the shared library" ;; esac
case $(needs promise/promise_static) in *libsley*) fail "sley::promise_static is shared" ;; esac
grep -q 'SLEY_LIBEV' promise/CMakeCache.txt && fail "the component promise looks for libev"
for target in promise promise_static; do
  cmake --build promise --target forgotten_$target >log 2>&1 && fail "a forgotten component compiles with sley::$target"
  grep -q 'error: .*this needs the whole library: sley::sley' log || { cat log; fail "a forgotten component is not told by sley::$target"; }
done
configured all -S "$example" -DCMAKE_PREFIX_PATH="$prefix" "-DPARTS=core;promise" -DCMAKE_C_FLAGS=-fno-lto
built all
promises_run all/promise all/promise_static
thirty_runs all/sley all/sley_static
case $(needs all/sley_static) in *libsley*) fail "sley::sley_static is shared" ;; esac

# ---- both libraries in one process
all/host alone >out 2>&1 || { cat out; fail "a program and a plugin with a library each"; }
code=0
(ulimit -c 0; all/host both >out 2>&1) || code=$?
grep -q 'of another copy of the library: this copy is sley [0-9.]* in .*/libsley\.so.*, that one is sley [0-9.]* in .*/libsley-promise\.so' \
  out && [ $code -ge 128 ] || { cat out; fail "a promise of one library given to the other: $code"; }

# ---- what is refused, and how
refused() { # CASE SENTENCE
  configure refused -S "$example/refused" -DCMAKE_PREFIX_PATH="$prefix" -Usley_DIR "-DCASE=$1" && fail "$1 is not refused"
  tr -s ' \n' '  ' <log | grep -q "$2" || { cat log; fail "$1 is not refused for its reason"; }
}
refused unknown "sley has no component tools: there are core and promise"
for pair in "sley;promise" "sley;sley_static" "promise;promise_static"; do
  refused "$pair" "INTERFACE_SLEY_LIBRARY"
done
configured refused -S "$example/refused" -DCASE=optional
mkdir -p alone/moved
cp -a moved/. alone/moved
find alone -name 'sley-core-targets*' -exec rm {} +
prefix=$work/alone/moved
refused absent "the component core of sley is not installed in .*find_package(sley COMPONENTS promise)"
prefix=$work/moved

# ---- pkg-config
PKG_CONFIG_PATH=$library/pkgconfig
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # the flags are words
{
  "$compiler" programs/promises.c $(pkg-config --cflags --libs sley-promise) -Wl,-rpath,"$library" -o by-pc
  "$compiler" -fno-lto programs/promises.c -Wl,--as-needed $(pkg-config --static --cflags --libs sley-promise) -o static-by-pc
  "$compiler" programs/thirty.c $(pkg-config --cflags --libs sley) -o thirty-by-pc
}
promises_run ./by-pc ./static-by-pc
case $(needs by-pc) in *libsley-promise.so.0.1*) ;; *) fail "sley-promise.pc is not the shared library" ;; esac
case $(needs static-by-pc) in *libsley*) fail "pkg-config --static gives the shared library" ;; esac
thirty_runs ./thirty-by-pc
# shellcheck disable=SC2046
"$compiler" -c programs/thirty.c $(pkg-config --cflags sley-promise) -o thirty.o 2>log && fail "a forgotten component compiles with sley-promise.pc"
grep -q 'error: .*this needs the whole library: .* or sley.pc' log || { cat log; fail "a forgotten component is not told by sley-promise.pc"; }

# ---- the library's tree in another project's: only what is linked is made, and the cache has no names but the library's
configured tree -S "$example" -DTREE="$source" -DCMAKE_C_FLAGS=-O0
built tree
promises_run tree/promise_static
[ -z "$(find tree -name 'libsley*.so*')" ] || fail "libraries that nobody links are made"
names=$(sed -n 's/^\([A-Za-z_0-9]*\):\(BOOL\|STRING\|PATH\|FILEPATH\|UNINITIALIZED\)=.*/\1/p' tree/CMakeCache.txt |
  grep -v '^\(CMAKE_\|SLEY_\|TREE$\|PROGRAMS$\)') || true
[ -z "$names" ] || fail "the tree puts into the cache: $names"
cmake --build tree --target help | grep -q '^\(manual\|test_\|uninstall\|promise_test\)' && fail "targets of no use to others"

# ---- removal; the target uninstall itself is in the test of the commands of docs/install.md
DESTDIR=$work/first cmake --install "$build" --prefix /installed >log
mkdir -p first/installed/share/doc/other manifests
(cd first && find . -not -type d | sed 's/^\.//') >manifests/install_manifest.txt
DESTDIR=$work/first cmake -DMANIFESTS="$work/manifests" -P "$source/cmake/uninstall.cmake" >log 2>&1 || { cat log; fail "uninstall"; }
left=$(find first -not -type d)
[ -z "$left" ] || fail "left behind: $left"
[ -z "$(find first -name 'sley*')" ] || fail "folders left: $(find first -name 'sley*')"
[ -d first/installed/share/doc/other ] || fail "a folder of others is gone"
mkdir none
cmake -DMANIFESTS="$work/none" -P "$source/cmake/uninstall.cmake" 2>log && fail "uninstall without an installation"
grep -q 'nothing was installed' log || { cat log; fail "uninstall does not say why"; }
echo "components are as they should be"
