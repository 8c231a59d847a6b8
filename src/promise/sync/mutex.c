/* Mutexes. Locking a free one returns the domain's shared unit promise, so it allocates nothing; handing one over
 * answers the oldest waiter and leaves the mutex locked. */
#include "promise/sync/mutex.h"

struct sley_mutex {
  object head;
  bool locked;
  waiters queue;
};

static const sley__operation_type type_lock = {"mutex_lock", sley__waiter_canceled};

sley_error *sley_mutex_new(sley_mutex **out)
{
  SLEY__NEEDS(out);
  sley_mutex *m = sley__object_new(sley__self(), sizeof(sley_mutex));
  *out = m;
  if (m == NULL) return sley_error_nomem();
  sley__dlist_init(&m->queue);
  return NULL;
}

sley_mutex *sley_mutex_keep(sley_mutex *m)
{
  sley__object_enter(m, "sley_mutex_keep");
  m->head.handles++;
  return m;
}

void sley_mutex_drop(sley_mutex *m)
{
  if (m == NULL) return;
  sley_domain *d = sley__object_enter(m, "sley_mutex_drop");
  if (!sley__object_drop(m)) return;
  sley__waiters_abandon(&m->queue);
  sley__object_unuse(d, m, sizeof(*m));
}

void sley__mutex_unuse(void *m) { sley__object_unuse(sley__self(), m, sizeof(sley_mutex)); }

/* Locks the mutex if it is free. False: it is locked. */
static inline bool take(sley_mutex *m)
{
  if (SLEY__UNLIKELY(m->locked)) return false;
  m->locked = true;
  return true;
}

sley_promise *sley_mutex_lock_at(const char *site, sley_mutex *m)
{
  sley_domain *d = sley__object_enter(m, "sley_mutex_lock");
  if (SLEY__LIKELY(take(m))) return sley__unit_promise(d);
  return sley__waiter_new(d, site, &type_lock, &m->queue);
}

sley_promise *sley__mutex_lock_vital(sley_domain *d, const char *site, sley_mutex *m)
{
  if (sley__object_has_ended(m)) return sley_fail_at(site, &sley__abandoned);
  if (take(m)) return sley__unit_promise(d);
  return sley__waiter_new_vital(d, site, &type_lock, &m->queue);
}

static SLEY__NOINLINE void hand_over(sley_mutex *m)
{
  sley__waiter_fulfill(sley__waiters_pop(&m->queue), sley_unit());
}

static inline void unlock_oldest(sley_mutex *m)
{
  if (SLEY__LIKELY(sley__dlist_is_empty(&m->queue))) m->locked = false;
  else hand_over(m);
}

void sley_mutex_unlock(sley_mutex *m)
{
  sley__object_enter(m, "sley_mutex_unlock");
  unlock_oldest(m);
}

bool sley_mutex_is_locked(const sley_mutex *m)
{
  sley__object_enter(m, "sley_mutex_is_locked");
  return m->locked;
}

bool sley_mutex_has_waiters(const sley_mutex *m)
{
  sley__object_enter(m, "sley_mutex_has_waiters");
  return !sley__dlist_is_empty(&m->queue);
}

/* ---- with_lock ---- */

typedef struct guarded { /* a body that waits for the lock */
  sley_mutex *mutex;     /* in use */
  sley_start_fn *start;
  void *ctx;
  sley_drop_fn *drop;
  const char *site;
} guarded;

static void guarded_drop(void *ctx)
{
  guarded *g = ctx;
  if (g->drop != NULL) g->drop(g->ctx);
  sley__mutex_unuse(g->mutex);
  sley__free(sley__self(), g, sizeof(*g));
}

static sley_promise *unlock(void *ctx)
{
  sley_mutex *m = ctx;
  unlock_oldest(m);
  return sley__unit_promise(sley__self());
}

static sley_promise *run_locked(void *ctx, sley_value *v)
{
  guarded *g = ctx;
  (void)v;
  sley__object_use(g->mutex);
  sley_promise *p = g->start(g->ctx);
  sley__returned(p, "sley_with_lock", g->site);
  return sley_finalize_at(g->site, p, unlock, g->mutex, sley__mutex_unuse);
}

sley_promise *sley_with_lock_at(const char *site, sley_mutex *m, sley_start_fn *start, void *ctx,
                                sley_drop_fn *drop)
{
  sley_domain *d = sley__object_enter(m, "sley_with_lock");
  guarded *g = sley__alloc(d, sizeof(*g));
  if (SLEY__UNLIKELY(g == NULL)) {
    if (drop != NULL) drop(ctx);
    return sley__nomem_promise();
  }
  *g = (guarded){m, start, ctx, drop, site};
  sley__object_use(m);
  /* Vital: if the continuation were lost for lack of memory, the mutex would never be unlocked. */
  return sley__bind_vital(site, sley_mutex_lock_at(site, m), run_locked, g, guarded_drop);
}
