#!/bin/sh
# The static library carries code for the link-time optimizer beside machine code, and a program links with
# either and runs. Usage: static_lto.sh SOURCE_DIRECTORY LIBRARY.a COMPILER
set -eu
source=$1 library=$2 compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/program.c" <<'END'
#include <sley.h>
static sley_promise *next(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(v->i + 1));
}
int main(void)
{
  sley_resolver *r;
  sley_value v;
  sley_promise *p = sley_bind(sley_pending(&r), next, NULL);
  sley_fulfill(&r, sley_int(41));
  if (sley_run(p, &v) != NULL || v.i != 42) return 1;
  return (int)sley_finish();
}
END
readelf -S --wide "$library" | grep -q '\.gnu\.lto_' || { echo "no code for the optimizer in $library"; exit 1; }
for flag in -flto=auto -fno-lto; do
  "$compiler" -O2 "$flag" -I"$source/include" "$work/program.c" "$library" -lev -lm -pthread -o "$work/program"
  "$work/program"
done
echo "links with and without the link-time optimizer"
