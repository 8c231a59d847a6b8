/* The children of scopes: starting them, noting their ends, canceling all together. */
#include <sley/fiber.h>

#include "promise/scope/scope.h"

/* As sley_cancel of one promise that waits for all of them: every task is rejected, and has left the queue it
 * waited in, before any callback runs. So no callback finds a sibling that could still continue, or hands a lock
 * to one. The last one found runs first. */
void sley__scope_cancel_all(sley_scope *scope, sley_promise *body)
{
  sley_domain *d = sley__self();
  sley_promise *base = d->frames;
  while (!sley__dlist_is_empty(&scope->children)) {
    child *oldest = SLEY__CONTAINER(scope->children.prev, child, place);
    sley__dlist_remove(&oldest->place);
    if (oldest->promise != NULL) sley__cancel_collect(d, oldest->promise);
  }
  if (body != NULL) sley__cancel_collect(d, body);
  sley__canceled_run(d, base);
}

static void ctx_spend(child *c)
{
  sley_drop_fn *drop = c->drop;
  c->drop = NULL;
  if (drop != NULL) drop(c->ctx);
}

static void child_drop(void *ctx)
{
  child *c = ctx;
  sley_promise *p = c->promise;
  sley_scope *scope = c->scope;
  ctx_spend(c);
  sley__free(sley__self(), c, sizeof(*c));
  sley_drop(p);
  sley_scope_drop(scope);
}

static void tell_idle(sley_scope *scope)
{
  waiters now;
  sley__dlist_move(&now, &scope->idle);
  for (waiter *w; (w = sley__waiters_pop(&now)) != NULL;) {
    sley_resolver *r = sley__waiter_resolver(w);
    if (scope->error != NULL) sley_reject(&r, sley_error_keep(scope->error));
    else sley_fulfill(&r, sley_unit());
  }
}

static void child_over(child *c)
{
  sley_scope *scope = c->scope;
  SLEY__LIST_REMOVE(c, next_child, child_place);
  ctx_spend(c);
  if (--scope->pending > 0) return;
  if (scope->state == LEAVING) sley_fulfill(&scope->gone_resolver, sley_unit());
  tell_idle(scope);
}

static void child_succeeded(void *ctx, sley_value *v)
{
  child *c = ctx;
  (void)v;
  sley__dlist_leave(&c->place);
  child_over(c);
}

/* A static error has no site, so the child's site is reported. */
static void tell_supervisor(sley_scope *scope, const child *c, sley_error *e)
{
  const char *site = c->promise->site[0] != '\0' ? c->promise->site : scope->site;
  if (scope->on_failure != NULL) scope->on_failure(scope->ctx, e);
  else sley__async_error(sley__self(), sley_error_keep(e), site);
}

/* The child counts until the others are canceled, so that the scope does not end before it has failed. */
static void child_failed(void *ctx, sley_error *e)
{
  child *c = ctx;
  sley_scope *scope = c->scope;
  bool is_expected =
      sley_error_is_canceled(e) && !sley__scope_takes_in(scope); /* the scope canceled it */
  sley__dlist_leave(&c->place);
  if (!is_expected && scope->supervises) tell_supervisor(scope, c, e);
  else if (!is_expected) sley__scope_failed(scope, e);
  child_over(c);
}

/* A new child, which owns ctx; NULL, with the reason in *code and ctx dropped, on failure. */
static child *child_new(sley_scope *scope, const char *function, void *ctx, sley_drop_fn *drop,
                        int *code)
{
  sley_domain *d = sley__object_enter(scope, function);
  *code = -SLEY_ECLOSED;
  child *c = NULL;
  if (sley__scope_takes_in(scope)) {
    c = sley__alloc(d, sizeof(*c));
    *code = c != NULL ? 0 : -SLEY_ENOMEM;
    if (c == NULL && !scope->supervises) sley__scope_failed(scope, sley_error_nomem());
  }
  if (c == NULL) {
    if (drop != NULL) drop(ctx);
    return NULL;
  }
  *c = (child){.scope = sley_scope_keep(scope), .ctx = ctx, .drop = drop};
  sley__dlist_prepend(&scope->children, &c->place);
  SLEY__LIST_PREPEND(scope->first_child, c, next_child, child_place);
  scope->pending++;
  return c;
}

/* Consumes p. Its own start may have made the scope fail meanwhile. */
static void adopt(child *c, sley_promise *p)
{
  bool too_late = !sley__scope_takes_in(c->scope);
  c->promise = p;
  sley_keep(p);
  sley_on_any(p, child_succeeded, child_failed, c, child_drop);
  if (too_late) sley_cancel(p);
  sley_drop(p);
}

int(sley_scope_start)(sley_scope *scope, sley_start_fn *start, void *ctx, sley_drop_fn *drop)
{
  int code;
  child *c = child_new(scope, "sley_scope_start", ctx, drop, &code);
  if (c == NULL) return code;
  sley_promise *p = start(ctx);
  sley__returned(p, "sley_scope_start", "");
  adopt(c, p);
  return 0;
}

int sley_scope_spawn_with_at(const char *site, sley_scope *scope, const sley_spawn_options *options,
                             sley_start_fn *fn, void *ctx, sley_drop_fn *drop)
{
  int code;
  child *c = child_new(scope, "sley_scope_spawn", ctx, drop, &code);
  if (c == NULL) return code;
  adopt(c, options != NULL ? sley_spawn_with_at(site, options, fn, ctx, NULL)
                           : sley_spawn_at(site, fn, ctx, NULL));
  return 0;
}

int sley_scope_spawn_at(const char *site, sley_scope *scope, sley_start_fn *fn, void *ctx,
                        sley_drop_fn *drop)
{
  return sley_scope_spawn_with_at(site, scope, NULL, fn, ctx, drop);
}

sley_promise *sley_scope_adopt(sley_scope *scope, sley_promise *p)
{
  int code;
  child *c = child_new(scope, "sley_scope_adopt", NULL, NULL, &code);
  if (c == NULL) {
    sley_cancel(p);
    sley_drop(p);
    return code == -SLEY_ENOMEM ? sley__nomem_promise()
                                : sley_fail_at(scope->site, sley_error_closed());
  }
  adopt(c, sley_keep(p));
  return p;
}

static const sley__operation_type type_idle = {"scope_wait", sley__waiter_canceled};

sley_promise *sley_scope_wait_at(const char *site, sley_scope *scope)
{
  sley_domain *d = sley__object_enter(scope, "sley_scope_wait");
  if (scope->error != NULL) return sley_fail_at(site, sley_error_keep(scope->error));
  if (scope->pending == 0) return sley__unit_promise(d);
  return sley__waiter_new(d, site, &type_idle, &scope->idle);
}
