/* Lending a pool's members: waiting for one, making or validating it, the use, and what comes after.
 *
 * All that happens between two steps of a lease happens as in Lwt, which determines the order in which users are
 * served. The continuations are vital: a lost one would keep its member forever. */
#include <sley/hooks.h>

#include "promise/sync/pool.h"

typedef struct lease {
  sley_pool *pool; /* in use */
  member *member;  /* NULL before it has one, and after it gave it back */
  sley_bind_fn *f;
  void *ctx;
  sley_drop_fn *drop;
  const char *site;
  uint64_t epoch;        /* of the pool when the use began */
  sley_promise *result;  /* of f, once fulfilled; one reference */
  sley_error *error;     /* rejects the result after the cleanup; owned, NULL once used */
  sley_resolver *waiter; /* set while a member is being made for it */
  bool in_use;           /* f has begun and not ended */
  uint32_t refs;
} lease;

static void ctx_spend(lease *l)
{
  sley_drop_fn *drop = l->drop;
  l->drop = NULL;
  if (drop != NULL) drop(l->ctx);
}

static void lost(sley_domain *d, lease *l);

static void lease_drop(void *ctx)
{
  lease *l = ctx;
  if (--l->refs > 0) return;
  sley_domain *d = sley__self();
  ctx_spend(l);
  if (l->member != NULL) lost(d, l);
  sley__ref_drop(d, l->result);
  if (l->error != NULL && l->error != &sley__canceled) sley__unhandled(d, l->error, l->site);
  sley_error_drop(l->error);
  sley__pool_unuse(d, l->pool);
  sley__free(d, l, sizeof(*l));
  sley__settle_down(d);
}

static lease *lease_keep(lease *l)
{
  l->refs++;
  return l;
}

static sley_promise *then(lease *l, sley_promise *p, sley_bind_fn *f)
{
  return sley__bind_vital(l->site, p, f, lease_keep(l), lease_drop);
}

static sley_promise *then_either(lease *l, sley_promise *p, sley_bind_fn *ok, sley_catch_fn *failed)
{
  return sley__try_bind_vital(l->site, p, ok, failed, lease_keep(l), lease_drop);
}

static member *give_up_member(lease *l)
{
  member *m = l->member;
  l->member = NULL;
  return m;
}

static sley_promise *dispose(lease *l)
{
  return sley__member_dispose(sley__self(), l->site, give_up_member(l));
}

/* The longest waiter. A canceled one can still be in the queue: answering it has no effect. */
static inline waiter *longest_waiting(sley_domain *d, sley_pool *pool)
{
  if (sley__dlist_is_empty(&pool->queue)) return NULL;
  waiter *w;
  while ((w = sley__waiters_pop(&pool->queue)) != NULL &&
         sley__underlying(d, sley__waiter_promise(w))->state != STATE_PENDING)
    sley__waiter_fulfill(w, sley_unit());
  return w;
}

/* Gives the member to the longest waiter, or else to the free list. */
static void release(lease *l)
{
  sley_pool *pool = l->pool;
  sley_domain *d = sley__self();
  if (sley__object_has_ended(pool)) {
    sley__member_dispose_unattended(d, l->site, give_up_member(l));
    return;
  }
  member *m = give_up_member(l);
  waiter *w = longest_waiting(d, pool);
  if (w == NULL) {
    m->next = NULL;
    SLEY__FIFO_APPEND(pool->free_end, m, next);
  } else {
    ((lease *)w->value.ptr)->member = m;
    sley__waiter_fulfill(w, sley_unit());
  }
}

/* The lease ends while it still has a member: its next step was canceled, failed or can never happen. */
static void lost(sley_domain *d, lease *l)
{
  if (l->member->made == NULL || d->ending) {
    sley__member_lose(d, give_up_member(l));
  } else if (l->in_use) {
    l->member->serves = true;
    sley__member_dispose_unattended(d, l->site, give_up_member(l));
  } else {
    release(l);
  }
}

static bool was_cleared(const lease *l)
{
  return l->epoch != l->pool->epoch || sley__object_has_ended(l->pool);
}

/* ---- getting a member ---- */

/* The promise that owns v, with one more reference. */
static sley_promise *keep_reader(sley_value *v)
{
  sley_promise *p = sley__reader_of(sley__self(), v);
  p->refs++;
  return p;
}

static sley_promise *made(void *ctx, sley_value *v)
{
  lease *l = ctx;
  l->member->made = keep_reader(v);
  return sley__unit_promise(sley__self());
}

static sley_promise *not_made(void *ctx, sley_error *e)
{
  lease *l = ctx;
  l->pool->count--;
  sley__member_free(sley__self(), give_up_member(l));
  return sley_fail_at(l->site, sley_error_keep(e));
}

static sley_promise *make(sley_pool *pool)
{
  sley_promise *p = pool->options.create(pool->options.ctx);
  sley__returned(p, "sley_pool_new as create", "");
  return p;
}

static sley_promise *create_member(lease *l)
{
  member *m = sley__member_new(sley__self(), l->pool);
  if (m == NULL) return sley__nomem_promise();
  l->member = m;
  l->pool->count++;
  return then_either(l, make(l->pool), made, not_made);
}

static sley_promise *create_instead(void *ctx, sley_value *v)
{
  (void)v;
  return create_member(ctx);
}

static void made_for_waiter(void *ctx, sley_value *v)
{
  lease *l = ctx;
  l->member->made = keep_reader(v);
  if (sley__underlying(sley__self(), (sley_promise *)(void *)l->waiter)->state != STATE_PENDING)
    release(l);
  sley_fulfill(&l->waiter, sley_unit());
}

static void not_made_for_waiter(void *ctx, sley_error *e)
{
  lease *l = ctx;
  member *m = give_up_member(l);
  sley_reject(&l->waiter, sley_error_keep(e));
  sley__member_lose(sley__self(), m);
}

static bool make_for_waiter(sley_domain *d, sley_pool *pool, bool has_place)
{
  waiter *w = longest_waiting(d, pool);
  if (w == NULL) return false;
  lease *l = lease_keep(w->value.ptr);
  l->waiter = sley__waiter_resolver(w);
  l->member = sley__member_new(d, pool);
  if (l->member == NULL) {
    sley_reject(&l->waiter, sley_error_nomem());
    lease_drop(l);
    return true;
  }
  l->member->has_place = has_place;
  if (has_place) pool->count++;
  sley_promise *p = make(pool);
  sley_on_any(p, made_for_waiter, not_made_for_waiter, l, lease_drop);
  sley_drop(p);
  return true;
}

bool sley__pool_serve(sley_domain *d, sley_pool *pool) { return make_for_waiter(d, pool, true); }

/* Makes a new member for the longest waiter. It is not counted, as in Lwt. */
static void replace(sley_domain *d, sley_pool *pool) { make_for_waiter(d, pool, false); }

static sley_error *error_give(lease *l)
{
  sley_error *e = l->error;
  l->error = NULL;
  return e;
}

static sley_promise *replace_and_fail(void *ctx, sley_value *v)
{
  lease *l = ctx;
  (void)v;
  replace(sley__self(), l->pool);
  return sley_fail_at(l->site, error_give(l));
}

static sley_promise *validated(void *ctx, sley_value *v)
{
  lease *l = ctx;
  if (v->u != 0) return sley__unit_promise(sley__self());
  return then(l, dispose(l), create_instead);
}

static sley_promise *not_validated(void *ctx, sley_error *e)
{
  lease *l = ctx;
  l->error = sley_error_keep(e);
  return then(l, dispose(l), replace_and_fail);
}

static sley_promise *validate(lease *l)
{
  const sley_pool_options *o = &l->pool->options;
  sley_domain *d = sley__self();
  if (o->validate == NULL) return sley__unit_promise(d);
  sley_promise *p = o->validate(o->ctx, sley__member_value(l->member));
  sley__returned(p, "sley_pool_new as validate", l->site);
  return then_either(l, p, validated, not_validated);
}

static sley_promise *waited(void *ctx, sley_value *v)
{
  (void)v;
  return validate(ctx);
}

static const sley__operation_type type_use = {"pool_use", sley__waiter_with_canceled};

static sley_promise *acquire(sley_domain *d, lease *l)
{
  sley_pool *pool = l->pool;
  if (pool->free == NULL) {
    if (sley__pool_has_room(pool)) return create_member(l);
    return then(l, sley__waiter_new_with(d, l->site, &type_use, &pool->queue, sley_borrow(l)),
                waited);
  }
  l->member = pool->free;
  SLEY__FIFO_POP(pool->free, pool->free_end, next);
  return validate(l);
}

/* ---- the use ---- */

static sley_promise *give_result(void *ctx, sley_value *v)
{
  lease *l = ctx;
  sley_promise *result = l->result;
  (void)v;
  l->result = NULL;
  return result;
}

static sley_promise *succeeded(void *ctx, sley_value *v)
{
  lease *l = ctx;
  l->in_use = false;
  l->result = keep_reader(v);
  if (was_cleared(l)) return then(l, dispose(l), give_result);
  release(l);
  return give_result(l, v);
}

static sley_promise *fail_again(void *ctx, sley_value *v)
{
  (void)v;
  lease *l = ctx;
  return sley_fail_at(l->site, error_give(l));
}

static sley_promise *failed(void *ctx, sley_error *e)
{
  lease *l = ctx;
  const sley_pool_options *o = &l->pool->options;
  bool cleared = was_cleared(l);
  l->error = sley_error_keep(e);
  bool good = true;
  if (o->check != NULL) {
    good = false;
    sley_error *wrong = o->check(o->ctx, sley__member_value(l->member), &good);
    if (wrong != NULL) { /* as in Lwt, its place is lost */
      sley__member_free(sley__self(), give_up_member(l));
      return sley_fail_at(l->site, wrong);
    }
  }
  l->in_use = false;
  if (cleared || !good) return then(l, dispose(l), fail_again);
  release(l);
  return fail_again(l, NULL);
}

/* Whether a use could be followed by its cleanup: tries to allocate a bind. */
static bool has_memory(sley_domain *d)
{
  void *memory = sley__cell_alloc(d, sizeof(single));
  if (memory == NULL) return false;
  sley__cell_free(d, memory, sizeof(single));
  return true;
}

static sley_promise *begin(void *ctx, sley_value *v)
{
  lease *l = ctx;
  sley_domain *d = sley__self();
  (void)v;
  if (SLEY__UNLIKELY(!has_memory(d))) {
    release(l);
    return sley__nomem_promise();
  }
  l->epoch = l->pool->epoch;
  l->in_use = true;
  sley_promise *p = l->f(l->ctx, sley__member_value(l->member));
  sley__returned(p, "sley_pool_use", l->site);
  ctx_spend(l);
  return then_either(l, p, succeeded, failed);
}

sley_promise *sley_pool_use_at(const char *site, sley_pool *pool, sley_bind_fn *f, void *ctx,
                               sley_drop_fn *drop)
{
  sley_domain *d = sley__object_enter(pool, "sley_pool_use");
  lease *l = sley__alloc(d, sizeof(*l));
  if (l == NULL) {
    if (drop != NULL) drop(ctx);
    return sley__nomem_promise();
  }
  *l = (lease){.pool = pool, .f = f, .ctx = ctx, .drop = drop, .site = site, .refs = 1};
  sley__object_use(pool);
  sley_promise *p = then(l, acquire(d, l), begin);
  lease_drop(l);
  return p;
}
