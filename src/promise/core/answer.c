/* Answering: the operations on resolvers. sley_fulfill and its like have a fast path for promises made by
 * sley_pending or sley_cancelable that are not proxies. */
#include "promise/core/core.h"

enum { LATER, NOW };

static inline sley_promise *answerable(sley_resolver **r)
{
  sley_promise *cell = (sley_promise *)(void *)*r;
  *r = NULL;
  cell->flags |= FLAG_ANSWERED;
  return cell;
}

/* The promise is already settled because it was canceled; otherwise the resolver is a copy of a used one. */
static inline void answered_too_late(sley_domain *d, sley_promise *cell)
{
  if (--cell->producers == 0) sley__producer_gone(d, cell);
  else if (SLEY__UNLIKELY(cell->producers > INT32_MAX))
    sley__resolver_misuse(d, cell, "sley_fulfill, sley_reject or a similar function");
}

static SLEY__NOINLINE void run_later(sley_domain *d, sley_promise *p)
{
  sley__defer(d, p);
  if (d->freeing) d->untidy = true;
  sley__producer_drop(d, p);
  sley__settle_down(d);
}

static inline bool must_defer(const sley_domain *d, int when)
{
  return when == LATER && (d->depth > 0 || d->freeing);
}

/* Settled through the resolver of cell; p is underlying. */
static void answered(sley_domain *d, sley_promise *cell, sley_promise *p, int when)
{
  p->producers++;
  sley__producer_drop(d, cell);
  if (must_defer(d, when)) run_later(d, p);
  else sley__run(d, p);
}

static SLEY__ALWAYS_INLINE void fulfill_any(sley_domain *d, sley_resolver **r, sley_value v,
                                            int when)
{
  sley_promise *cell = answerable(r);
  sley_promise *p = sley__underlying(d, cell);
  if (p->state == STATE_PENDING) {
    sley__settle_value(d, p, v);
    answered(d, cell, p, when);
  } else {
    answered_too_late(d, cell);
    sley_value_drop(&v);
    sley__settle_down(d);
  }
}

static SLEY__NOINLINE void fulfill_checked(sley_resolver **r, sley_value v, int when,
                                           const char *name)
{
  fulfill_any(sley__self_of_resolver((sley_promise *)(void *)*r, name, true), r, v, when);
}

static SLEY__NOINLINE void fulfill_slowly(sley_resolver **r, sley_value v, int when,
                                          const char *name)
{
  if (*r == NULL) {
    sley_value_drop(&v);
    return;
  }
  sley_domain *d = sley__current;
  sley__value_given(d, &v, name, "");
  if (SLEY__UNLIKELY(((sley_promise *)(void *)*r)->domain != d->id))
    fulfill_checked(r, v, when, name);
  else fulfill_any(d, r, v, when);
}

void sley__fulfill_from(sley_resolver **r, sley_promise *source)
{
  sley_domain *d = sley__self();
  sley_promise *cell = answerable(r);
  sley_promise *p = sley__underlying(d, cell);
  if (p->state == STATE_PENDING) {
    sley__settle_from(d, p, source, 0);
    answered(d, cell, p, LATER);
  } else {
    sley__producer_drop(d, cell);
    sley__settle_down(d);
  }
}

static SLEY__ALWAYS_INLINE void fulfill(sley_resolver **r, sley_value v, int when, const char *name)
{
  sley_domain *d = sley__current;
  sley_promise *p = (sley_promise *)(void *)*r;
  if (SLEY__UNLIKELY(p == NULL || p->domain != d->id || !sley__may_settle_here(d, p))) {
    fulfill_slowly(r, v, when, name);
    return;
  }
  *r = NULL;
  sley__outcome_value(p, &v);
  if (p->callbacks != NULL) {
    if (must_defer(d, when)) run_later(d, p);
    else sley__run(d, p);
  } else if (SLEY__LIKELY(p->refs != 0 && p->producers == 1)) {
    p->producers = 0;
  } else {
    sley__run(d, p);
  }
}

static void reject(sley_resolver **r, sley_error *e, int when, const char *name)
{
  if (e == NULL) sley__no_error(name, "");
  if (*r == NULL) {
    sley_error_drop(e);
    return;
  }
  sley_domain *d = sley__self_of_resolver((sley_promise *)(void *)*r, name, true);
  sley__error_given(d, e, name, "");
  sley__error_filter(d, e);
  sley_promise *cell = answerable(r);
  sley_promise *p = sley__underlying(d, cell);
  if (SLEY__LIKELY(p->state == STATE_PENDING)) {
    sley__settle_error(d, p, e);
    answered(d, cell, p, when);
  } else {
    answered_too_late(d, cell);
    sley_error_drop(e);
    sley__settle_down(d);
  }
}

void sley_fulfill(sley_resolver **r, sley_value v) { fulfill(r, v, LATER, "sley_fulfill"); }

void sley_fulfill_now(sley_resolver **r, sley_value v) { fulfill(r, v, NOW, "sley_fulfill_now"); }

void sley_reject(sley_resolver **r, sley_error *e) { reject(r, e, LATER, "sley_reject"); }

void sley_reject_now(sley_resolver **r, sley_error *e) { reject(r, e, NOW, "sley_reject_now"); }

void sley__reject_if_watched(sley_resolver **r, sley_error *e)
{
  if (*r == NULL) {
    sley_error_drop(e);
    return;
  }
  sley_domain *d = sley__self_of_resolver((sley_promise *)(void *)*r, "sley_resolver_drop", true);
  sley_promise *cell = answerable(r);
  sley_promise *p = sley__underlying(d, cell);
  bool watched = p->refs > 0 || sley__has_callbacks(p);
  if (p->state == STATE_PENDING && watched) {
    sley__settle_error(d, p, e);
    answered(d, cell, p, LATER);
  } else {
    answered_too_late(d, cell);
    sley_error_drop(e);
    sley__settle_down(d);
  }
}

void sley_resolver_drop(sley_resolver **r)
{
  sley_domain *d = sley__current;
  sley_promise *p = (sley_promise *)(void *)*r;
  /* A canceled loser that nothing refers to any more. */
  if (p != NULL && p->domain == d->id && p->refs == 0 && p->producers == 1 &&
      sley__is_quietly_canceled(p)) {
    *r = NULL;
    sley__cell_release(d, p);
    return;
  }
  sley__reject_if_watched(r, &sley__abandoned);
}
