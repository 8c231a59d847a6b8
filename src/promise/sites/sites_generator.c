/* Made by scripts/generate from sley/generator.h: its functions for pointers and bindings. */
#include <sley/generator.h>

/* clang-format off */

sley_stream *(sley_stream_generate)(sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_generate_at("", fn, ctx, drop);
}

sley_stream *(sley_stream_generate_with)(const sley_spawn_options *options, sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_generate_with_at("", options, fn, ctx, drop);
}

sley_error *(sley_emit)(sley_value v)
{
  return sley_emit_at("", v);
}
