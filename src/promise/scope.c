/* Scopes: a list of promises, a switch, and a finalize around the body that ends both.
 *
 * Cancelling the result reaches the body; its finalize then leaves the scope: cancels what is in it,
 * waits for all of that, turns the switch off, and replaces the outcome if the scope has failed. */
#include <sley/scope.h>

#include <sley/storage.h>

#include "promise/waiters.h"

enum { OPEN, LEAVING, OVER };

typedef struct child {
  struct sley__list_head place; /* among those to be cancelled, or those that were */
  sley_scope *scope;            /* with a handle */
  sley_promise *promise;
} child;

struct sley_scope {
  object head;
  uint8_t state;
  size_t pending;                            /* children */
  struct sley__list_head children, canceled; /* newest first */
  sley_promise *body;                        /* until it is settled */
  sley_promise *timer;                       /* of the deadline, until the scope is left */
  sley_promise *gone; /* fulfilled when the scope is being left and has no children */
  sley_resolver *gone_resolver;
  sley_switch *hooks;
  sley_error *error; /* the first failure */
  waiters idle;      /* sley_scope_wait */
  sley_time deadline;
  const char *site;
};

static void list_start(struct sley__list_head *list) { list->next = list->prev = list; }

static void list_leave(struct sley__list_head *place)
{
  place->next->prev = place->prev;
  place->prev->next = place->next;
}

static void list_push(struct sley__list_head *list, struct sley__list_head *place)
{
  place->next = list->next;
  place->prev = list;
  list->next->prev = place;
  list->next = place;
}

/* ---- handles ---- */

sley_scope *sley_scope_keep(sley_scope *scope)
{
  object_enter(scope, "sley_scope_keep");
  scope->head.handles++;
  return scope;
}

void sley_scope_drop(sley_scope *scope)
{
  if (scope == NULL) return;
  sley_domain *d = object_enter(scope, "sley_scope_drop");
  if (--scope->head.handles > 0) return;
  sley_promise *gone = scope->gone;
  sley_resolver *r = scope->gone_resolver;
  sley_switch *hooks = scope->hooks;
  sley_error_drop(scope->error);
  sley_drop(scope->body);
  sley_drop(scope->timer);
  object_free(d, scope, sizeof(*scope));
  sley_drop(gone);
  sley_resolver_drop(&r);
  sley_switch_drop(hooks);
}

static void handle_drop(void *scope) { sley_scope_drop(scope); }

static void *handle_dup(void *scope) { return sley_scope_keep(scope); }

static const sley_type type_scope = {
    .size = sizeof(sley_type), .name = "scope", .drop = handle_drop, .dup = handle_dup};

static const sley_key current_scope = SLEY_KEY("sley: scope");

sley_scope *sley_scope_current(void)
{
  const sley_value *v = sley_get(&current_scope);
  return v != NULL ? v->ptr : NULL;
}

sley_time sley_scope_deadline(const sley_scope *scope)
{
  return scope != NULL ? scope->deadline : SLEY_NEVER;
}

sley_switch *sley_scope_switch(sley_scope *scope)
{
  object_enter(scope, "sley_scope_switch");
  return scope->hooks;
}

static sley_scope *scope_new(sley_domain *d, const char *site)
{
  sley_switch *hooks;
  if (sley_switch_new(&hooks) != 0) return NULL;
  sley_resolver *r;
  sley_promise *gone = sley_wait_at(site, &r);
  sley_scope *scope = r != NULL ? object_new(d, sizeof(*scope)) : NULL;
  if (scope == NULL) {
    sley_drop(gone);
    sley_resolver_drop(&r);
    sley_switch_drop(hooks);
    return NULL;
  }
  list_start(&scope->children);
  list_start(&scope->canceled);
  waiters_start(&scope->idle);
  scope->gone = gone;
  scope->gone_resolver = r;
  scope->hooks = hooks;
  scope->deadline = SLEY_NEVER;
  scope->site = site;
  return scope;
}

/* ---- failing and leaving ---- */

static void cancel_children(sley_scope *scope)
{
  while (scope->children.next != &scope->children) {
    child *c = SLEY__CONTAINER(scope->children.next, child, place);
    list_leave(&c->place);
    list_push(&scope->canceled, &c->place);
    sley_promise *p = sley_keep(c->promise); /* the child may go while it is cancelled */
    sley_cancel(p);
    sley_drop(p);
  }
}

/* Borrows e. */
static void failed(sley_scope *scope, sley_error *e)
{
  if (scope->error != NULL || scope->state == OVER || sley_error_is_canceled(e)) return;
  scope->error = sley_error_keep(e);
  if (scope->state != OPEN) return;
  sley_scope_keep(scope);
  /* The body first: what waits for the children shall not take their end for success. */
  if (scope->body != NULL) {
    sley_promise *body = sley_keep(scope->body);
    sley_cancel(body);
    sley_drop(body);
  }
  cancel_children(scope);
  sley_scope_drop(scope);
}

void sley_scope_fail(sley_scope *scope, sley_error *e)
{
  if (e == NULL) sley__abort("sley_scope_fail was given no error; use sley_error_new to make one");
  object_enter(scope, "sley_scope_fail");
  if (scope->state == OPEN) failed(scope, e);
  sley_error_drop(e);
}

static sley_promise *over(void *ctx, sley_value *v)
{
  sley_scope *scope = ctx;
  (void)v;
  scope->state = OVER;
  if (scope->error != NULL) return sley_fail_at(scope->site, sley_error_keep(scope->error));
  return unit_promise(sley__self());
}

static sley_promise *hook_failed(void *ctx, sley_error *e)
{
  failed(ctx, e);
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
  sley_error *e = body != NULL ? sley_error_of(body) : NULL;
  scope->body = NULL;
  scope->state = LEAVING;
  if (e != NULL) failed(scope, e);
  sley_drop(body);
  timer_stop(scope);
  cancel_children(scope);
  if (scope->pending == 0) sley_fulfill(&scope->gone_resolver, sley_unit());
  return sley__bind_vital(scope->site, sley_keep(scope->gone), turn_hooks_off,
                          sley_scope_keep(scope), handle_drop);
}

/* ---- children ---- */

static void child_drop(void *ctx)
{
  child *c = ctx;
  sley_promise *p = c->promise;
  sley_scope *scope = c->scope;
  sley__free(sley__self(), c, sizeof(*c));
  sley_drop(p);
  sley_scope_drop(scope);
}

static void tell_idle(sley_scope *scope)
{
  waiters now;
  waiters_move(&now, &scope->idle);
  for (waiter *w; (w = waiters_pop(&now)) != NULL;) {
    sley_resolver *r = waiter_resolver(w);
    if (scope->error != NULL) sley_reject(&r, sley_error_keep(scope->error));
    else sley_fulfill(&r, sley_unit());
  }
}

static void child_over(child *c)
{
  sley_scope *scope = c->scope;
  list_leave(&c->place);
  if (--scope->pending > 0) return;
  if (scope->state == LEAVING) sley_fulfill(&scope->gone_resolver, sley_unit());
  tell_idle(scope);
}

static void child_succeeded(void *ctx, sley_value *v)
{
  (void)v;
  child_over(ctx);
}

static void child_failed(void *ctx, sley_error *e)
{
  child *c = ctx;
  /* It counts until the others are cancelled, so that the scope is not over before it has failed. */
  list_leave(&c->place);
  list_push(&c->scope->canceled, &c->place);
  failed(c->scope, e);
  child_over(c);
}

/* A place for one more child; NULL, with *code saying why, if there is none. */
static child *child_new(sley_scope *scope, const char *function, int *code)
{
  sley_domain *d = object_enter(scope, function);
  *code = -SLEY_ECLOSED;
  if (scope->state != OPEN || scope->error != NULL) return NULL;
  child *c = sley__alloc(d, sizeof(*c));
  *code = c != NULL ? 0 : -SLEY_ENOMEM;
  if (c == NULL) failed(scope, sley_error_nomem());
  else *c = (child){.scope = sley_scope_keep(scope)};
  return c;
}

/* Consumes p. It may have been started by something that made the scope fail meanwhile. */
static void adopt(sley_scope *scope, child *c, sley_promise *p)
{
  c->promise = p;
  bool too_late = scope->state != OPEN || scope->error != NULL;
  list_push(too_late ? &scope->canceled : &scope->children, &c->place);
  scope->pending++;
  sley_keep(p);
  sley_on_any_own(p, child_succeeded, child_failed, c, child_drop);
  if (too_late) sley_cancel(p);
  sley_drop(p);
}

int sley_scope_start(sley_scope *scope, sley_start_fn *start, void *ctx)
{
  int code;
  child *c = child_new(scope, "sley_scope_start", &code);
  if (c == NULL) return code;
  scope->pending++; /* a place is taken while start runs */
  sley_promise *p = start(ctx);
  scope->pending--;
  if (p == NULL) sley__abort("the start function given to sley_scope_start returned NULL");
  adopt(scope, c, p);
  return 0;
}

sley_promise *sley_scope_own(sley_scope *scope, sley_promise *p)
{
  int code;
  child *c = child_new(scope, "sley_scope_own", &code);
  if (c == NULL) {
    sley_cancel(p);
    sley_drop(p);
    return code == -SLEY_ENOMEM ? sley__nomem_promise()
                                : sley_fail_at(scope->site, sley_error_closed());
  }
  adopt(scope, c, sley_keep(p));
  return p;
}

static const sley__operation_type type_idle = {"scope_wait", sley__waiter_cancelled};

sley_promise *sley_scope_wait_at(const char *site, sley_scope *scope)
{
  sley_domain *d = object_enter(scope, "sley_scope_wait");
  if (scope->error != NULL) return sley_fail_at(site, sley_error_keep(scope->error));
  if (scope->pending == 0) return unit_promise(d);
  return sley__waiter_new(d, site, &type_idle, &scope->idle);
}

sley_promise *(sley_scope_wait)(sley_scope *scope) { return sley_scope_wait_at("", scope); }

/* ---- entering ---- */

typedef struct entry {
  sley_scope *scope;
  sley_scope_fn *body;
  void *ctx;
  bool entered;
} entry;

static sley_promise *enter(void *ctx)
{
  entry *e = ctx;
  e->entered = true;
  sley_promise *p = e->body(e->ctx, e->scope);
  if (p == NULL)
    sley__abort(
        "the body of the scope made at %s returned NULL; return a promise, for example "
        "sley_return(sley_unit())",
        e->scope->site);
  return p;
}

sley_promise *sley__with_scope(const char *site, sley_time deadline, sley_scope_fn *body, void *ctx)
{
  sley_domain *d = sley__self();
  sley_time around = sley_scope_deadline(sley_scope_current());
  sley_scope *scope = scope_new(d, site);
  if (scope == NULL) return sley__nomem_promise();
  scope->deadline = deadline < around ? deadline : around;
  entry e = {scope, body, ctx, false};
  sley_promise *p =
      sley_with_value(&current_scope, sley_own(sley_scope_keep(scope), &type_scope), enter, &e);
  if (!e.entered) {
    sley_scope_drop(scope);
    return p;
  }
  scope->body = sley_keep(p);
  sley_scope_keep(scope);
  sley_promise *result = sley_finalize_own_at(site, p, leave, scope, handle_drop);
  /* Something failed before body returned. */
  if (scope->error != NULL && scope->body != NULL) {
    sley_promise *late = sley_keep(scope->body);
    sley_cancel(late);
    sley_drop(late);
  }
  sley_scope_drop(scope);
  return result;
}

sley_promise *sley_with_scope_at(const char *site, sley_scope_fn *body, void *ctx)
{
  return sley__with_scope(site, SLEY_NEVER, body, ctx);
}

sley_promise *(sley_with_scope)(sley_scope_fn *body, void *ctx)
{
  return sley_with_scope_at("", body, ctx);
}

static void timed_out(void *scope, sley_value *v)
{
  (void)v;
  sley_scope_fail(scope, sley_error_timeout());
}

void sley__scope_set_timer(sley_scope *scope, sley_promise *timer)
{
  scope->timer = sley_keep(timer);
  sley_on_success_own(timer, timed_out, sley_scope_keep(scope), handle_drop);
  sley_drop(timer);
}
