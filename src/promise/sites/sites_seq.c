/* Made by scripts/generate from sley/seq.h: its functions for pointers and bindings. */
#include <sley/seq.h>

/* clang-format off */

sley_promise *(sley_seq_fold_left)(sley_seq *seq, sley_value accumulator, sley_fold_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_seq_fold_left_at("", seq, accumulator, f, ctx, drop);
}

sley_promise *(sley_seq_fold_left_s)(sley_seq *seq, sley_value accumulator, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_seq_fold_left_s_at("", seq, accumulator, f, ctx, drop);
}

sley_promise *(sley_seq_iter)(sley_seq *seq, sley_visit_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_seq_iter_at("", seq, f, ctx, drop);
}

sley_promise *(sley_seq_iter_s)(sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_seq_iter_s_at("", seq, f, ctx, drop);
}

sley_promise *(sley_seq_to_list)(sley_seq *seq)
{
  return sley_seq_to_list_at("", seq);
}

sley_promise *(sley_seq_iter_p)(sley_seq *seq, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_seq_iter_p_at("", seq, f, ctx, drop);
}

sley_promise *(sley_seq_iter_n)(sley_seq *seq, size_t bound, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return sley_seq_iter_n_at("", seq, bound, f, ctx, drop);
}
