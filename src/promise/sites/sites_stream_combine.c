/* Made by scripts/generate from sley/stream_combine.h: its functions for pointers and bindings. */
#include <sley/stream_combine.h>

/* clang-format off */

sley_promise *(sley_stream_to_list)(sley_stream *s)
{
  return sley_stream_to_list_at("", s);
}

sley_promise *(sley_stream_to_text)(sley_stream *s)
{
  return sley_stream_to_text_at("", s);
}

sley_promise *(sley_stream_fold)(sley_stream *s, sley_value sum, sley_fold_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_fold_at("", s, sum, f, ctx, drop);
}

sley_promise *(sley_stream_fold_s)(sley_stream *s, sley_value sum, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_fold_s_at("", s, sum, f, ctx, drop);
}

sley_promise *(sley_stream_iter)(sley_stream *s, sley_visit_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_iter_at("", s, f, ctx, drop);
}

sley_promise *(sley_stream_iter_s)(sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_iter_s_at("", s, f, ctx, drop);
}

sley_promise *(sley_stream_iter_p)(sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_iter_p_at("", s, f, ctx, drop);
}

sley_promise *(sley_stream_iter_n)(sley_stream *s, size_t max, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_iter_n_at("", s, max, f, ctx, drop);
}

sley_promise *(sley_stream_find)(sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_find_at("", s, test, ctx, drop);
}

sley_promise *(sley_stream_find_s)(sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_find_s_at("", s, test, ctx, drop);
}

sley_promise *(sley_stream_find_map)(sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_find_map_at("", s, f, ctx, drop);
}

sley_promise *(sley_stream_find_map_s)(sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_find_map_s_at("", s, f, ctx, drop);
}

sley_stream *(sley_stream_map)(sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_map_at("", s, f, ctx, drop);
}

sley_stream *(sley_stream_map_s)(sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_map_s_at("", s, f, ctx, drop);
}

sley_stream *(sley_stream_filter)(sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_filter_at("", s, test, ctx, drop);
}

sley_stream *(sley_stream_filter_s)(sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_filter_s_at("", s, test, ctx, drop);
}

sley_stream *(sley_stream_filter_map)(sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_filter_map_at("", s, f, ctx, drop);
}

sley_stream *(sley_stream_filter_map_s)(sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_filter_map_s_at("", s, f, ctx, drop);
}

sley_stream *(sley_stream_map_n)(sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_map_n_at("", s, max, order, f, ctx, drop);
}

sley_stream *(sley_stream_filter_n)(sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_filter_n_at("", s, max, order, f, ctx, drop);
}

sley_stream *(sley_stream_filter_map_n)(sley_stream *s, size_t max, sley_stream_order order, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_filter_map_n_at("", s, max, order, f, ctx, drop);
}

sley_stream *(sley_stream_map_list)(sley_stream *s, sley_map_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_map_list_at("", s, f, ctx, drop);
}

sley_stream *(sley_stream_map_list_s)(sley_stream *s, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_map_list_s_at("", s, f, ctx, drop);
}

sley_stream *(sley_stream_flatten)(sley_stream *s)
{
  return sley_stream_flatten_at("", s);
}

sley_stream *(sley_stream_wrap_error)(sley_stream *s)
{
  return sley_stream_wrap_error_at("", s);
}

sley_stream *(sley_stream_hexdump)(sley_stream *s)
{
  return sley_stream_hexdump_at("", s);
}

sley_stream *(sley_stream_append)(sley_stream *a, sley_stream *b)
{
  return sley_stream_append_at("", a, b);
}

sley_stream *(sley_stream_concat)(sley_stream *s)
{
  return sley_stream_concat_at("", s);
}

sley_stream *(sley_stream_combine)(sley_stream *a, sley_stream *b)
{
  return sley_stream_combine_at("", a, b);
}

sley_stream *(sley_stream_choose)(sley_stream *const *streams, size_t n)
{
  return sley_stream_choose_at("", streams, n);
}
