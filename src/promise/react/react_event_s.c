/* Events of the values of promises that functions return for occurrences: the _s and _p families. */
#include "promise/react/react_feed.h"

static sley_event *of_one(const sley_event *e, bool (*update)(react *n), feed how)
{
  feed *made;
  react *sources[] = {sley__react_of_event(e)};
  return sley__react_as_event(sley__feed_new(sources, 1, update, how, &made));
}

static sley_event *without_memory(void *ctx, sley_drop_fn *drop)
{
  return sley__react_as_event(sley__react_owns(sley__react_new(false, NULL, SIZE_MAX), ctx, drop));
}

#define FLIGHTS(name, is_serial, landing)                                                          \
  sley_event *(sley_event_##name)(sley_event * e, sley_bind_fn * f, void *ctx, sley_drop_fn *drop) \
  {                                                                                                \
    SLEY__NEEDS(e);                                                                                \
    SLEY__NEEDS(f);                                                                                \
    feed how = {.serial = is_serial,                                                               \
                .lands = landing,                                                                  \
                .call = sley__call_one,                                                            \
                .f.bind = f,                                                                       \
                .ctx = ctx,                                                                        \
                .drop = drop};                                                                     \
    return of_one(e, sley__feed_update, how);                                                      \
  }
FLIGHTS(map_s, true, LANDS_RESULT)
FLIGHTS(map_p, false, LANDS_RESULT)
FLIGHTS(filter_s, true, LANDS_IF_TRUE)
FLIGHTS(filter_p, false, LANDS_IF_TRUE)
FLIGHTS(fmap_s, true, LANDS_IF_SOME)
FLIGHTS(fmap_p, false, LANDS_IF_SOME)

sley_event *sley_event_run_s(sley_event *e)
{
  SLEY__NEEDS(e);
  return of_one(e, sley__feed_update, (feed){.serial = true, .call = sley__call_run});
}

sley_event *sley_event_run_p(sley_event *e)
{
  SLEY__NEEDS(e);
  return of_one(e, sley__feed_update, (feed){.call = sley__call_run});
}

/* ---- of two events */

static bool update_app(react *n)
{
  const react *functions = n->edges[0].source, *values = n->edges[1].source;
  if (sley__react_occurs(functions) && sley__react_occurs(values))
    sley__feed_occurs(n->f.state, sley__box_keep(functions->box), sley__box_keep(values->box));
  return false;
}

static sley_event *app(bool serial, const sley_event *functions, const sley_event *e,
                       sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  feed *made;
  react *sources[] = {sley__react_of_event(functions), sley__react_of_event(e)};
  feed how = {.serial = serial, .call = sley__call_pair, .f.pair = f, .ctx = ctx, .drop = drop};
  return sley__react_as_event(sley__feed_new(sources, 2, update_app, how, &made));
}

sley_event *(sley_event_app_s)(sley_event *functions, sley_event *e, sley_fold_bind_fn *f,
                               void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS(functions);
  SLEY__NEEDS(e);
  SLEY__NEEDS(f);
  return app(true, functions, e, f, ctx, drop);
}

sley_event *(sley_event_app_p)(sley_event *functions, sley_event *e, sley_fold_bind_fn *f,
                               void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS(functions);
  SLEY__NEEDS(e);
  SLEY__NEEDS(f);
  return app(false, functions, e, f, ctx, drop);
}

/* ---- with what was before */

static bool update_diff(react *n)
{
  feed *s = n->f.state;
  box *b = n->edges[0].source->box, *before = s->held;
  s->held = sley__box_keep(b);
  if (before != NULL) sley__feed_occurs(s, sley__box_keep(b), before);
  return false;
}

sley_event *(sley_event_diff_s)(sley_event *e, sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS(e);
  SLEY__NEEDS(f);
  return of_one(
      e, update_diff,
      (feed){.serial = true, .call = sley__call_pair, .f.pair = f, .ctx = ctx, .drop = drop});
}

sley_event *(sley_signal_diff_s)(sley_signal *s, sley_fold_bind_fn *f, void *ctx,
                                 sley_drop_fn *drop)
{
  SLEY__NEEDS(s);
  SLEY__NEEDS(f);
  sley_event *changes = sley_signal_changes(s);
  sley_event *made = of_one(changes, update_diff,
                            (feed){.serial = true,
                                   .call = sley__call_pair,
                                   .f.pair = f,
                                   .ctx = ctx,
                                   .drop = drop,
                                   .held = sley__box_keep(sley__react_of_signal(s)->box)});
  sley_event_drop(changes);
  return made;
}

static sley_event *fold(const sley_event *e, box *accumulator, sley_fold_bind_fn *f, void *ctx,
                        sley_drop_fn *drop)
{
  if (accumulator == NULL) return without_memory(ctx, drop);
  return of_one(e, sley__feed_update,
                (feed){.serial = true,
                       .lands = LANDS_ACCUMULATED,
                       .call = sley__call_accumulator,
                       .f.pair = f,
                       .ctx = ctx,
                       .drop = drop,
                       .held = accumulator});
}

sley_event *(sley_event_fold_s)(sley_event *e, sley_value accumulator, sley_fold_bind_fn *f,
                                void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS(e);
  SLEY__NEEDS(f);
  return fold(e, sley__box_new(accumulator), f, ctx, drop);
}

sley_signal *(sley_signal_fold_s)(sley_event *e, sley_value accumulator, sley_equal_fn *equal,
                                  sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS(e);
  SLEY__NEEDS(f);
  box *first = sley__box_new(accumulator);
  sley_event *folded = fold(e, sley__box_keep(first), f, ctx, drop);
  sley_signal *result = sley__signal_hold(first, folded, equal);
  sley_event_drop(folded);
  sley__box_drop(first);
  return result;
}

/* ---- of several */

static bool update_merge(react *n)
{
  sley__feed_occurs(n->f.state, sley__boxes_of(n, true), NULL);
  return false;
}

sley_event *(sley_event_merge_s)(sley_event *const *es, size_t n, sley_value accumulator,
                                 sley_fold_bind_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS(es);
  SLEY__NEEDS(f);
  feed *made;
  box *start = sley__box_new(accumulator);
  if (start == NULL) return without_memory(ctx, drop);
  feed how = {.serial = true,
              .call = sley__call_merge,
              .f.pair = f,
              .ctx = ctx,
              .drop = drop,
              .held = start};
  return sley__react_as_event(
      sley__feed_new((react *const *)(const void *)es, n, update_merge, how, &made));
}

/* ---- with the value of a signal, as it is when f is called */

static sley_promise *call_sample(feed *s, box *b, box *other)
{
  (void)other;
  if (s->result == NULL) return sley__nomem_promise();
  box *now = sley__box_keep(s->result->edges[1].source->box);
  sley_promise *p = sley__call_pair(s, b, now);
  sley__box_drop(now);
  return p;
}

static bool update_sample(react *n)
{
  return sley__react_occurs(n->edges[0].source) && sley__feed_update(n);
}

sley_event *(sley_signal_sample_s)(sley_signal *s, sley_event *e, sley_fold_bind_fn *f, void *ctx,
                                   sley_drop_fn *drop)
{
  SLEY__NEEDS(s);
  SLEY__NEEDS(e);
  SLEY__NEEDS(f);
  feed *made;
  react *sources[] = {sley__react_of_event(e), sley__react_of_signal(s)};
  feed how = {.serial = true, .call = call_sample, .f.pair = f, .ctx = ctx, .drop = drop};
  return sley__react_as_event(sley__feed_new(sources, 2, update_sample, how, &made));
}
