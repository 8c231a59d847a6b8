/* Singles: the cells of bind, map, catch, try_bind and finalize. bind.c makes them and single.c runs them; this
 * header has what both need to call a callback. */
#ifndef SLEY_COMBINE_SINGLE_H
#define SLEY_COMBINE_SINGLE_H

#include "promise/core/core.h"

static inline storage *sley__storage_of(const single *s)
{
  return s->cell.flags & FLAG_LOADED ? s->storage : NULL;
}

static inline void sley__lend(sley_domain *d, struct sley__lent *lent, sley_promise *reader,
                              uint32_t held)
{
  lent->value = sley__value_of(reader);
  lent->reader = reader;
  lent->held = held;
  lent->outer = d->lent;
  d->lent = lent;
}

/* Scalars are lent without a record: taking one needs none. */
static inline sley_promise *sley__call_bind(sley_domain *d, sley_bind_fn *f, void *ctx,
                                            sley_promise *source, uint32_t held)
{
  if (SLEY__LIKELY(sley__is_scalar(source))) return f(ctx, &source->value);
  struct sley__lent lent;
  sley__lend(d, &lent, source, held);
  sley_promise *q = f(ctx, lent.value);
  d->lent = lent.outer;
  return q;
}

static inline sley_error *sley__call_map(sley_domain *d, const char *site, sley_map_fn *f,
                                         void *ctx, sley_promise *source, uint32_t held,
                                         sley_value *out)
{
  sley_error *e;
  out->u = 0;
  out->type = NULL;
  if (SLEY__LIKELY(sley__is_scalar(source))) {
    e = f(ctx, &source->value, out);
  } else {
    struct sley__lent lent;
    sley__lend(d, &lent, source, held);
    e = f(ctx, lent.value, out);
    if (e == NULL) sley__value_given(d, out, "sley_map", site);
    d->lent = lent.outer;
  }
  if (SLEY__UNLIKELY(e != NULL)) {
    sley__error_filter(d, e);
    sley_value_drop(out);
  }
  return e;
}

/* Attaches ctx to p: drop(ctx) is called once p is settled and its callbacks have run. drop may be NULL. */
static inline sley_promise *sley__with_drop(sley_promise *p, void *ctx, sley_drop_fn *drop)
{
  return drop == NULL ? p : sley_attach(p, ctx, drop);
}
/* sley_bind_at and sley_try_bind_at, with a node from the reserve when out of memory. */
sley_promise *sley__bind_vital(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx,
                               sley_drop_fn *drop);
sley_promise *sley__catch_vital(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx,
                                sley_drop_fn *drop);
sley_promise *sley__try_bind_vital(const char *site, sley_promise *p, sley_bind_fn *ok,
                                   sley_catch_fn *failed, void *ctx, sley_drop_fn *drop);

#endif
