/* Signals that the program sets, and those made from other nodes. */
#include "promise/react/react.h"

static react *source(const react *n, size_t i) { return n->edges[i].source; }

sley_signal *sley_signal_keep(sley_signal *s)
{
  SLEY__NEEDS(s);
  return sley__react_as_signal(sley__react_keep(sley__react_of_signal(s)));
}

void sley_signal_drop(sley_signal *s)
{
  if (s == NULL) return;
  sley__react_drop(sley__react_of_signal(s));
  sley__settle_down(sley__self());
}

bool sley_signal_has_failed(const sley_signal *s)
{
  SLEY__NEEDS(s);
  return sley__react_of_signal(s)->failed;
}

const sley_value *sley_signal_value(const sley_signal *s)
{
  SLEY__NEEDS(s);
  return &sley__react_of_signal(s)->box->value;
}

/* A signal with its first value, which is consumed; first is NULL when memory is out. */
static react *signal_new(react *const *sources, size_t n, box *first, sley_equal_fn *equal)
{
  react *made = sley__react_new(true, sources, first != NULL ? n : SIZE_MAX);
  if (made->failed) {
    sley__box_drop(first);
    return made;
  }
  made->box = first;
  made->equal = equal;
  return made;
}

sley_signal *sley_signal_new(sley_value v, sley_equal_fn *equal)
{
  return sley__react_as_signal(signal_new(NULL, 0, sley__box_new(v), equal));
}

sley_signal *sley_signal_const(sley_value v) { return sley_signal_new(v, NULL); }

int sley_signal_set(sley_signal *s, sley_value v)
{
  SLEY__NEEDS(s);
  return sley__react_push(sley__react_of_signal(s), sley__box_new(v));
}

/* ---- and events */

sley_signal *sley__signal_hold(box *first, sley_event *e, sley_equal_fn *equal)
{
  react *sources[] = {sley__react_of_event(e)};
  react *n = signal_new(sources, 1, sley__box_keep(first), equal);
  if (!n->failed) n->update = sley__react_same;
  return sley__react_as_signal(n);
}

sley_signal *sley_signal_hold(sley_event *e, sley_value v, sley_equal_fn *equal)
{
  SLEY__NEEDS(e);
  box *first = sley__box_new(v);
  sley_signal *s = sley__signal_hold(first, e, equal);
  sley__box_drop(first);
  return s;
}

sley_event *sley_signal_changes(sley_signal *s)
{
  SLEY__NEEDS(s);
  react *sources[] = {sley__react_of_signal(s)};
  react *n = sley__react_new(false, sources, 1);
  if (!n->failed) n->update = sley__react_same;
  return sley__react_as_event(n);
}

static bool update_sample(react *n)
{
  return sley__react_occurs(source(n, 0)) &&
         sley__react_becomes(n, sley__box_keep(source(n, 1)->box));
}

sley_event *sley_signal_sample(sley_signal *s, sley_event *e)
{
  SLEY__NEEDS(s);
  SLEY__NEEDS(e);
  react *sources[] = {sley__react_of_event(e), sley__react_of_signal(s)};
  react *n = sley__react_new(false, sources, 2);
  if (!n->failed) n->update = update_sample;
  return sley__react_as_event(n);
}

/* ---- by a function */

static box *or_unit(box *b) { return b != NULL ? b : sley__box_new(sley_unit()); }

static bool update_map(react *n)
{
  return sley__react_becomes(
      n, sley__react_compute(n->f.map, n->ctx, &source(n, 0)->box->value, &sley__several));
}

sley_signal *(sley_signal_map)(sley_signal *s, sley_equal_fn *equal, sley_map_fn *f, void *ctx,
                               sley_drop_fn *drop)
{
  SLEY__NEEDS(s);
  SLEY__NEEDS(f);
  react *sources[] = {sley__react_of_signal(s)};
  box *value = sley__box_keep(sley__react_of_signal(s)->box); /* f can set s */
  box *first = or_unit(sley__react_compute(f, ctx, &value->value, &sley__several));
  sley__box_drop(value);
  react *n = signal_new(sources, 1, first, equal);
  if (n->failed) return sley__react_as_signal(sley__react_owns(n, ctx, drop));
  n->update = update_map;
  n->f.map = f;
  n->ctx = ctx;
  return sley__react_as_signal(sley__react_owns(n, ctx, drop));
}

/* ---- by a function of several values */

static size_t array_bytes(size_t n) { return (n + 1) * sizeof(box *); }

/* What f makes of a list that lends these values; frees the array of n boxes, with its references. */
static box *lift(box **values, size_t n, sley_map_fn *f, void *ctx)
{
  sley_domain *d = sley__self();
  box *b = NULL;
  sley_list *list = sley__list_new(d, n);
  if (list != NULL) {
    for (size_t i = 0; i < n; i++) list->entries[i] = (struct list_entry){values[i]->value, NULL};
    list->count = n;
    sley__list_lend(list);
    sley_value v = sley_own(list, &sley_type_list);
    b = sley__react_compute(f, ctx, &v, &sley__keeper);
    sley__list_lent(d, list);
  }
  for (size_t i = 0; i < n; i++) sley__box_drop(values[i]);
  sley__free(d, values, array_bytes(n));
  return b;
}

static bool update_lift(react *n)
{
  box **values = sley__alloc(sley__self(), array_bytes(n->count));
  if (values == NULL) return false;
  for (size_t i = 0; i < n->count; i++) values[i] = sley__box_keep(source(n, i)->box);
  return sley__react_becomes(n, lift(values, n->count, n->f.map, n->ctx));
}

/* Outside a step, f can set a source, so the values are kept. */
static box *lift_first(react *const *sources, size_t n, sley_map_fn *f, void *ctx)
{
  box **values = sley__alloc(sley__self(), array_bytes(n));
  if (values == NULL) return NULL;
  for (size_t i = 0; i < n; i++) values[i] = sley__box_keep(sources[i]->box);
  return lift(values, n, f, ctx);
}

sley_signal *(sley_signal_lift)(sley_signal *const *ss, size_t n, sley_equal_fn *equal,
                                sley_map_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS(ss);
  SLEY__NEEDS(f);
  react *const *sources = (react *const *)(const void *)ss;
  react *made = signal_new(sources, n, or_unit(lift_first(sources, n, f, ctx)), equal);
  if (made->failed) return sley__react_as_signal(sley__react_owns(made, ctx, drop));
  made->update = update_lift;
  made->f.map = f;
  made->ctx = ctx;
  return sley__react_as_signal(sley__react_owns(made, ctx, drop));
}

sley_signal *(sley_signal_with_finalizer)(sley_signal *s, sley_done_fn *f, void *ctx,
                                          sley_drop_fn *drop)
{
  SLEY__NEEDS(s);
  SLEY__NEEDS(f);
  react *sources[] = {sley__react_of_signal(s)};
  react *n = signal_new(sources, 1, sley__box_keep(sley__react_of_signal(s)->box), NULL);
  if (n->failed) {
    f(ctx);
    return sley__react_as_signal(sley__react_owns(n, ctx, drop));
  }
  n->update = sley__react_same;
  n->f.done = f;
  n->ctx = ctx;
  n->release = sley__react_finalize;
  return sley__react_as_signal(sley__react_owns(n, ctx, drop));
}
