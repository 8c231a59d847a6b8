/* Callbacks whose parameters changed, and calls that give them. */
#include <sley.h>

static sley_error *add(void *ctx, sley_value *sum, sley_value *v);
static sley_error *even(void *ctx, sley_value *in, bool *yes)
{
  if (in->i < 0) return fails();
  *yes = in->i % 2 == 0;
  return NULL;
}
static sley_error *good(void *ctx, sley_value *v, bool *yes)
{
  *yes = (is_good(v, 1)) != 0;
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
  sley_drop(sley_stream_fold(s, sley_int(f(1, 2)), add, NULL));
  sley_drop(sley_stream_fold_s(s, sley_int(0), elsewhere, NULL));
  sley_drop(sley_stream_fold(s, sley_int(0), add, memory, free));
  sley_drop(sley_stream_fold_s_at("here", s, sley_int(0), add_s, memory, free));
  seq = sley_seq_filter(sley_seq_unfold(sley_int(1), count, &end), even, NULL);
  seq = sley_seq_filter(sley_seq_unfold_promise(sley_int(1), count_s, NULL), copies, NULL);
  e = sley_event_filter(sley_event_map(e, both, NULL), both, NULL);
  e = sley_event_when(sley_event_take_until(sley_event_without(e, o), o), g);
  g = sley_signal_hold(e, sley_unit(), NULL);
  g = sley_signal_map(sley_signal_bind(sley_signal_limit(g, same, wait, NULL), NULL, f, c), same, f, c);
  g = sley_signal_lift((sley_signal *[]){g, g}, 2, same, f, c);
  g = sley_signal_fold_s(e, sley_int(0), same, fold, c);
  p = sley_both(sley_signal_map_s(g, NULL, f, c), sley_signal_bind_s(g, NULL, f, c));
  p = sley_signal_lift_s(gs, 2, NULL, f, c);
  p = sley_signal_filter_s(g, sley_int(1), same, f, c);
  p = sley_signal_fmap_s(g, sley_int(1), same, f, c);
  p = sley_signal_merge_s(gs, 2, sley_int(0), same, f, c);
  s = sley_stream_map_n(sley_stream_filter_n(s, 4, SLEY_STREAM_ORDER_SOURCE, f, c), 8, SLEY_STREAM_ORDER_SOURCE, f, c);
  s = sley_stream_map_n(sley_stream_filter_n(s, 4, SLEY_STREAM_ORDER_READY, f, c), 8, SLEY_STREAM_ORDER_READY, f, c, free);
  s = sley_stream_map_n(sley_stream_filter_n(s, 4, SLEY_STREAM_ORDER_SOURCE, f, c, free), 8, SLEY_STREAM_ORDER_SOURCE, f, c, free);
  s = sley_stream_filter_n(sley_stream_map_n(s, 4, SLEY_STREAM_ORDER_READY, f, c), 8, SLEY_STREAM_ORDER_READY, f, c, free);
  s = sley_stream_filter_map_n(sley_stream_filter_map_n(s, 4, SLEY_STREAM_ORDER_SOURCE, f, c, free), 8, SLEY_STREAM_ORDER_SOURCE, f, c);
  s = sley_stream_filter_map_n(sley_stream_filter_map_n(s, 4, SLEY_STREAM_ORDER_READY, f, c, d), 8, SLEY_STREAM_ORDER_READY, f, c);
  p = sley_retry(&(sley_retry_options){.size = sizeof(sley_retry_options), .delay = sley_retry_lwt_delay}, f, c);
  sley_drop(sley_stream_fold_s(s, sley_int(0), add_s, memory, free));
  p = sley_debug_state_is(q, SLEY_PROMISE_STATE_PENDING, NULL);
}
static sley_error *add(void *ctx, sley_value *sum, sley_value *v)
{
  sum->i += v->i;
  return NULL;
}
static sley_promise *add_s(void *ctx, sley_value *sum, sley_value *v) { return sley_return(*sum); }
