/* Made by scripts/generate from sley/react.h: its functions for pointers and bindings. */
#include <sley/react.h>

/* clang-format off */

sley_promise *(sley_event_next)(sley_event *e)
{
  return sley_event_next_at("", e);
}

sley_stream *(sley_stream_from_event)(sley_event *e)
{
  return sley_stream_from_event_at("", e);
}

sley_promise *(sley_signal_map_s)(sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_signal_map_s_at("", s, equal, f, ctx, drop);
}

sley_promise *(sley_signal_bind_s)(sley_signal *s, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_signal_bind_s_at("", s, equal, f, ctx, drop);
}

sley_promise *(sley_signal_run_s)(sley_signal *s, sley_equal_fn *equal)
{
  return sley_signal_run_s_at("", s, equal);
}

sley_promise *(sley_signal_filter_s)(sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_signal_filter_s_at("", s, otherwise, equal, f, ctx, drop);
}

sley_promise *(sley_signal_fmap_s)(sley_signal *s, sley_value otherwise, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_signal_fmap_s_at("", s, otherwise, equal, f, ctx, drop);
}

sley_promise *(sley_signal_lift_s)(sley_signal *const *ss, size_t n, sley_equal_fn *equal, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_signal_lift_s_at("", ss, n, equal, f, ctx, drop);
}

sley_promise *(sley_signal_merge_s)(sley_signal *const *ss, size_t n, sley_value accumulator, sley_equal_fn *equal, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_signal_merge_s_at("", ss, n, accumulator, equal, f, ctx, drop);
}
