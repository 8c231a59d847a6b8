#!/bin/sh
# Equal seeds produce equal runs: in two processes, and each seed alone in its own process. Usage: again.sh PROGRAM
set -eu
first=$("$1" 1 40 --hashes)
[ "$first" = "$("$1" 1 40 --hashes)" ] || { echo "two runs differ"; exit 1; }
for seed in 2 17 40; do
  alone=$("$1" "$seed" 1 --hashes)
  echo "$first" | grep -qxF "$alone" || { echo "seed $seed alone: $alone; among others:"; echo "$first"; exit 1; }
done
[ "$(echo "$first" | sed 's/.* //' | sort -u | wc -l)" -gt 30 ] || { echo "seeds hardly differ"; exit 1; }
