/* What scope.c and scope_child.c share. */
#ifndef SLEY_PROMISE_SCOPE_H
#define SLEY_PROMISE_SCOPE_H

#include <sley/scope.h>

#include "promise/fiber/fiber.h"
#include "promise/scope/floor.h"
#include "promise/sync/sync.h"

enum { OPEN, LEAVING, OVER };

typedef struct child child;

struct sley_scope {
  object head;
  uint8_t state;
  bool supervises;
  size_t pending;              /* children, including those whose start function is running */
  struct sley__dlist children; /* those that can be canceled, the last started first */
  child *first_child;          /* of all, for dumps */
  sley_promise *body;          /* until it is settled */
  sley_promise *timer;         /* of the deadline, until the scope is left */
  sley_promise *gone;          /* fulfilled when the scope is being left and has no children */
  sley_resolver *gone_resolver;
  sley_switch *hooks;
  sley_error *error; /* what the scope failed with */
  waiters idle;      /* sley_scope_wait */
  sley_time deadline;
  const char *site;
  sley_error_fn *on_failure; /* of a supervisor, called with ctx */
  void *ctx;
  void *owned; /* freed with drop when the scope has ended */
  sley_drop_fn *drop;
};

struct child {
  struct sley__dlist place; /* on no list once it has been canceled */
  sley_scope *scope;        /* with a handle */
  sley_promise *promise;    /* NULL while the start function runs */
  void *ctx;                /* freed with drop when the child has ended */
  sley_drop_fn *drop;
  child *next_child, **child_place;
};

static inline bool sley__scope_takes_in(const sley_scope *scope)
{
  return scope->state == OPEN && scope->error == NULL;
}

/* ---- scope.c */
/* Borrows e. If the scope has already failed with an unrelated error, e goes to the unhandled hook. */
void sley__scope_failed(sley_scope *scope, sley_error *e);
/* The scope whose result or end s is, and whose children s therefore waits for; or NULL. */
const sley_scope *sley__scope_behind(const single *s);
/* ---- scope_child.c */
/* Cancels body (NULL: none) and then all children. */
void sley__scope_cancel_all(sley_scope *scope, sley_promise *body);

#endif
