/* Scopes: a list of promises (scope_child.c), a switch, and a finalize around the body that ends both.
 *
 * Canceling the result reaches the body; its finalize then leaves the scope: it cancels the children, waits for
 * them, turns the switch off, and replaces the outcome if the scope has failed. */
#include <sley/scope.h>

#include <sley/storage.h>

#include "promise/scope/scope.h"

/* ---- handles ---- */

sley_scope *sley_scope_keep(sley_scope *scope)
{
  sley__object_enter(scope, "sley_scope_keep");
  scope->head.handles++;
  return scope;
}

void sley_scope_drop(sley_scope *scope)
{
  if (scope == NULL) return;
  sley_domain *d = sley__object_enter(scope, "sley_scope_drop");
  if (--scope->head.handles > 0) return;
  sley_promise *gone = scope->gone;
  sley_resolver *r = scope->gone_resolver;
  sley_switch *hooks = scope->hooks;
  void *owned = scope->owned;
  sley_drop_fn *drop = scope->drop;
  sley_error_drop(scope->error);
  sley_drop(scope->body);
  sley_drop(scope->timer);
  sley__object_free(d, scope, sizeof(*scope));
  sley_drop(gone);
  sley_resolver_drop(&r);
  sley_switch_drop(hooks);
  if (drop != NULL) drop(owned);
}

static void handle_drop(void *scope) { sley_scope_drop(scope); }

static void *handle_dup(void *scope) { return sley_scope_keep(scope); }

static const sley_type type_scope = {
    .size = sizeof(sley_type), .name = "scope", .drop = handle_drop, .dup = handle_dup};

static const sley_key current_scope = SLEY_KEY("sley: scope");

sley_scope *sley_scope_current(void)
{
  const sley_value *v = sley_storage_get(&current_scope);
  return v != NULL ? v->ptr : NULL;
}

sley_time sley_scope_deadline(const sley_scope *scope)
{
  return scope != NULL ? scope->deadline : SLEY_NEVER;
}

sley_switch *sley_scope_switch(sley_scope *scope)
{
  sley__object_enter(scope, "sley_scope_switch");
  return scope->hooks;
}

static sley_scope *scope_new(sley_domain *d, const sley__scope_plan *plan)
{
  sley_switch *hooks;
  if (sley_switch_new(&hooks) != NULL) return NULL;
  sley_resolver *r;
  sley_promise *gone = sley_pending_at(plan->site, &r);
  sley_scope *scope = r != NULL ? sley__object_new(d, sizeof(*scope)) : NULL;
  if (scope == NULL) {
    sley_drop(gone);
    sley_resolver_drop(&r);
    sley_switch_drop(hooks);
    return NULL;
  }
  sley__dlist_init(&scope->children);
  sley__dlist_init(&scope->idle);
  scope->gone = gone;
  scope->gone_resolver = r;
  scope->hooks = hooks;
  sley_time around = sley_scope_deadline(sley_scope_current());
  scope->deadline = plan->deadline < around ? plan->deadline : around;
  scope->site = plan->site;
  scope->supervises = plan->supervises;
  scope->on_failure = plan->on_failure;
  scope->ctx = plan->ctx;
  scope->owned = plan->owned;
  scope->drop = plan->drop;
  return scope;
}

/* ---- failing and leaving ---- */

/* Canceled only says that something ended early, so any other error, even a later one, replaces it. Both are
 * static or kept, so none is dropped. */
static bool takes_error(sley_scope *scope, sley_error *e)
{
  if (scope->error != NULL && !sley_error_is_canceled(scope->error)) return false;
  scope->error = sley_error_keep(e);
  return true;
}

void sley__scope_failed(sley_scope *scope, sley_error *e)
{
  if (scope->state == OVER) return;
  bool ends_it = sley__scope_takes_in(scope);
  if (!takes_error(scope, e)) sley__superseded(sley__self(), e, scope->error, scope->site);
  if (!ends_it) return;
  sley_scope_keep(scope);
  sley_promise *body = scope->body != NULL ? sley_keep(scope->body) : NULL;
  sley__scope_cancel_all(scope, body);
  sley_drop(body);
  sley_scope_drop(scope);
}

void sley_scope_fail(sley_scope *scope, sley_error *e)
{
  if (e == NULL) sley__no_error("sley_scope_fail", "");
  sley__object_enter(scope, "sley_scope_fail");
  if (scope->state == OPEN) sley__scope_failed(scope, e);
  sley_error_drop(e);
}

static void owned_spend(sley_scope *scope)
{
  sley_drop_fn *drop = scope->drop;
  scope->drop = NULL;
  if (drop != NULL) drop(scope->owned);
}

static sley_promise *over(void *ctx, sley_value *v)
{
  sley_scope *scope = ctx;
  (void)v;
  scope->state = OVER;
  owned_spend(scope);
  if (scope->error != NULL) return sley_fail_at(scope->site, sley_error_keep(scope->error));
  return sley__unit_promise(sley__self());
}

static sley_promise *hook_failed(void *ctx, sley_error *e)
{
  sley__scope_failed(ctx, e);
  return over(ctx, NULL);
}

static sley_promise *turn_hooks_off(void *ctx, sley_value *v)
{
  sley_scope *scope = ctx;
  (void)v;
  sley_promise *off = sley_switch_turn_off_at(scope->site, scope->hooks);
  return sley__try_bind_vital(scope->site, off, over, hook_failed, sley_scope_keep(scope),
                              handle_drop);
}

static void timer_stop(sley_scope *scope)
{
  sley_promise *timer = scope->timer;
  scope->timer = NULL;
  if (timer != NULL) sley_cancel(timer);
  sley_drop(timer);
}

/* The cleanup of the body's finalize. */
static sley_promise *leave(void *ctx)
{
  sley_scope *scope = ctx;
  sley_promise *body = scope->body;
  sley_error *e = body != NULL ? sley_promise_error(body) : NULL;
  scope->body = NULL;
  scope->state = LEAVING;
  if (e != NULL) (void)takes_error(scope, e); /* otherwise the finalize around body reports it */
  sley_drop(body);
  timer_stop(scope);
  sley__scope_cancel_all(scope, NULL);
  if (scope->pending == 0) sley_fulfill(&scope->gone_resolver, sley_unit());
  return sley__bind_vital(scope->site, sley_keep(scope->gone), turn_hooks_off,
                          sley_scope_keep(scope), handle_drop);
}

const sley_scope *sley__scope_behind(const single *s)
{
  bool is_result = s->cell.kind == KIND_FINALIZE && s->f.cleanup == leave;
  bool is_end = s->cell.kind == KIND_BIND && s->f.bind == turn_hooks_off;
  return is_result || is_end ? s->ctx : NULL;
}

/* ---- entering ---- */

typedef struct entry {
  sley_scope *scope;
  const sley__scope_plan *plan;
  bool entered;
} entry;

static sley_promise *enter(void *ctx)
{
  entry *e = ctx;
  e->entered = true;
  sley_promise *p = e->plan->body(e->plan->ctx, e->scope);
  if (p == NULL)
    sley__returned_null(e->plan->supervises ? "sley_with_supervisor" : "sley_with_scope",
                        e->scope->site);
  return p;
}

sley_promise *sley__with_scope(const sley__scope_plan *plan)
{
  sley_domain *d = sley__self();
  sley_scope *scope = scope_new(d, plan);
  if (scope == NULL) {
    if (plan->drop != NULL) plan->drop(plan->owned);
    return sley__nomem_promise();
  }
  entry e = {scope, plan, false};
  sley_promise *p =
      sley_with_value(&current_scope, sley_own(sley_scope_keep(scope), &type_scope), enter, &e);
  if (!e.entered) {
    sley_scope_drop(scope);
    return p;
  }
  scope->body = sley_keep(p);
  sley_scope_keep(scope);
  sley_promise *result = sley_finalize_at(plan->site, p, leave, scope, handle_drop);
  /* Something failed before body returned. */
  if (scope->error != NULL && scope->body != NULL) {
    sley_promise *late = sley_keep(scope->body);
    sley_cancel(late);
    sley_drop(late);
  }
  sley_scope_drop(scope);
  return result;
}

sley_promise *sley_with_scope_at(const char *site, sley_scope_fn *body, void *ctx,
                                 sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, body);
  sley__scope_plan plan = {
      .site = site, .deadline = SLEY_NEVER, .body = body, .ctx = ctx, .owned = ctx, .drop = drop};
  return sley__with_scope(&plan);
}

sley_promise *sley_with_supervisor_at(const char *site, sley_error_fn *on_failure,
                                      sley_scope_fn *body, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, body);
  sley__scope_plan plan = {.site = site,
                           .deadline = SLEY_NEVER,
                           .body = body,
                           .ctx = ctx,
                           .owned = ctx,
                           .drop = drop,
                           .supervises = true,
                           .on_failure = on_failure};
  return sley__with_scope(&plan);
}

static void timed_out(void *scope, sley_value *v)
{
  (void)v;
  if (sley__scope_takes_in(scope)) sley_scope_fail(scope, sley_error_timeout());
}

void sley__scope_set_timer(sley_scope *scope, sley_promise *timer)
{
  scope->timer = sley_keep(timer);
  sley_on_success(timer, timed_out, sley_scope_keep(scope), handle_drop);
  sley_drop(timer);
}
