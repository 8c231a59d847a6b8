/* Pools of members that are lent to one user at a time: the pool, its members, and how members end. pool_lease.c
 * lends them.
 *
 * A member is the settled promise that its producer returned: the value stays in that promise, shared with its
 * other references, and is freed with it. A pending one is not kept here. */
#include "promise/sync/pool.h"

#include <sley/hooks.h>

sley_error *sley_pool_new(const sley_pool_options *options, sley_pool **out)
{
  SLEY__OPTIONS_READ(options, sley_pool_options, "sley_pool_new");
  bool known = options->create != NULL;
  sley_pool *pool = known ? sley__object_new(sley__self(), sizeof(sley_pool)) : NULL;
  *out = pool;
  if (pool == NULL) {
    if (known && options->drop != NULL) options->drop(options->ctx);
    if (known) return sley_error_nomem();
    return sley_error_new(
        &sley_kind_sley, SLEY_EINVAL,
        "sley_pool_new: the options have no create; set the function that makes a member");
  }
  pool->options = *options;
  pool->free_end = &pool->free;
  sley__dlist_init(&pool->queue);
  return NULL;
}

sley_pool *sley_pool_keep(sley_pool *pool)
{
  sley__object_enter(pool, "sley_pool_keep");
  pool->head.handles++;
  return pool;
}

void sley__pool_unuse(sley_domain *d, sley_pool *pool)
{
  if (--pool->head.uses > 0 || pool->head.handles > 0) return;
  sley_drop_fn *drop = pool->options.drop;
  void *ctx = pool->options.ctx;
  sley__object_free(d, pool, sizeof(*pool));
  if (drop != NULL) drop(ctx);
}

/* ---- members ---- */

member *sley__member_new(sley_domain *d, sley_pool *pool)
{
  member *m = sley__alloc(d, sizeof(*m));
  if (m == NULL) return NULL;
  *m = (member){.pool = pool, .has_place = true};
  sley__object_use(pool);
  return m;
}

void sley__member_free(sley_domain *d, member *m)
{
  sley_promise *made = m->made;
  sley_pool *pool = m->pool;
  sley__free(d, m, sizeof(*m));
  sley__ref_drop(d, made);
  sley__pool_unuse(d, pool);
  sley__settle_down(d);
}

/* One call serves every place that comes back meanwhile: a create that fails immediately gives its own back. */
void sley__pool_place_back(sley_domain *d, sley_pool *pool)
{
  pool->count--;
  if (pool->serving || d->ending) return;
  pool->serving = true;
  sley__object_use(pool);
  while (!sley__object_has_ended(pool) && sley__pool_has_room(pool) && sley__pool_serve(d, pool))
    continue;
  pool->serving = false;
  sley__pool_unuse(d, pool);
}

void sley__member_lose(sley_domain *d, member *m)
{
  if (m->has_place) sley__pool_place_back(d, m->pool);
  sley__member_free(d, m);
}

static void member_drop(void *m) { sley__member_lose(sley__self(), m); }

static void place_back(sley_domain *d, member *m)
{
  m->has_place = false;
  if (m->serves) sley__pool_place_back(d, m->pool);
  else m->pool->count--;
}

static sley_promise *disposed(void *ctx, sley_value *v)
{
  (void)v;
  place_back(sley__self(), ctx);
  return sley__unit_promise(sley__self());
}

/* A failed disposal loses the place permanently, as in Lwt; a canceled one does not. */
static sley_promise *not_disposed(void *ctx, sley_error *e)
{
  member *m = ctx;
  m->has_place = false;
  if (sley_error_is_canceled(e)) sley__pool_place_back(sley__self(), m->pool);
  return sley_fail(sley_error_keep(e));
}

sley_promise *sley__member_dispose(sley_domain *d, const char *site, member *m)
{
  sley_pool *pool = m->pool;
  if (pool->options.dispose == NULL) {
    place_back(d, m);
    sley__member_free(d, m);
    return sley__unit_promise(d);
  }
  sley_promise *p = pool->options.dispose(pool->options.ctx, sley__member_value(m));
  sley__returned(p, "sley_pool_new as dispose", site);
  return sley__try_bind_vital(site, p, disposed, not_disposed, m, member_drop);
}

void sley__member_dispose_unattended(sley_domain *d, const char *site, member *m)
{
  sley_error *e = sley_ignore_result(sley__member_dispose(d, site, m));
  if (e != NULL) sley__async_error(d, e, site);
}

/* ---- clearing ---- */

typedef struct clearing {
  sley_pool *pool; /* in use */
  member *left;
  const char *site;
  bool canceled;
  uint32_t refs;
} clearing;

/* Takes the free members, the last freed first, and starts a new epoch: members in use now are outdated. */
static member *take_free(sley_pool *pool)
{
  member *newest_first = NULL;
  while (pool->free != NULL) {
    member *m = pool->free;
    pool->free = m->next;
    m->next = newest_first;
    newest_first = m;
  }
  pool->free_end = &pool->free;
  pool->epoch++;
  return newest_first;
}

void sley_pool_drop(sley_pool *pool)
{
  if (pool == NULL) return;
  sley_domain *d = sley__object_enter(pool, "sley_pool_drop");
  if (!sley__object_drop(pool)) return;
  sley__waiters_abandon(&pool->queue);
  for (member *m = take_free(pool), *next; m != NULL; m = next) {
    next = m->next;
    sley__member_dispose_unattended(d, "", m);
  }
  sley__pool_unuse(d, pool);
}

static void clearing_drop(void *ctx)
{
  clearing *c = ctx;
  if (--c->refs > 0) return;
  sley_domain *d = sley__self();
  for (member *m = c->left, *next; m != NULL; m = next) {
    next = m->next;
    if (c->canceled) sley__member_dispose_unattended(d, c->site, m);
    else sley__member_free(d, m); /* a disposal failed: as in Lwt, the other places are lost */
  }
  sley__pool_unuse(d, c->pool);
  sley__free(d, c, sizeof(*c));
}

static sley_promise *clear_stopped(void *ctx, sley_error *e)
{
  clearing *c = ctx;
  c->canceled = sley_error_is_canceled(e);
  return sley_fail_at(c->site, sley_error_keep(e));
}

static sley_promise *clear_rest(void *ctx, sley_value *v)
{
  clearing *c = ctx;
  sley_domain *d = sley__self();
  (void)v;
  while (c->left != NULL) {
    member *m = c->left;
    c->left = m->next;
    sley_promise *p = sley__member_dispose(d, c->site, m);
    if (sley_state(p) != SLEY_PROMISE_STATE_FULFILLED) {
      c->refs++;
      return sley__try_bind_vital(c->site, p, clear_rest, clear_stopped, c, clearing_drop);
    }
    sley_drop(p);
  }
  return sley__unit_promise(d);
}

sley_promise *sley_pool_clear_at(const char *site, sley_pool *pool)
{
  sley_domain *d = sley__object_enter(pool, "sley_pool_clear");
  clearing *c = sley__alloc(d, sizeof(*c));
  if (c == NULL) return sley__nomem_promise();
  *c = (clearing){.pool = pool, .left = take_free(pool), .site = site, .refs = 1};
  sley__object_use(pool);
  sley_promise *p = clear_rest(c, NULL);
  clearing_drop(c);
  return p;
}

size_t sley_pool_waiters(const sley_pool *pool)
{
  sley__object_enter(pool, "sley_pool_waiters");
  size_t count = 0;
  for (const struct sley__dlist *p = pool->queue.next; p != &pool->queue; p = p->next) count++;
  return count;
}
