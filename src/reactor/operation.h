/* Operations on descriptors: what handle.c, readiness.c and wait.c share. */
#ifndef SLEY_REACTOR_OPERATION_H
#define SLEY_REACTOR_OPERATION_H

#include "reactor/engine.h"

typedef enum io_kind { RECEIVE, SEND, ACCEPT, CONNECT, WAIT } io_kind;

typedef struct io_operation {
  struct sley__handle *handle;
  sley_resolver *resolver;
  io_kind kind;
  int direction;
  union {
    char *buffer;
    uint64_t *passed; /* ACCEPT: see sley__accept */
  };
  size_t size, done;
  size_t moved; /* bytes, by the last attempt */
  bool is_bare; /* the first member of a bare_wait */
} io_operation;

/* Waiting for a descriptor that has no handle. */
typedef struct bare_wait {
  io_operation operation;
  struct sley__handle handle;
  struct sley__dlist place; /* in the loop's waits, until the kernel is asked */
} bare_wait;

/* ---- handle.c ---- */

void sley__handle_init(struct sley__handle *handle, struct sley__loop *loop, sley_fd fd);
/* Lets the engine report events of this direction, or not. */
static inline void sley__handle_arm(struct sley__handle *handle, int direction, bool on)
{
  if (handle->armed[direction] == on) return;
  handle->armed[direction] = on;
  handle->loop->type->arm(handle->loop->engine, handle, direction, on);
}

/* ---- readiness.c ---- */

extern const sley__operation_type sley__io_types[]; /* by io_kind */
void sley__io_detach(io_operation *op); /* detaches op from its handle, before it is settled */

#endif
