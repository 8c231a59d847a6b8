/* Handles: descriptors that a loop knows, and who is told what happens to them. */
#ifndef SLEY_REACTOR_HANDLE_H
#define SLEY_REACTOR_HANDLE_H

#include <sley/promise.h>

#include "promise/promise_floor.h"

enum { SLEY__READ = 1, SLEY__WRITE = 2 };

struct sley__block;
struct sley__handle;

/* Whom a handle belongs to. All are called by the loop that knows it, never inside the engine's own call, and may
 * close the handle. */
struct sley__handle_calls {
  /* What the kernel reported, one direction in each call: worth one attempt now, and so on in every turn until that
   * direction is no longer wanted. */
  void (*ready)(struct sley__handle *handle, unsigned what);
  /* The kernel does not watch the descriptor, because of the errno value code: nothing is wanted any more. */
  void (*refused)(struct sley__handle *handle, int code);
  /* Of engines that read and accept by themselves (see receive and accept of the engine); NULL: asks for neither. The
   * block is the callee's; n: bytes in it, 0 at the end, or a negated errno value without a block. */
  void (*received)(struct sley__handle *handle, struct sley__block *block, int64_t n);
  void (*accepted)(struct sley__handle *handle, sley_fd fd, int error);
  /* After sley__handle_close: nothing refers to the handle any more, and its memory may go. */
  void (*over)(struct sley__handle *handle);
};

/* Embedded as the first member of the object that owns the descriptor. */
struct sley__handle {
  struct sley__loop *loop; /* NULL: no loop knows it */
  const struct sley__handle_calls *calls;
  struct sley__dlist place; /* on the loop's list of those to be tried, or of those that are over */
  sley_fd fd;
  uint8_t wanted;           /* directions that the engine reports */
  uint8_t reported;         /* and has reported: to be tried */
  uint8_t maybe_ready;      /* worth trying before the kernel is asked */
  bool closed;              /* what is reported of it from now on is ignored */
  uint64_t engine_space[6]; /* the engine's */
  uint16_t refusal;         /* to be told: the errno value for which the kernel does not watch fd */
  uint32_t holders;         /* of the object around it; the object's own */
};

/* Makes d's loop know fd, which must be nonblocking. 0, -SLEY_ENOMEM, -SLEY_ESYSTEM or -SLEY_EGONE, as for
 * sley__loop_open. All functions: owner. */
int sley__handle_open(struct sley__handle *handle, sley_domain *d, sley_fd fd,
                      const struct sley__handle_calls *calls);
/* What ready is to be called for: SLEY__READ, SLEY__WRITE, both or 0. */
void sley__handle_want(struct sley__handle *handle, unsigned what);
/* The loop forgets it, and over is not called. fd stays open, and may be opened again, in another domain too. */
void sley__handle_leave(struct sley__handle *handle);
/* Closes fd. Nothing but over is called any more: at once outside turns, otherwise as this turn ends. */
void sley__handle_close(struct sley__handle *handle);
sley_domain *sley__handle_domain(const struct sley__handle *handle);
/* It is tried in this turn or a later one, behind those that are ready already; or no longer. */
void sley__handle_ready(struct sley__handle *handle, unsigned what);
void sley__handle_unready(struct sley__handle *handle, unsigned what);

/* A descriptor with one operation at a time, to accept or to wait; a second one is rejected with SLEY_EINVAL. Canceling an
 * operation ends it before the call returns. */
struct sley__descriptor {
  struct sley__handle handle; /* its calls: the two functions below, and an over of the owner's */
  struct io_operation *operation; /* pending; NULL: none */
};
void sley__descriptor_ready(struct sley__handle *handle, unsigned what);
void sley__descriptor_refused(struct sley__handle *handle, int code);
int sley__descriptor_open(struct sley__descriptor *descriptor, sley_domain *d, sley_fd fd,
                          const struct sley__handle_calls *calls);
/* sley__handle_close; then rejects what is pending with sley_error_closed(), in callbacks. */
void sley__descriptor_close(struct sley__descriptor *descriptor);
/* A descriptor number, in ptr: a value of this type, whose drop closes it. */
extern const sley_type sley__type_descriptor;
/* passed: as for sley__accept; must stay valid until the operation is over. */
sley_promise *sley__descriptor_accept(const char *site, struct sley__descriptor *descriptor,
                                      uint64_t *passed);

#endif
