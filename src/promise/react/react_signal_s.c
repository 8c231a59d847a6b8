/* Signals of the values of promises that functions return for signals: the first value is waited for; the changes,
 * one call after the other, then update it. */
#include "promise/react/react_feed.h"

typedef struct first_value {
  feed *feed;
  sley_event *changes;
  sley_equal_fn *equal;
  box *value, *other; /* the signal's value at the first call; filters: the default of the result */
  bool switches;      /* values are signals, which the result follows */
} first_value;

/* The first call is over: the serial calls can start. */
static void first_value_drop(void *ctx)
{
  first_value *k = ctx;
  feed *s = k->feed;
  sley__feed_next(s);
  sley_event_drop(k->changes);
  sley__feed_drop(s);
  sley__box_drop(k->value);
  sley__box_drop(k->other);
  sley__free(sley__self(), k, sizeof(*k));
}

static sley_error *first_came(void *ctx, sley_value *in, sley_value *out)
{
  first_value *k = ctx;
  box *first = sley__feed_landed(k->feed, k->value, in);
  if (first == NULL) first = sley__box_keep(k->other);
  if (first == NULL) return sley_error_nomem();
  sley_signal *s = sley__signal_hold(first, k->changes, k->switches ? NULL : k->equal);
  sley__box_drop(first);
  if (k->switches && !sley_signal_has_failed(s)) {
    sley_signal *held = s;
    s = sley_signal_switch(held, k->equal);
    sley_signal_drop(held);
  }
  if (sley_signal_has_failed(s)) return sley_error_nomem();
  *out = sley_signal_to_value(s);
  return NULL;
}

/* how describes the calls. first has equal, switches and other, which is consumed; its remaining members are NULL. */
static sley_promise *serial(const char *site, react *signal, feed how, first_value first)
{
  feed *made = NULL;
  sley_event *changes = sley_signal_changes(sley__react_as_signal(signal));
  react *sources[] = {sley__react_of_event(changes)};
  how.serial = true;
  sley_event *fed = sley__react_as_event(sley__feed_new(sources, 1, sley__feed_update, how, &made));
  first_value *k = made != NULL ? sley__alloc(sley__self(), sizeof(*k)) : NULL;
  sley_event_drop(changes);
  if (k == NULL || signal->failed) {
    if (k != NULL) sley__free(sley__self(), k, sizeof(*k));
    sley__box_drop(first.other);
    sley_event_drop(fed);
    return sley__nomem_promise();
  }
  made->refs++;
  made->running = true;
  *k = first;
  k->feed = made;
  k->changes = fed;
  k->value = sley__box_keep(signal->box);
  sley_promise *p = made->call(made, k->value, NULL);
  sley__returned(p, "a function that makes a signal", site);
  return sley_map_at(site, p, first_came, k, first_value_drop);
}

static feed calls(feed_call *call, sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  return (feed){.call = call, .f.bind = f, .ctx = ctx, .drop = drop};
}

sley_promise *sley_signal_map_s_at(const char *site, sley_signal *s, sley_equal_fn *equal,
                                   sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, s);
  SLEY__NEEDS_AT(site, f);
  return serial(site, sley__react_of_signal(s), calls(sley__call_one, f, ctx, drop),
                (first_value){.equal = equal});
}

sley_promise *sley_signal_bind_s_at(const char *site, sley_signal *s, sley_equal_fn *equal,
                                    sley_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, s);
  SLEY__NEEDS_AT(site, f);
  return serial(site, sley__react_of_signal(s), calls(sley__call_one, f, ctx, drop),
                (first_value){.equal = equal, .switches = true});
}

sley_promise *sley_signal_run_s_at(const char *site, sley_signal *s, sley_equal_fn *equal)
{
  SLEY__NEEDS_AT(site, s);
  return serial(site, sley__react_of_signal(s), calls(sley__call_run, NULL, NULL, NULL),
                (first_value){.equal = equal});
}

static sley_promise *filtered(const char *site, const sley_signal *s, sley_value otherwise,
                              int lands, sley_bind_fn *f, void *ctx, sley_drop_fn *drop,
                              sley_equal_fn *equal)
{
  box *other = sley__box_new(otherwise);
  if (other == NULL) return sley__with_drop(sley__nomem_promise(), ctx, drop);
  feed how = calls(sley__call_one, f, ctx, drop);
  how.lands = (uint8_t)lands;
  return serial(site, sley__react_of_signal(s), how, (first_value){.equal = equal, .other = other});
}

sley_promise *sley_signal_filter_s_at(const char *site, sley_signal *s, sley_value otherwise,
                                      sley_equal_fn *equal, sley_bind_fn *f, void *ctx,
                                      sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, s);
  SLEY__NEEDS_AT(site, f);
  return filtered(site, s, otherwise, LANDS_IF_TRUE, f, ctx, drop, equal);
}

sley_promise *sley_signal_fmap_s_at(const char *site, sley_signal *s, sley_value otherwise,
                                    sley_equal_fn *equal, sley_bind_fn *f, void *ctx,
                                    sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, s);
  SLEY__NEEDS_AT(site, f);
  return filtered(site, s, otherwise, LANDS_IF_SOME, f, ctx, drop, equal);
}

/* ---- of several */

sley_promise *sley_signal_lift_s_at(const char *site, sley_signal *const *ss, size_t n,
                                    sley_equal_fn *equal, sley_bind_fn *f, void *ctx,
                                    sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, ss);
  SLEY__NEEDS_AT(site, f);
  react *together = sley__signals_together((react *const *)(const void *)ss, n);
  sley_promise *p =
      serial(site, together, calls(sley__call_list, f, ctx, drop), (first_value){.equal = equal});
  sley__react_drop(together);
  return p;
}

sley_promise *sley_signal_merge_s_at(const char *site, sley_signal *const *ss, size_t n,
                                     sley_value accumulator, sley_equal_fn *equal,
                                     sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS_AT(site, ss);
  SLEY__NEEDS_AT(site, f);
  box *start = sley__box_new(accumulator);
  if (start == NULL) return sley__with_drop(sley__nomem_promise(), ctx, drop);
  react *together = sley__signals_together((react *const *)(const void *)ss, n);
  feed how = {.call = sley__call_merge, .f.pair = f, .ctx = ctx, .drop = drop, .held = start};
  sley_promise *p = serial(site, together, how, (first_value){.equal = equal});
  sley__react_drop(together);
  return p;
}
