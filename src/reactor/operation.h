/* Accepting and waiting: what handle.c, readiness.c and wait.c share. */
#ifndef SLEY_REACTOR_OPERATION_H
#define SLEY_REACTOR_OPERATION_H

#include "reactor/engine.h"

typedef enum io_kind { ACCEPT, WAIT } io_kind;

typedef struct io_operation {
  struct sley__descriptor *descriptor;
  sley_resolver *resolver;
  io_kind kind;
  unsigned what;    /* SLEY__READ or SLEY__WRITE */
  uint64_t *passed; /* ACCEPT: see sley__accept */
} io_operation;

/* A handle over a descriptor of the user's, who can close it before the kernel is asked. */
struct sley__foreign_fd {
  struct sley__dlist place; /* in the loop's waits, until the kernel is asked */
  struct sley__handle *handle;
};

/* A WAIT, for a descriptor that has no handle. */
typedef struct bare_wait {
  io_operation operation;
  struct sley__descriptor descriptor;
  struct sley__foreign_fd fd;
} bare_wait;

/* ---- handle.c ---- */

/* sley__handle_open in a loop that there is. */
void sley__handle_add(struct sley__handle *handle, struct sley__loop *loop, sley_fd fd,
                      const struct sley__handle_calls *calls);

/* ---- readiness.c ---- */

extern const sley__operation_type sley__io_types[2]; /* by io_kind */
/* The error of what waits for fd: the kernel does not watch it, because of the errno value code. */
sley_error *sley__refusal_error(const char *site, const char *function, sley_fd fd, int code);

#endif
