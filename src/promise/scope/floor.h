/* What the floors above see of scopes. */
#ifndef SLEY_SCOPE_FLOOR_H
#define SLEY_SCOPE_FLOOR_H

#include <sley/scope.h>

#include "promise/core/domain_state.h"

/* A scope that is to be, zero where nothing is said. Its deadline is known to scopes within it, but somebody
 * else has to make it fail then: sley__scope_set_timer does when timer is fulfilled, and cancels timer
 * when the scope is left. It consumes timer; body may call it once. */
typedef struct sley__scope_plan {
  const char *site;
  sley_time deadline;
  sley_scope_fn *body;
  void *ctx; /* of body and on_failure */
  void *owned;
  sley_drop_fn *drop; /* of owned, when all is over or body will never run */
  bool supervises;
  sley_error_fn *on_failure;
} sley__scope_plan;
sley_promise *sley__with_scope(const sley__scope_plan *plan);
void sley__scope_set_timer(sley_scope *scope, sley_promise *timer);

#endif
