#!/bin/sh
# Argument: the folder with the examples.
set -eu
out=$("$1/thirty")
[ "$out" = "b woke
c woke
2 are done" ] || { echo "printed: $out"; exit 1; }
