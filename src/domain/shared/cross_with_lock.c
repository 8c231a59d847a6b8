/* sley_cross_mutex_with_lock: runs a function with the mutex locked. */
#include <sley/cross.h>

#include "domain/shared/cross.h"

typedef struct body {
  sley_domain *domain;
  sley_cross_mutex *mutex; /* one hold */
  sley_start_fn *start;
  void *ctx;
  sley_drop_fn *drop; /* NULL: none, or already called */
  const char *site;
  bool begun;
} body;

static void ctx_drop(body *b)
{
  if (b->drop != NULL) b->drop(b->ctx);
  b->drop = NULL;
}

static void body_drop(void *ctx)
{
  body *b = ctx;
  ctx_drop(b);
  sley_cross_mutex_drop(b->mutex);
  sley__free(b->domain, b, sizeof(*b));
}

static sley_promise *body_start(void *ctx)
{
  body *b = ctx;
  b->begun = true;
  sley_promise *p = b->start(b->ctx);
  ctx_drop(b);
  return p;
}

static sley_promise *body_unlock(void *ctx)
{
  body *b = ctx;
  sley_cross_mutex_unlock(b->mutex);
  return sley_return_at(b->site, sley_unit());
}

static sley_promise *body_run(void *ctx, sley_value *v)
{
  body *b = ctx;
  (void)v;
  sley_promise *p = sley_finalize_with_at(b->site, body_start, body_unlock, b, NULL);
  if (!b->begun) sley_cross_mutex_unlock(b->mutex); /* no memory for its unlocking */
  return p;
}

sley_promise *sley_cross_mutex_with_lock_at(const char *site, sley_cross_mutex *mutex,
                                            sley_start_fn *start, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, mutex);
  SLEY__NEEDS_AT(site, start);
  sley_domain *d = sley__self();
  body *b = sley__alloc(d, sizeof(*b));
  if (b == NULL) {
    if (drop != NULL) drop(ctx);
    return sley__nomem_promise();
  }
  *b = (body){d, sley_cross_mutex_keep(mutex), start, ctx, drop, site, false};
  sley_promise *lock = sley_keep(sley_cross_mutex_lock_at(site, mutex));
  sley_promise *p = sley_bind_at(site, lock, body_run, b, NULL);
  if (sley_is_pending(lock) && !sley_is_pending(p))
    sley_cancel(lock); /* no memory to wait for it */
  sley_drop(lock);
  return sley_attach(p, b, body_drop);
}
