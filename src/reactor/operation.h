/* Operations on descriptors: what handle.c, readiness.c and wait.c share. */
#ifndef SLEY_REACTOR_OPERATION_H
#define SLEY_REACTOR_OPERATION_H

#include "reactor/engine.h"

enum { READING, WRITING, DIRECTIONS };
static inline unsigned sley__direction_bit(int direction) { return 1u << direction; }
_Static_assert(1 << READING == SLEY__READ && 1 << WRITING == SLEY__WRITE, "their bits");

typedef enum io_kind { RECEIVE, SEND, ACCEPT, WAIT } io_kind;

typedef struct io_operation {
  struct sley__descriptor *descriptor;
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

/* A handle over a descriptor of the user's, who can close it before the kernel is asked. */
struct sley__foreign_fd {
  struct sley__dlist place; /* in the loop's waits, until the kernel is asked */
  struct sley__handle *handle;
};

/* Waiting for a descriptor that has no handle. */
typedef struct bare_wait {
  io_operation operation;
  struct sley__descriptor descriptor;
  struct sley__foreign_fd fd;
} bare_wait;

/* ---- handle.c ---- */

/* sley__handle_open in a loop that there is. */
void sley__handle_add(struct sley__handle *handle, struct sley__loop *loop, sley_fd fd,
                      const struct sley__handle_calls *calls);
/* Takes back what sley__handle_ready listed. */
void sley__handle_unready(struct sley__handle *handle, unsigned what);

/* ---- readiness.c ---- */

extern const sley__operation_type sley__io_types[]; /* by io_kind */
/* The error of what waits for fd: the kernel does not watch it, because of the errno value code. */
sley_error *sley__refusal_error(const char *site, const char *function, sley_fd fd, int code);
void sley__io_detach(io_operation *op); /* detaches op from its descriptor, before it is settled */
/* Lets the engine report events of this direction, or not. */
static inline void sley__descriptor_arm(struct sley__descriptor *descriptor, int direction, bool on)
{
  unsigned bit = sley__direction_bit(direction), wanted = descriptor->handle.wanted;
  sley__handle_want(&descriptor->handle, on ? wanted | bit : wanted & ~bit);
}

#endif
