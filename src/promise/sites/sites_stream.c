/* Made by scripts/generate from sley/stream.h: its functions for pointers and bindings. */
#include <sley/stream.h>

/* clang-format off */

sley_error *(sley_stream_new)(sley_stream **out, sley_pusher **push)
{
  return sley_stream_new_at("", out, push);
}

sley_error *(sley_stream_new_bounded)(size_t capacity, sley_stream **out, sley_bounded_pusher **push)
{
  return sley_stream_new_bounded_at("", capacity, out, push);
}

sley_promise *(sley_bounded_pusher_push)(sley_bounded_pusher *push, sley_value v)
{
  return sley_bounded_pusher_push_at("", push, v);
}

sley_stream *(sley_stream_from)(sley_start_fn *next, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_from_at("", next, ctx, drop);
}

sley_stream *(sley_stream_from_direct)(sley_next_fn *next, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_from_direct_at("", next, ctx, drop);
}

sley_stream *(sley_stream_from_values)(const sley_value *values, size_t n)
{
  return sley_stream_from_values_at("", values, n);
}

sley_stream *(sley_stream_from_bytes)(const void *text, size_t n)
{
  return sley_stream_from_bytes_at("", text, n);
}

sley_stream *(sley_stream_return)(sley_value v)
{
  return sley_stream_return_at("", v);
}

sley_stream *(sley_stream_from_promise)(sley_promise *p)
{
  return sley_stream_from_promise_at("", p);
}

sley_promise *(sley_stream_wait_closed)(sley_stream *s)
{
  return sley_stream_wait_closed_at("", s);
}

sley_promise *(sley_stream_get)(sley_stream *s)
{
  return sley_stream_get_at("", s);
}

sley_promise *(sley_stream_peek)(sley_stream *s)
{
  return sley_stream_peek_at("", s);
}

sley_promise *(sley_stream_next)(sley_stream *s)
{
  return sley_stream_next_at("", s);
}

sley_promise *(sley_stream_last_new)(sley_stream *s)
{
  return sley_stream_last_new_at("", s);
}

sley_promise *(sley_stream_at_end)(sley_stream *s)
{
  return sley_stream_at_end_at("", s);
}

sley_promise *(sley_stream_nget)(sley_stream *s, size_t n)
{
  return sley_stream_nget_at("", s, n);
}

sley_promise *(sley_stream_npeek)(sley_stream *s, size_t n)
{
  return sley_stream_npeek_at("", s, n);
}

sley_promise *(sley_stream_get_while)(sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_get_while_at("", s, test, ctx, drop);
}

sley_promise *(sley_stream_get_while_s)(sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_get_while_s_at("", s, test, ctx, drop);
}

sley_promise *(sley_stream_junk)(sley_stream *s)
{
  return sley_stream_junk_at("", s);
}

sley_promise *(sley_stream_njunk)(sley_stream *s, size_t n)
{
  return sley_stream_njunk_at("", s, n);
}

sley_promise *(sley_stream_junk_while)(sley_stream *s, sley_test_fn *test, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_junk_while_at("", s, test, ctx, drop);
}

sley_promise *(sley_stream_junk_while_s)(sley_stream *s, sley_bind_fn *test, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_junk_while_s_at("", s, test, ctx, drop);
}

sley_promise *(sley_stream_parse)(sley_stream *s, sley_parse_fn *parser, void *ctx, sley_drop_fn *drop)
{
  return sley_stream_parse_at("", s, parser, ctx, drop);
}
