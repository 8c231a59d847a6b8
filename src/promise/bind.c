/* bind, map, catch, try_bind, finalize: one input, one result.
 *
 * On a pending input the result is the node on it. On a settled input the callback runs at once and
 * its promise is the result, with nothing allocated; unless the callbacks nested so on the stack
 * take more than the limit. Then the result is a pending cell on the domain's queue. While that
 * queue is not empty every immediate callback joins it, and it is emptied depth first (what an entry
 * queues runs before the next entry), which together keep the order of unlimited recursion. */
#include "promise/promise_internal.h"

/* ---- the stack limit ---- */

static size_t stack_used(const sley_domain *d)
{
  char *here = __builtin_frame_address(0);
  return d->stack_base > here ? (size_t)(d->stack_base - here) : (size_t)(here - d->stack_base);
}

bool sley__must_queue(sley_domain *d)
{
  if (SLEY__LIKELY(d->immediate == 0)) return false;
  return d->queue != NULL || stack_used(d) > d->stack_limit;
}

void sley__immediate_enter(sley_domain *d)
{
  if (d->immediate++ == 0) d->stack_base = __builtin_frame_address(0);
}

void sley__queue(sley_domain *d, node *n, sley_promise *source)
{
  n->source = source; /* with a reference */
  n->next = NULL;
  *d->queue_end = n;
  d->queue_end = &n->next;
  d->counters.immediate++;
}

static void queued_run(sley_domain *d, node *n)
{
  sley_promise *source = n->source;
  n->source = NULL;
  storage *saved = storage_keep(d->storage);
  sley_promise *base = d->frames;
  mark_read(source);
  if (n->kind == NODE_CELL) {
    sley__single_run(d, SLEY__CONTAINER(n, single, node), source, 1);
  } else {
    sley__observer_run(d, (observer *)(void *)n, source, 1);
    doom_node(d, n);
  }
  sley__run_frames(d, base);
  storage_restore(d, saved);
  ref_drop(d, source);
}

static void queue_drain(sley_domain *d)
{
  while (d->queue != NULL) {
    node *n = d->queue;
    node *rest = n->next;
    node **rest_end = d->queue_end;
    d->queue = NULL;
    d->queue_end = &d->queue;
    queued_run(d, n);
    if (rest == NULL) continue;
    *d->queue_end = rest;
    d->queue_end = rest_end;
  }
}

void sley__immediate_leave(sley_domain *d)
{
  if (SLEY__UNLIKELY(d->queue != NULL) && stack_used(d) <= d->stack_limit / 2) queue_drain(d);
  d->immediate--;
}

/* ---- calling ---- */

static inline void lend(sley_domain *d, struct sley__lent *lent, sley_promise *reader,
                        uint32_t held)
{
  lent->value = value_of(reader);
  lent->reader = reader;
  lent->held = held;
  lent->outer = d->lent;
  d->lent = lent;
}

static sley_promise *call_bind(sley_domain *d, sley_bind_fn *f, void *ctx, sley_promise *source,
                               uint32_t held)
{
  struct sley__lent lent;
  lend(d, &lent, source, held);
  sley_promise *q = f(ctx, lent.value);
  d->lent = lent.outer;
  return q;
}

static sley_error *call_map(sley_domain *d, sley_map_fn *f, void *ctx, sley_promise *source,
                            uint32_t held, sley_value *out)
{
  struct sley__lent lent;
  *out = sley_unit();
  lend(d, &lent, source, held);
  sley_error *e = f(ctx, lent.value, out);
  d->lent = lent.outer;
  if (e != NULL) sley_value_drop(out);
  return e;
}

/* ---- a node runs ---- */

static void pass(sley_domain *d, single *s, sley_promise *source, uint32_t held)
{
  sley_promise *p = underlying(d, &s->cell);
  if (p->state != STATE_PENDING) return;
  sley__settle_from(d, p, source, held);
  sley__publish_from(d, p, source);
}

static void map_run(sley_domain *d, single *s, sley_promise *source, uint32_t held)
{
  sley_value out;
  sley_error *e = call_map(d, s->map, s->ctx, source, held, &out);
  sley_promise *p = underlying(d, &s->cell);
  if (p->state != STATE_PENDING) {
    if (e != NULL) sley_error_drop(e);
    else sley_value_drop(&out);
    return;
  }
  if (e != NULL) sley__settle_error(d, p, e);
  else sley__settle_value(d, p, out);
  sley__publish_from(d, p, source);
}

/* The cleanup of a finalize has been started: the cell now waits for it, on the same node. */
static void cleanup_follow(sley_domain *d, single *s, sley_promise *body, sley_promise *q,
                           uint32_t held)
{
  if (q == NULL) sley__abort("the cleanup function given at %s returned NULL", s->cell.site);
  sley_promise *u = underlying(d, q);
  if (u->state == STATE_REJECTED) {
    sley__deliver(d, &s->cell, q, body);
    return;
  }
  if (u->state == STATE_FULFILLED) {
    pass(d, s, body, held);
  } else if (!sley__waits_for(u, underlying(d, &s->cell))) { /* else it waits for itself */
    if (body->domain != 0) body->refs++;
    s->cell.kind = KIND_RESTORE;
    s->cell.flags |= FLAG_LOADED;
    s->body = body;
    s->storage = storage_keep(d->storage);
    s->cell.makers++;
    node_listen(u, &s->node);
    TRACE(d, waits, &s->cell, u);
  }
  ref_drop(d, q);
}

/* The context is no longer needed: f has returned, or never will be called. */
static void spend(sley_domain *d, single *s)
{
  if (!(s->cell.flags & FLAG_LOADED)) return;
  s->cell.flags &= (uint16_t)~FLAG_LOADED;
  storage *snapshot = s->storage;
  s->storage = NULL;
  storage_drop(d, snapshot);
  sley_drop_fn *drop = s->drop;
  s->drop = NULL;
  if (drop != NULL) drop(s->ctx);
}

static void restore_run(sley_domain *d, single *s, sley_promise *cleanup)
{
  sley_promise *body = s->body;
  if (cleanup->state == STATE_FULFILLED) {
    storage_set(d, s->storage);
    pass(d, s, body, 1);
  } else {
    pass(d, s, cleanup, 0);
  }
  s->cell.flags &= (uint16_t)~FLAG_LOADED;
  storage_drop(d, s->storage);
  ref_drop(d, body);
}

void sley__single_run(sley_domain *d, single *s, sley_promise *source, uint32_t held)
{
  bool good = source->state == STATE_FULFILLED;
  sley_promise *q = NULL;
  switch (s->cell.kind) {
    case KIND_BIND:
      if (!good) {
        spend(d, s);
        pass(d, s, source, held);
        break;
      }
      storage_set(d, s->storage);
      q = call_bind(d, s->bind, s->ctx, source, held);
      spend(d, s);
      sley__deliver(d, &s->cell, q, source);
      break;
    case KIND_MAP:
      if (!good) {
        spend(d, s);
        pass(d, s, source, held);
        break;
      }
      storage_set(d, s->storage);
      map_run(d, s, source, held);
      spend(d, s);
      break;
    case KIND_CATCH:
      if (good) {
        spend(d, s);
        pass(d, s, source, held);
        break;
      }
      storage_set(d, s->storage);
      q = s->catch_(s->ctx, source->error);
      spend(d, s);
      sley__deliver(d, &s->cell, q, source);
      break;
    case KIND_TRY_BIND:
      storage_set(d, s->storage);
      q = good ? call_bind(d, s->bind, s->ctx, source, held) : s->failed(s->ctx, source->error);
      spend(d, s);
      sley__deliver(d, &s->cell, q, source);
      break;
    case KIND_FINALIZE:
      storage_set(d, s->storage);
      q = s->cleanup(s->ctx);
      spend(d, s);
      cleanup_follow(d, s, source, q, held);
      break;
    default: /* KIND_RESTORE */ restore_run(d, s, source); break;
  }
  maker_drop(d, &s->cell);
}

/* ---- registration ---- */

typedef struct request {
  const char *site;
  int kind;
  sley_bind_fn *bind; /* or, by kind, one of the other function types */
  sley_map_fn *map;
  sley_catch_fn *failed;
  sley_start_fn *cleanup;
  void *ctx;
  sley_drop_fn *drop;
} request;

static single *single_new(sley_domain *d, const request *r)
{
  size_t bytes = r->kind == KIND_TRY_BIND ? sizeof(single) : SINGLE_BYTES;
  uint16_t flags = 0;
  single *s = cell_alloc(d, bytes);
  if (SLEY__UNLIKELY(s == NULL)) {
    if (r->kind != KIND_FINALIZE) return NULL;
    s = sley__reserve_take(d, true);
    flags = FLAG_RESERVE;
  }
  cell_init(d, &s->cell, r->kind, r->site);
  s->node.kind = NODE_CELL;
  s->node.source = NULL;
  switch (r->kind) {
    case KIND_MAP: s->map = r->map; break;
    case KIND_CATCH: s->catch_ = r->failed; break;
    case KIND_FINALIZE: s->cleanup = r->cleanup; break;
    case KIND_TRY_BIND:
      s->failed = r->failed;
      s->bind = r->bind;
      break;
    default: s->bind = r->bind; break;
  }
  s->ctx = r->ctx;
  s->drop = r->drop;
  s->storage = storage_keep(d->storage);
  if (r->drop != NULL || s->storage != NULL) flags |= FLAG_LOADED;
  s->cell.flags = flags;
  s->cell.makers = 1;
  TRACE(d, created, &s->cell);
  return s;
}

static void context_drop(const request *r)
{
  if (r->drop != NULL) r->drop(r->ctx);
}

static sley_promise *no_memory(sley_domain *d, sley_promise *p, const request *r)
{
  ref_drop(d, p);
  context_drop(r);
  sley__settle_down(d);
  return sley__nomem_promise();
}

static sley_promise *map_now(sley_domain *d, const request *r, sley_promise *p)
{
  sley_value out;
  sley_error *e = call_map(d, r->map, r->ctx, p, 1, &out);
  return e != NULL ? sley_fail_at(r->site, e) : sley_return_at(r->site, out);
}

/* The cleanup has run at once; body is settled. Gives the finalize's result; consumes q. */
static sley_promise *finalize_result(sley_domain *d, const request *r, sley_promise *body,
                                     sley_promise *q)
{
  if (q == NULL) sley__abort("the cleanup function given at %s returned NULL", r->site);
  sley_promise *u = underlying(d, q);
  if (u->state == STATE_REJECTED) return q;
  if (u->state == STATE_FULFILLED) {
    if (body->domain != 0) body->refs++;
    ref_drop(d, q);
    return body;
  }
  request again = *r;
  again.drop = NULL;
  single *s = single_new(d, &again);
  if (body->domain != 0) body->refs++;
  s->cell.kind = KIND_RESTORE;
  s->cell.flags |= FLAG_LOADED;
  s->body = body;
  node_listen(u, &s->node);
  ref_drop(d, q);
  return &s->cell;
}

static sley_promise *run_now(sley_domain *d, const request *r, sley_promise *p)
{
  bool good = p->state == STATE_FULFILLED;
  sley_promise *q;
  mark_read(p);
  publish_running(d, r->site);
  sley__immediate_enter(d);
  switch (r->kind) {
    case KIND_MAP: q = map_now(d, r, p); break;
    case KIND_FINALIZE: q = finalize_result(d, r, p, r->cleanup(r->ctx)); break;
    default: q = good ? call_bind(d, r->bind, r->ctx, p, 1) : r->failed(r->ctx, p->error); break;
  }
  context_drop(r);
  if (SLEY__UNLIKELY(q == NULL))
    sley__abort(
        "the callback given at %s returned NULL; return a promise, for example "
        "sley_return(sley_unit())",
        r->site);
  sley__immediate_leave(d);
  return q;
}

static sley_promise *continue_with(sley_promise *p, const request *r, const char *function)
{
  sley_domain *d = sley__self();
  check(d, p, function);
  sley_promise *u = underlying(d, p);
  if (SLEY__LIKELY(u->state == STATE_PENDING)) {
    single *s = single_new(d, r);
    if (SLEY__UNLIKELY(s == NULL)) return no_memory(d, p, r);
    s->cell.flags |= u->flags & FLAG_DEFERRED_CALL;
    node_listen(u, &s->node);
    TRACE(d, waits, &s->cell, u);
    ref_drop(d, p);
    sley__settle_down(d);
    return &s->cell;
  }
  bool skips = u->state == STATE_FULFILLED ? r->kind == KIND_CATCH
                                           : r->kind == KIND_BIND || r->kind == KIND_MAP;
  if (skips) {
    if (u->state == STATE_REJECTED) sley__error_pass(u->error, r->site);
    context_drop(r);
    return p;
  }
  if (SLEY__UNLIKELY(sley__must_queue(d))) {
    single *s = single_new(d, r);
    if (s == NULL) return no_memory(d, p, r);
    s->cell.flags |= FLAG_DEFERRED_CALL;
    if (u != p) {
      if (u->domain != 0) u->refs++;
      ref_drop(d, p);
    }
    sley__queue(d, &s->node, u);
    return &s->cell;
  }
  sley_promise *q = run_now(d, r, u);
  ref_drop(d, p);
  sley__settle_down(d);
  return q;
}

sley_promise *sley_bind_own_at(const char *site, sley_promise *p, sley_bind_fn *f, void *ctx,
                               sley_drop_fn *drop)
{
  request r = {.site = site, .kind = KIND_BIND, .bind = f, .ctx = ctx, .drop = drop};
  return continue_with(p, &r, "sley_bind");
}

sley_promise *sley_map_own_at(const char *site, sley_promise *p, sley_map_fn *f, void *ctx,
                              sley_drop_fn *drop)
{
  request r = {.site = site, .kind = KIND_MAP, .map = f, .ctx = ctx, .drop = drop};
  return continue_with(p, &r, "sley_map");
}

sley_promise *sley_catch_own_at(const char *site, sley_promise *p, sley_catch_fn *f, void *ctx,
                                sley_drop_fn *drop)
{
  request r = {.site = site, .kind = KIND_CATCH, .failed = f, .ctx = ctx, .drop = drop};
  return continue_with(p, &r, "sley_catch");
}

sley_promise *sley_try_bind_own_at(const char *site, sley_promise *p, sley_bind_fn *ok,
                                   sley_catch_fn *failed, void *ctx, sley_drop_fn *drop)
{
  request r = {
      .site = site, .kind = KIND_TRY_BIND, .bind = ok, .failed = failed, .ctx = ctx, .drop = drop};
  return continue_with(p, &r, "sley_try_bind");
}

sley_promise *sley_finalize_own_at(const char *site, sley_promise *p, sley_start_fn *cleanup,
                                   void *ctx, sley_drop_fn *drop)
{
  request r = {.site = site, .kind = KIND_FINALIZE, .cleanup = cleanup, .ctx = ctx, .drop = drop};
  return continue_with(p, &r, "sley_finalize");
}

sley_promise *sley_finalize_with_own_at(const char *site, sley_start_fn *start,
                                        sley_start_fn *cleanup, void *ctx, sley_drop_fn *drop)
{
  sley_domain *d = sley__self();
  request r = {.site = site, .kind = KIND_FINALIZE, .cleanup = cleanup, .ctx = ctx, .drop = drop};
  /* The node is there before the body starts: a body that ran is always cleaned up after. */
  void *node_memory = cell_alloc(d, SINGLE_BYTES);
  if (node_memory == NULL) {
    context_drop(&r);
    return sley__nomem_promise();
  }
  sley_promise *p = start(ctx);
  if (p == NULL) sley__abort("the start function given at %s returned NULL", site);
  cell_free(d, node_memory, SINGLE_BYTES);
  return continue_with(p, &r, "sley_finalize_with");
}

/* The three shorter forms of each function. */
#define SHORTER(name, function_type)                                                             \
  sley_promise *(sley_##name)(sley_promise * p, function_type * f, void *ctx)                    \
  {                                                                                              \
    return sley_##name##_own_at("", p, f, ctx, NULL);                                            \
  }                                                                                              \
  sley_promise *sley_##name##_at(const char *site, sley_promise *p, function_type *f, void *ctx) \
  {                                                                                              \
    return sley_##name##_own_at(site, p, f, ctx, NULL);                                          \
  }                                                                                              \
  sley_promise *(sley_##name##_own)(sley_promise * p, function_type * f, void *ctx,              \
                                    sley_drop_fn *drop)                                          \
  {                                                                                              \
    return sley_##name##_own_at("", p, f, ctx, drop);                                            \
  }
SHORTER(bind, sley_bind_fn)
SHORTER(map, sley_map_fn)
SHORTER(catch, sley_catch_fn)
SHORTER(finalize, sley_start_fn)

#define SHORTER_OF_TWO(name, first_type, first, second_type, second)                     \
  sley_promise *(sley_##name)(first_type first, second_type second, void *ctx)           \
  {                                                                                      \
    return sley_##name##_own_at("", first, second, ctx, NULL);                           \
  }                                                                                      \
  sley_promise *sley_##name##_at(const char *site, first_type first, second_type second, \
                                 void *ctx)                                              \
  {                                                                                      \
    return sley_##name##_own_at(site, first, second, ctx, NULL);                         \
  }                                                                                      \
  sley_promise *(sley_##name##_own)(first_type first, second_type second, void *ctx,     \
                                    sley_drop_fn *drop)                                  \
  {                                                                                      \
    return sley_##name##_own_at("", first, second, ctx, drop);                           \
  }
SHORTER_OF_TWO(finalize_with, sley_start_fn *, start, sley_start_fn *, cleanup)

sley_promise *(sley_try_bind)(sley_promise *p, sley_bind_fn *ok, sley_catch_fn *failed, void *ctx)
{
  return sley_try_bind_own_at("", p, ok, failed, ctx, NULL);
}

sley_promise *sley_try_bind_at(const char *site, sley_promise *p, sley_bind_fn *ok,
                               sley_catch_fn *failed, void *ctx)
{
  return sley_try_bind_own_at(site, p, ok, failed, ctx, NULL);
}

sley_promise *(sley_try_bind_own)(sley_promise *p, sley_bind_fn *ok, sley_catch_fn *failed,
                                  void *ctx, sley_drop_fn *drop)
{
  return sley_try_bind_own_at("", p, ok, failed, ctx, drop);
}

/* ---- lifters ---- */

sley_promise *sley_apply(sley_bind_fn *f, void *ctx, sley_value v)
{
  sley__self();
  sley_promise *q = f(ctx, &v);
  sley_value_drop(&v);
  if (q == NULL) sley__abort("the function given to sley_apply returned NULL");
  return q;
}

sley_promise *sley_wrap_at(const char *site, sley_map_fn *f, void *ctx, sley_value v)
{
  sley__self();
  sley_value out = sley_unit();
  sley_error *e = f(ctx, &v, &out);
  sley_value_drop(&v);
  if (e == NULL) return sley_return_at(site, out);
  sley_value_drop(&out);
  return sley_fail_at(site, e);
}

sley_promise *(sley_wrap)(sley_map_fn *f, void *ctx, sley_value v)
{
  return sley_wrap_at("", f, ctx, v);
}
