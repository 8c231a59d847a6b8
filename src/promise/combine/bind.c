/* bind, map, catch, try_bind, finalize: one input, one result.
 *
 * On a pending input, the result contains the node on it, which single.c runs. On a settled input, the callback
 * runs immediately, and the promise that it returns is the result; nothing is allocated. If callbacks nested this way
 * would use more stack than the limit, the result is a pending cell on the domain's queue instead: see immediate.c.
 *
 * continue_with is the body of every function here, inlined with a constant kind so that code for other kinds is
 * left out. bind and map have fast paths around it. */
#include "promise/combine/single.h"

static SLEY__ALWAYS_INLINE void single_init(sley_domain *d, single *s, const char *site, int kind,
                                            callback f, void *ctx)
{
  sley__cell_init(d, &s->cell, kind, site);
  s->cell.producers = 1;
  s->node.kind = NODE_CELL;
  s->node.source = NULL;
  s->f = f;
  s->ctx = ctx;
}

static SLEY__ALWAYS_INLINE single *single_new(sley_domain *d, const char *site, int kind,
                                              bool vital, callback f, sley_catch_fn *failed,
                                              void *ctx, sley_drop_fn *drop)
{
  bool loaded = drop != NULL || d->storage != NULL;
  bool may_be_bare = kind == KIND_BIND || kind == KIND_MAP || kind == KIND_CATCH;
  uint16_t flags = loaded ? FLAG_LOADED | (may_be_bare ? FLAG_SIZED : 0) : 0;
  single *s = sley__cell_alloc(d, kind == KIND_TRY_BIND    ? sizeof(single)
                                  : loaded || !may_be_bare ? SINGLE_BYTES
                                                           : SINGLE_BARE_BYTES);
  if (SLEY__UNLIKELY(s == NULL)) {
    if (!vital) return NULL;
    s = sley__reserve_take(d, true);
    flags |= FLAG_RESERVE;
  }
  single_init(d, s, site, kind, f, ctx);
  s->cell.flags = flags;
  if (loaded || !may_be_bare) {
    s->drop = drop;
    s->storage = sley__storage_keep(d->storage);
  }
  if (kind == KIND_TRY_BIND) s->failed = failed;
  if (SLEY__UNLIKELY(d->trace != NULL)) sley__created(d, &s->cell);
  return s;
}

static void context_drop(sley_drop_fn *drop, void *ctx)
{
  if (drop != NULL) drop(ctx);
}

static SLEY__NOINLINE sley_promise *no_memory(sley_domain *d, sley_promise *p, void *ctx,
                                              sley_drop_fn *drop)
{
  sley__ref_drop(d, p);
  context_drop(drop, ctx);
  sley__settle_down(d);
  return sley__nomem_promise();
}

static sley_promise *map_now(sley_domain *d, const char *site, sley_map_fn *f, void *ctx,
                             sley_promise *p)
{
  sley_value out;
  sley_error *e = sley__call_map(d, site, f, ctx, p, 1, &out);
  return e != NULL ? sley_fail_at(site, e) : sley_return_at(site, out);
}

/* For a cleanup that ran immediately; body is settled. Returns the finalize's result; consumes q. */
static sley_promise *finalize_result(sley_domain *d, const char *site, sley_promise *body,
                                     sley_promise *q)
{
  sley__returned(q, "sley_finalize as cleanup", site);
  sley_promise *u = sley__underlying(d, q);
  if (u->state == STATE_REJECTED) {
    if (body->state == STATE_REJECTED) sley__superseded(d, body->error, u->error, body->site);
    return q;
  }
  sley__ref_keep(body);
  if (u->state == STATE_FULFILLED) {
    sley__ref_drop(d, q);
    return body;
  }
  callback f = {.body = body};
  single *s = single_new(d, site, KIND_FINALIZE, true, f, NULL, NULL, NULL);
  s->cell.kind = KIND_RESTORE;
  s->cell.flags |= FLAG_LOADED;
  sley__node_listen(u, &s->node);
  sley__ref_drop(d, q);
  return &s->cell;
}

/* No callback applies: the result has p's outcome. */
static SLEY__NOINLINE sley_promise *passed_by(const char *site, sley_promise *p, sley_promise *u,
                                              void *ctx, sley_drop_fn *drop)
{
  if (u->state == STATE_REJECTED) sley__error_pass(u->error, site);
  context_drop(drop, ctx);
  return p;
}

/* Past the stack limit: the call is queued. */
static SLEY__NOINLINE sley_promise *called_later(sley_domain *d, const char *site, int kind,
                                                 bool vital, sley_promise *p, sley_promise *u,
                                                 callback f, sley_catch_fn *failed, void *ctx,
                                                 sley_drop_fn *drop)
{
  single *s = single_new(d, site, kind, vital, f, failed, ctx, drop);
  if (s == NULL) return no_memory(d, p, ctx, drop);
  s->cell.flags |= FLAG_DEFERRED_CALL;
  if (u != p) {
    sley__ref_keep(u);
    sley__ref_drop(d, p);
  }
  sley__queue(d, &s->node, u);
  return &s->cell;
}

/* Without this check, a missing function would only be noticed when it is to be called. */
static _Noreturn SLEY__NOINLINE void no_function(const char *name, const char *site)
{
  sley__missing(name, site, "f");
}

static SLEY__ALWAYS_INLINE sley_promise *continue_with(const char *site, int kind, bool vital,
                                                       sley_promise *p, callback f,
                                                       sley_catch_fn *failed, void *ctx,
                                                       sley_drop_fn *drop, const char *name)
{
  sley_domain *d = sley__self_of(p, name, site);
  if (SLEY__UNLIKELY(f.bind == NULL || (kind == KIND_TRY_BIND && failed == NULL)))
    no_function(name, site);
  sley_promise *u = sley__underlying(d, p);
  if (u->state == STATE_PENDING) {
    single *s = single_new(d, site, kind, vital, f, failed, ctx, drop);
    if (SLEY__UNLIKELY(s == NULL)) return no_memory(d, p, ctx, drop);
    s->cell.flags |= u->flags & FLAG_DEFERRED_CALL;
    sley__node_listen(u, &s->node);
    TRACE(d, waits, &s->cell, u);
    sley__ref_drop(d, p);
    sley__settle_down(d);
    return &s->cell;
  }
  bool good = u->state == STATE_FULFILLED;
  if (good ? kind == KIND_CATCH : kind == KIND_BIND || kind == KIND_MAP)
    return passed_by(site, p, u, ctx, drop);
  if (SLEY__UNLIKELY(sley__must_queue(d)))
    return called_later(d, site, kind, vital, p, u, f, failed, ctx, drop);
  sley_promise *q;
  sley__mark_read(u);
  sley__running(d, site);
  sley__immediate_enter(d);
  if (kind == KIND_MAP) q = map_now(d, site, f.map, ctx, u);
  else if (kind == KIND_FINALIZE) q = finalize_result(d, site, u, f.cleanup(ctx));
  else if (kind == KIND_CATCH) q = sley__call_catch(d, f.catch_, ctx, u);
  else q = good ? sley__call_bind(d, f.bind, ctx, u, 1) : sley__call_catch(d, failed, ctx, u);
  if (drop != NULL) drop(ctx);
  sley__returned(q, name, site);
  sley__immediate_leave(d);
  sley__ref_drop_settled(d, p);
  sley__settle_down(d);
  return q;
}

/* Tests two pointers with one branch. */
static SLEY__ALWAYS_INLINE bool is_any(const void *a, sley_drop_fn *b)
{
  return ((uintptr_t)a | (uintptr_t)b) != 0;
}

/* Fast path for waiting: bind and map on a promise that has a producer, without storage or drop. p belongs to d.
 * NULL: take the slow path. */
static SLEY__ALWAYS_INLINE sley_promise *wait_quickly(sley_domain *d, const char *site, int kind,
                                                      sley_promise *p, callback f, void *ctx,
                                                      sley_drop_fn *drop)
{
  if (SLEY__UNLIKELY(p->state != STATE_PENDING || p->producers == 0 ||
                     (p->flags & (FLAG_FOLLOWS | FLAG_DEFERRED_CALL)) || is_any(d->storage, drop) ||
                     f.bind == NULL))
    return NULL;
  single *s = sley__cell_alloc_quick(d, SINGLE_BARE_BYTES);
  if (SLEY__UNLIKELY(s == NULL)) return NULL;
  single_init(d, s, site, kind, f, ctx);
  sley__node_listen(p, &s->node);
  p->refs--;
  return &s->cell;
}

static SLEY__NOINLINE sley_promise *bind_slowly(const char *site, sley_promise *p, sley_bind_fn *f,
                                                void *ctx, sley_drop_fn *drop)
{
  callback g = {.bind = f};
  return continue_with(site, KIND_BIND, false, p, g, NULL, ctx, drop, "sley_bind");
}

static SLEY__NOINLINE sley_promise *called_slowly(sley_domain *d, const char *site, sley_promise *p,
                                                  sley_promise *q)
{
  sley__returned(q, "sley_bind", site);
  sley__immediate_leave(d);
  sley__ref_drop(d, p);
  sley__settle_down(d);
  return q;
}

/* Fast path for calling: a scalar, no drop, and room on the stack. p belongs to d and is fulfilled. d comes last so
 * that the other arguments stay in the registers in which sley_bind_at received them. */
static SLEY__NOINLINE sley_promise *bind_now(const char *site, sley_promise *p, sley_bind_fn *f,
                                             void *ctx, sley_drop_fn *drop, sley_domain *d)
{
  if (SLEY__UNLIKELY(f == NULL || (p->flags & FLAG_SHARED) || is_any(p->value.type, drop) ||
                     sley__must_queue(d)))
    return bind_slowly(site, p, f, ctx, drop);
  sley__immediate_enter(d);
  sley__running(d, site);
  sley_promise *q = f(ctx, &p->value);
  /* p still has a scalar: sley_take only copies it. */
  if (SLEY__UNLIKELY(q == NULL || d->queue != NULL || p->refs != 1 || p->producers != 0 ||
                     (p->flags & FLAGS_MORE) || p->callbacks != NULL))
    return called_slowly(d, site, p, q);
  d->immediate--;
  sley__cell_release(d, p);
  return q;
}

sley_promise *sley_bind_at(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx,
                           sley_drop_fn *drop)
{
  callback g = {.bind = f};
  sley_domain *d = sley__current;
  if (SLEY__UNLIKELY(p == NULL || p->domain != d->id)) return bind_slowly(site, p, f, ctx, drop);
  if (p->state == STATE_FULFILLED) return bind_now(site, p, f, ctx, drop, d);
  sley_promise *q = wait_quickly(d, site, KIND_BIND, p, g, ctx, drop);
  return SLEY__LIKELY(q != NULL) ? q : bind_slowly(site, p, f, ctx, drop);
}

static SLEY__NOINLINE sley_promise *map_slowly(const char *site, sley_promise *p, sley_map_fn *f,
                                               void *ctx, sley_drop_fn *drop)
{
  callback g = {.map = f};
  return continue_with(site, KIND_MAP, false, p, g, NULL, ctx, drop, "sley_map");
}

sley_promise *sley_map_at(const char *site, sley_promise *p, sley_map_fn *f, void *ctx,
                          sley_drop_fn *drop)
{
  callback g = {.map = f};
  sley_domain *d = sley__current;
  if (SLEY__UNLIKELY(p == NULL || p->domain != d->id)) return map_slowly(site, p, f, ctx, drop);
  sley_promise *q = wait_quickly(d, site, KIND_MAP, p, g, ctx, drop);
  return q != NULL ? q : map_slowly(site, p, f, ctx, drop);
}

sley_promise *sley_catch_at(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx,
                            sley_drop_fn *drop)
{
  callback g = {.catch_ = f};
  return continue_with(site, KIND_CATCH, false, p, g, NULL, ctx, drop, "sley_catch");
}

sley_promise *sley_try_bind_at(const char *site, sley_promise *p, sley_bind_fn *ok,
                               sley_catch_fn *failed, void *ctx, sley_drop_fn *drop)
{
  callback g = {.bind = ok};
  return continue_with(site, KIND_TRY_BIND, false, p, g, failed, ctx, drop, "sley_try_bind");
}

sley_promise *sley__bind_vital(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx,
                               sley_drop_fn *drop)
{
  callback g = {.bind = f};
  return continue_with(site, KIND_BIND, true, p, g, NULL, ctx, drop, "sley_bind");
}

sley_promise *sley__catch_vital(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx,
                                sley_drop_fn *drop)
{
  callback g = {.catch_ = f};
  return continue_with(site, KIND_CATCH, true, p, g, NULL, ctx, drop, "sley_catch");
}

sley_promise *sley__try_bind_vital(const char *site, sley_promise *p, sley_bind_fn *ok,
                                   sley_catch_fn *failed, void *ctx, sley_drop_fn *drop)
{
  callback g = {.bind = ok};
  return continue_with(site, KIND_TRY_BIND, true, p, g, failed, ctx, drop, "sley_try_bind");
}

static sley_promise *finalize(const char *site, sley_promise *p, sley_start_fn *cleanup, void *ctx,
                              sley_drop_fn *drop, const char *name)
{
  callback g = {.cleanup = cleanup};
  return continue_with(site, KIND_FINALIZE, true, p, g, NULL, ctx, drop, name);
}

sley_promise *sley_finalize_at(const char *site, sley_promise *p, sley_start_fn *cleanup, void *ctx,
                               sley_drop_fn *drop)
{
  return finalize(site, p, cleanup, ctx, drop, "sley_finalize");
}

sley_promise *sley_finalize_with_at(const char *site, sley_start_fn *start, sley_start_fn *cleanup,
                                    void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, start);
  SLEY__NEEDS_AT(site, cleanup);
  sley_domain *d = sley__self();
  /* Allocated before the body starts, and freed for finalize to reuse: if the body runs, its cleanup must run too. */
  void *node_memory = sley__cell_alloc(d, SINGLE_BYTES);
  if (node_memory == NULL) {
    context_drop(drop, ctx);
    return sley__nomem_promise();
  }
  sley_promise *p = start(ctx);
  sley__returned(p, "sley_finalize_with", site);
  sley__cell_free(d, node_memory, SINGLE_BYTES);
  return finalize(site, p, cleanup, ctx, drop, "sley_finalize_with");
}
