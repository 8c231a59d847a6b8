/* Made by scripts/generate from sley/list.h: its functions for pointers and bindings. */
#include <sley/list.h>

/* clang-format off */

sley_promise *(sley_values_iter_s)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_iter_s_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_iteri_s)(const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_iteri_s_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_iter_p)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_iter_p_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_iteri_p)(const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_iteri_p_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_iter_n)(const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_iter_n_at("", values, n, bound, f, ctx, drop);
}

sley_promise *(sley_values_map_s)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_map_s_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_mapi_s)(const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_mapi_s_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_rev_map_s)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_rev_map_s_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_map_p)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_map_p_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_mapi_p)(const sley_value *values, size_t n, sley_index_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_mapi_p_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_rev_map_p)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_rev_map_p_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_map_n)(const sley_value *values, size_t n, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_map_n_at("", values, n, bound, f, ctx, drop);
}

sley_promise *(sley_values_fold_left_s)(const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_fold_left_s_at("", values, n, accumulator, f, ctx, drop);
}

sley_promise *(sley_values_fold_right_s)(const sley_value *values, size_t n, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_fold_right_s_at("", values, n, accumulator, f, ctx, drop);
}

sley_promise *(sley_values_for_all_s)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_for_all_s_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_for_all_p)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_for_all_p_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_exists_s)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_exists_s_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_exists_p)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_exists_p_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_find_s)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_find_s_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_filter_s)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_filter_s_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_filter_p)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_filter_p_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_filter_map_s)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_filter_map_s_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_filter_map_p)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_filter_map_p_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_partition_s)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_partition_s_at("", values, n, f, ctx, drop);
}

sley_promise *(sley_values_partition_p)(const sley_value *values, size_t n, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_values_partition_p_at("", values, n, f, ctx, drop);
}
