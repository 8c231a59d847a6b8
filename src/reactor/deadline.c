/* Scopes with a deadline: the promise floor's scopes, with a timer in them. */
#include <sley/scope.h>

#include "reactor/reactor_floor.h"

typedef struct timed {
  sley_scope_fn *body;
  void *ctx;
  sley_time at;
  const char *site;
} timed;

/* If the enclosing scope ends earlier, its timer is the effective one. */
static sley_promise *start_timer(void *ctx, sley_scope *scope)
{
  timed *t = ctx;
  if (t->at == sley_scope_deadline(scope) && t->at != SLEY_NEVER) {
    sley_promise *timer = sley__sleep(t->site, t->at - sley_now());
    if (sley_state(timer) == SLEY_PROMISE_STATE_REJECTED) return timer;
    sley__scope_set_timer(scope, timer);
  }
  return t->body(t->ctx, scope);
}

sley_promise *sley_with_deadline_at(const char *site, double seconds, sley_scope_fn *body,
                                    void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, body);
  sley_time now = sley_now(), most = SLEY_NEVER - now;
  sley_time wait = sley_seconds(seconds);
  timed t = {body, ctx, wait < most ? now + wait : SLEY_NEVER, site};
  sley__scope_plan plan = {
      .site = site, .deadline = t.at, .body = start_timer, .ctx = &t, .owned = ctx, .drop = drop};
  return sley__with_scope(&plan);
}
