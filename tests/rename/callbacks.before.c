/* Callbacks whose parameters changed, and calls that give them. */
#include <sley.h>

static sley_error *add(void *ctx, sley_value *v, sley_value *sum);
static sley_error *even(void *ctx, sley_value *in, sley_value *out)
{
  if (in->i < 0) return fails();
  *out = sley_bool(in->i % 2 == 0);
  return NULL;
}
static sley_error *good(void *ctx, sley_value *v, sley_value *answer)
{
  *answer = sley_int(is_good(v, 1));
  return NULL;
}
static sley_error *copies(void *ctx, sley_value *v, sley_value *out)
{
  return sley_value_dup(v, out) == 0 ? NULL : sley_error_nomem();
}
static sley_error *both(void *ctx, sley_value *v, sley_value *out)
{
  *out = sley_bool(v->i == 1);
  return NULL;
}

static void run(sley_stream *s, sley_seq *seq, sley_event *e, sley_event *o, sley_signal *g)
{
  sley_pool_options options = {.size = sizeof(sley_pool_options), .check = good, .max = 3};
  sley_drop(sley_stream_fold(s, add, sley_int(f(1, 2)), NULL));
  sley_drop(sley_stream_fold_s(s, elsewhere, sley_int(0), NULL));
  sley_drop(sley_stream_fold_own(s, add, sley_int(0), memory, free));
  sley_drop(sley_stream_fold_s_own_at("here", s, add_s, sley_int(0), memory, free));
  seq = sley_seq_filter(sley_seq_unfold(count, &end, sley_int(1)), even, NULL);
  seq = sley_seq_filter(sley_seq_unfold_lwt(count_s, NULL, sley_int(1)), copies, NULL);
  e = sley_event_filter(sley_event_map(e, both, NULL), both, NULL);
  e = sley_event_when(g, sley_event_until(o, sley_event_dismiss(o, e)));
  g = sley_signal_hold(sley_unit(), e, NULL);
  g = sley_signal_map(sley_signal_bind(sley_signal_limit(g, wait, NULL, same), f, c, NULL), f, c, same);
  g = sley_signal_lift((sley_signal *[]){g, g}, 2, f, c, same);
  g = sley_signal_fold_s(e, sley_int(0), fold, c, same);
  p = sley_both(sley_signal_map_s(g, f, c, NULL), sley_signal_bind_s(g, f, c, NULL));
  p = sley_signal_lift_s(gs, 2, f, c, NULL);
  p = sley_signal_filter_s(g, sley_int(1), f, c, same);
  p = sley_signal_fmap_s(g, sley_int(1), f, c, same);
  p = sley_signal_merge_s(gs, 2, sley_int(0), f, c, same);
  s = sley_stream_map_n(sley_stream_filter_n(s, 4, f, c), 8, f, c);
  s = sley_stream_map_n_unordered_own(sley_stream_filter_n_unordered(s, 4, f, c), 8, f, c, free);
  s = sley_stream_map_n_own(sley_stream_filter_n_own(s, 4, f, c, free), 8, f, c, free);
  s = sley_stream_filter_n_unordered_own(sley_stream_map_n_unordered(s, 4, f, c), 8, f, c, free);
  s = sley_stream_filter_map_n(sley_stream_filter_map_n_own(s, 4, f, c, free), 8, f, c);
  s = sley_stream_filter_map_n_unordered(sley_stream_filter_map_n_unordered_own(s, 4, f, c, d), 8, f, c);
  p = sley_retry(&(sley_retry_options){.size = sizeof(sley_retry_options), .delay = sley_retry_lwt_delay}, f, c);
  sley_drop(sley_stream_fold_s_own(s, add_s, sley_int(0), memory, free));
  p = sley_debug_state_is(SLEY_PENDING, NULL, q);
}
static sley_error *add(void *ctx, sley_value *v, sley_value *sum)
{
  sum->i += v->i;
  return NULL;
}
static sley_promise *add_s(void *ctx, sley_value *v, sley_value *sum) { return sley_return(*sum); }
