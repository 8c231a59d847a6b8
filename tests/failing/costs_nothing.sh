#!/bin/sh
# The files that make system calls by the functions of src/reactor/system.h compile to the same code as with the calls
# themselves. Usage: costs_nothing.sh SOURCE COMPILER
set -eu
source=$1 compiler=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
calls=0
code() {
  "$compiler" -O2 -std=c17 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -I"$source/src" -I"$source/include" \
    -Wno-implicit-function-declaration -c "$1" -o "$work/object.o"
  objdump -dr "$work/object.o" | sed 1,3d
}
for file in $(grep -l 'sley__sys_' -r "$source/src" --include=*.c); do
  calls=$((calls + $(grep -c 'sley__sys_' "$file")))
  sed 's/sley__sys_//g' "$file" >"$work/direct.c"
  code "$file" >"$work/with"
  code "$work/direct.c" >"$work/without"
  cmp "$work/with" "$work/without" || { echo "$file: its system calls cost something"; exit 1; }
done
[ "$calls" -ge 10 ]
echo "$calls system calls, no further instruction"
