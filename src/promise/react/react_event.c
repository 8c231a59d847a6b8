/* Events that the program pushes, and those made from other nodes. */
#include "promise/react/react.h"

static react *source(const react *n, size_t i) { return n->edges[i].source; }

sley_event *sley_event_keep(sley_event *e)
{
  SLEY__NEEDS(e);
  return sley__react_as_event(sley__react_keep(sley__react_of_event(e)));
}

void sley_event_drop(sley_event *e)
{
  if (e == NULL) return;
  sley__react_drop(sley__react_of_event(e));
  sley__settle_down(sley__self());
}

bool sley_event_has_failed(const sley_event *e)
{
  SLEY__NEEDS(e);
  return sley__react_of_event(e)->failed;
}

sley_event *sley_event_new(void) { return sley__react_as_event(sley__react_new(false, NULL, 0)); }

sley_event *sley_event_never(void) { return sley_event_new(); }

int sley_event_push(sley_event *e, sley_value v)
{
  SLEY__NEEDS(e);
  return sley__react_push(sley__react_of_event(e), sley__box_new(v));
}

static sley_event *made_of(const sley_event *e, bool (*update)(react *n), void *ctx, react **made)
{
  react *sources[] = {sley__react_of_event(e)};
  react *n = sley__react_new(false, sources, 1);
  *made = n->failed ? NULL : n;
  if (n->failed) return sley__react_as_event(n);
  n->update = update;
  n->ctx = ctx;
  return sley__react_as_event(n);
}

/* ---- of one */

static bool update_map(react *n)
{
  return sley__react_becomes(
      n, sley__react_compute(n->f.map, n->ctx, &source(n, 0)->box->value, &sley__several));
}

static bool update_filter(react *n)
{
  box *b = source(n, 0)->box;
  struct sley__lent lent;
  bool yes = false;
  sley__react_lend(&lent, &b->value, &sley__several);
  sley_error *e = n->f.test(n->ctx, &b->value, &yes);
  sley__react_lend_over(&lent);
  if (e != NULL) sley__async_error(sley__self(), e, "");
  return e == NULL && yes && sley__react_becomes(n, sley__box_keep(b));
}

static bool update_fmap(react *n)
{
  box *b = sley__react_compute(n->f.map, n->ctx, &source(n, 0)->box->value, &sley__several);
  if (b == NULL || !sley_is_none(&b->value)) return sley__react_becomes(n, b);
  sley__box_drop(b);
  return false;
}

static bool update_once(react *n)
{
  if (n->spent) return false;
  n->spent = true;
  return sley__react_becomes(n, sley__box_keep(source(n, 0)->box));
}

static bool update_skip_once(react *n)
{
  if (n->spent) return sley__react_becomes(n, sley__box_keep(source(n, 0)->box));
  n->spent = true;
  return false;
}

static bool update_on(react *n)
{
  struct sley__lent lent;
  sley_value *v = &source(n, 0)->box->value;
  sley__react_lend(&lent, v, &sley__several);
  n->f.on(n->ctx, v);
  sley__react_lend_over(&lent);
  return false;
}

#define OF_ONE(name, update_name, function_type, member)                                    \
  sley_event *(sley_event_##name)(sley_event * e, function_type * f, void *ctx,             \
                                  sley_drop_fn *drop)                                       \
  {                                                                                         \
    SLEY__NEEDS(e);                                                                         \
    SLEY__NEEDS(f);                                                                         \
    react *made;                                                                            \
    sley_event *result = made_of(e, update_name, ctx, &made);                               \
    if (made != NULL) made->f.member = f;                                                   \
    return sley__react_as_event(sley__react_owns(sley__react_of_event(result), ctx, drop)); \
  }
OF_ONE(map, update_map, sley_map_fn, map)
OF_ONE(filter, update_filter, sley_test_fn, test)
OF_ONE(fmap, update_fmap, sley_map_fn, map)
OF_ONE(on, update_on, sley_value_fn, on)

sley_event *sley_event_once(sley_event *e)
{
  SLEY__NEEDS(e);
  react *made;
  return made_of(e, update_once, NULL, &made);
}

sley_event *sley_event_skip_once(sley_event *e)
{
  SLEY__NEEDS(e);
  react *made;
  return made_of(e, update_skip_once, NULL, &made);
}

/* ---- folds: while f changes the accumulator's box, only the node has it */

static box *box_again(const box *b)
{
  sley_value copy;
  int code = sley_value_dup(&b->value, &copy);
  return code == 0 ? sley__box_new(copy) : NULL;
}

static bool fold_one(react *n, box *into, sley_value *v)
{
  struct sley__lent lent;
  sley__react_lend(&lent, v, &sley__several);
  sley_error *e = n->f.fold(n->ctx, &into->value, v);
  sley__react_lend_over(&lent);
  if (e != NULL) sley__async_error(sley__self(), e, "");
  return e == NULL;
}

static bool update_fold(react *n)
{
  box *next = box_again(n->accumulator);
  if (next == NULL) return false;
  if (!fold_one(n, next, &source(n, 0)->box->value)) {
    sley__box_drop(next);
    return false;
  }
  sley__box_drop(n->accumulator);
  n->accumulator = sley__box_keep(next);
  return sley__react_becomes(n, next);
}

sley_event *(sley_event_fold)(sley_event *e, sley_value accumulator, sley_fold_fn *f, void *ctx,
                              sley_drop_fn *drop)
{
  SLEY__NEEDS(e);
  SLEY__NEEDS(f);
  react *made;
  box *b = sley__box_new(accumulator);
  if (b == NULL)
    return sley__react_as_event(
        sley__react_owns(sley__react_new(false, NULL, SIZE_MAX), ctx, drop));
  sley_event *result = made_of(e, update_fold, ctx, &made);
  if (made == NULL) {
    sley__box_drop(b);
    return sley__react_as_event(sley__react_owns(sley__react_of_event(result), ctx, drop));
  }
  made->f.fold = f;
  made->accumulator = b;
  return sley__react_as_event(sley__react_owns(sley__react_of_event(result), ctx, drop));
}

/* ---- of several */

static react *of_several(sley_event *const *es, size_t n, bool (*update)(react *n))
{
  react *made = sley__react_new(false, (react *const *)(const void *)es, n);
  if (!made->failed) made->update = update;
  return made;
}

static bool update_select(react *n)
{
  for (size_t i = 0; i < n->count; i++)
    if (sley__react_occurs(source(n, i)))
      return sley__react_becomes(n, sley__box_keep(source(n, i)->box));
  return false;
}

sley_event *sley_event_select(sley_event *const *es, size_t n)
{
  if (n > 0) SLEY__NEEDS(es);
  return sley__react_as_event(of_several(es, n, update_select));
}

static bool update_merge(react *n)
{
  box *sum = box_again(n->accumulator);
  bool good = sum != NULL;
  for (size_t i = 0; good && i < n->count; i++)
    if (sley__react_occurs(source(n, i))) good = fold_one(n, sum, &source(n, i)->box->value);
  if (good) return sley__react_becomes(n, sum);
  sley__box_drop(sum);
  return false;
}

sley_event *(sley_event_merge)(sley_event *const *es, size_t n, sley_value accumulator,
                               sley_fold_fn *f, void *ctx, sley_drop_fn *drop)
{
  if (n > 0) SLEY__NEEDS(es);
  SLEY__NEEDS(f);
  box *b = sley__box_new(accumulator);
  if (b == NULL)
    return sley__react_as_event(
        sley__react_owns(sley__react_new(false, NULL, SIZE_MAX), ctx, drop));
  react *made = of_several(es, n, update_merge);
  if (made->failed) {
    sley__box_drop(b);
    return sley__react_as_event(sley__react_owns(made, ctx, drop));
  }
  made->f.fold = f;
  made->ctx = ctx;
  made->accumulator = b;
  return sley__react_as_event(sley__react_owns(made, ctx, drop));
}

/* ---- one by another: sources are the event, then the other */

static bool pass_on(react *n) { return sley__react_becomes(n, sley__box_keep(source(n, 0)->box)); }

static bool update_when(react *n)
{
  return sley__react_occurs(source(n, 0)) && source(n, 1)->box->value.u != 0 && pass_on(n);
}

static bool update_take_until(react *n)
{
  if (sley__react_occurs(source(n, 1))) n->spent = true;
  return !n->spent && sley__react_occurs(source(n, 0)) && pass_on(n);
}

static bool update_without(react *n)
{
  return !sley__react_occurs(source(n, 1)) && sley__react_occurs(source(n, 0)) && pass_on(n);
}

static sley_event *by_another(react *e, react *other, bool (*update)(react *n))
{
  react *sources[] = {e, other};
  react *n = sley__react_new(false, sources, 2);
  if (!n->failed) n->update = update;
  return sley__react_as_event(n);
}

sley_event *sley_event_when(sley_event *e, sley_signal *s)
{
  SLEY__NEEDS(s);
  SLEY__NEEDS(e);
  return by_another(sley__react_of_event(e), sley__react_of_signal(s), update_when);
}

sley_event *sley_event_take_until(sley_event *e, sley_event *other)
{
  SLEY__NEEDS(other);
  SLEY__NEEDS(e);
  return by_another(sley__react_of_event(e), sley__react_of_event(other), update_take_until);
}

sley_event *sley_event_without(sley_event *e, sley_event *other)
{
  SLEY__NEEDS(other);
  SLEY__NEEDS(e);
  return by_another(sley__react_of_event(e), sley__react_of_event(other), update_without);
}

/* ---- finalizers */

bool sley__react_same(react *n) { return pass_on(n); }

void sley__react_finalize(react *n) { n->f.done(n->ctx); }

sley_event *(sley_event_with_finalizer)(sley_event *e, sley_done_fn *f, void *ctx,
                                        sley_drop_fn *drop)
{
  SLEY__NEEDS(e);
  SLEY__NEEDS(f);
  react *made;
  sley_event *result = made_of(e, sley__react_same, ctx, &made);
  if (made == NULL) {
    f(ctx);
    return sley__react_as_event(sley__react_owns(sley__react_of_event(result), ctx, drop));
  }
  made->f.done = f;
  made->release = sley__react_finalize;
  return sley__react_as_event(sley__react_owns(sley__react_of_event(result), ctx, drop));
}
