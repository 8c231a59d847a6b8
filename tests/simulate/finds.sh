#!/bin/sh
# With a deliberate bug in the library, a program must fail under some seed, and fail in the same way when
# that seed runs alone. Usage: finds.sh PROGRAM
set -eu
log=$(mktemp)
trap 'rm -f "$log" "$log.again"' EXIT
if "$1" 1 20000 >"$log" 2>&1; then
  echo "$1: the bug was not found"
  exit 1
fi
seed=$(sed -n 's/^simulate: .*, seed \([0-9]*\): .*/\1/p' "$log" | head -n 1)
[ -n "$seed" ] || { cat "$log"; exit 1; }
if "$1" "$seed" 1 >"$log.again" 2>&1; then
  echo "$1: seed $seed fails among others and not alone"
  exit 1
fi
# The address checker says, with its process's number, that it knows little of such stacks.
sed -i '/^==[0-9]*==WARNING: ASan doesn.t fully support makecontext/d' "$log" "$log.again"
cmp "$log" "$log.again" || { cat "$log" "$log.again"; exit 1; }
head -n 1 "$log"
