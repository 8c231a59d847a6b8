#!/bin/sh
# The files of src/queue compile to the same code with and without their yield points; in the simulated library
# each point is a call. Usage: costs_nothing.sh SOURCE COMPILER SIMULATED_LIBRARY
set -eu
source=$1 compiler=$2 library=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
points=0
code() {
  "$compiler" -O2 -std=c17 -I"$source/src" -c "$1" -o "$work/object.o"
  objdump -dr "$work/object.o" | sed 1,3d
}
for file in "$source"/src/queue/*.c; do
  name=$(basename "$file" .c)
  here=$(grep -c 'YIELD_POINT();' "$file") || { echo "$name.c has no yield point"; exit 1; }
  points=$((points + here))
  sed 's/YIELD_POINT();//' "$file" >"$work/$name.c"
  code "$file" >"$work/with"
  code "$work/$name.c" >"$work/without"
  cmp "$work/with" "$work/without" || { echo "$name.c: its yield points cost something"; exit 1; }
  calls=$(cd "$work" && ar x "$library" "$name.c.o" && objdump -dr "$name.c.o" | grep -c simulate_point) || true
  [ "$calls" -ge "$here" ] || { echo "$name.c: $calls calls for $here yield points"; exit 1; }
done
echo "$points yield points, no instruction"
