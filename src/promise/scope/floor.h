/* The interface of scopes for other floors. */
#ifndef SLEY_SCOPE_FLOOR_H
#define SLEY_SCOPE_FLOOR_H

#include <sley/scope.h>

#include "promise/core/domain_state.h"

/* Describes a scope to be made; unset members are zero. Nested scopes see its deadline, but do not enforce it:
 * sley__scope_set_timer, called at most once and from body, makes the scope fail when timer is fulfilled, and
 * cancels timer when the scope is left. It consumes timer. */
typedef struct sley__scope_plan {
  const char *site;
  sley_time deadline;
  sley_scope_fn *body;
  void *ctx; /* of body and on_failure */
  void *owned;
  sley_drop_fn *drop; /* of owned, when the scope has ended or body is certain not to run */
  bool supervises;
  sley_error_fn *on_failure;
} sley__scope_plan;
sley_promise *sley__with_scope(const sley__scope_plan *plan);
void sley__scope_set_timer(sley_scope *scope, sley_promise *timer);

#endif
