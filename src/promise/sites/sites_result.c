/* Made by scripts/generate from sley/result.h: its functions for pointers and bindings. */
#include <sley/result.h>

/* clang-format off */

sley_promise *(sley_result_return)(sley_value v)
{
  return sley_result_return_at("", v);
}

sley_promise *(sley_result_fail)(sley_error *e)
{
  return sley_result_fail_at("", e);
}

sley_promise *(sley_result_lift)(sley_error *e, sley_value v)
{
  return sley_result_lift_at("", e, v);
}

sley_promise *(sley_result_ok)(sley_promise *p)
{
  return sley_result_ok_at("", p);
}

sley_promise *(sley_result_catch)(sley_promise *p)
{
  return sley_result_catch_at("", p);
}

sley_promise *(sley_result_get)(sley_promise *p)
{
  return sley_result_get_at("", p);
}

sley_promise *(sley_result_map)(sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_result_map_at("", p, f, ctx, drop);
}

sley_promise *(sley_result_bind_result)(sley_promise *p, sley_map_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_result_bind_result_at("", p, f, ctx, drop);
}

sley_promise *(sley_result_map_error)(sley_promise *p, sley_error_map_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_result_map_error_at("", p, f, ctx, drop);
}

sley_promise *(sley_result_bind)(sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_result_bind_at("", p, f, ctx, drop);
}

sley_promise *(sley_result_bind_error)(sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_result_bind_error_at("", p, f, ctx, drop);
}

sley_promise *(sley_result_bind_promise)(sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_result_bind_promise_at("", p, f, ctx, drop);
}

sley_promise *(sley_result_bind_promise_error)(sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_result_bind_promise_error_at("", p, f, ctx, drop);
}

sley_promise *(sley_result_from_error)(sley_promise *p)
{
  return sley_result_from_error_at("", p);
}

sley_promise *(sley_result_iter)(sley_promise *p, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_result_iter_at("", p, f, ctx, drop);
}

sley_promise *(sley_result_iter_error)(sley_promise *p, sley_catch_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_result_iter_error_at("", p, f, ctx, drop);
}

sley_promise *(sley_result_both)(sley_promise *a, sley_promise *b)
{
  return sley_result_both_at("", a, b);
}
