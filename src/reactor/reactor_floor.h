/* What the reactor shows the floors above it: a domain's loop, hooks into its turn, and handles,
 * which turn operations on a descriptor into promises. */
#ifndef SLEY_REACTOR_FLOOR_H
#define SLEY_REACTOR_FLOOR_H

#include <sley/loop.h>

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "promise/promise_floor.h"

/* What a floor above does in each turn; NULL members are skipped. */
typedef struct sley__loop_hooks {
  bool (*drain)(sley_domain *); /* runs what came from elsewhere; after the kernel was asked */
  void (*flush)(sley_domain *); /* publishes what was staged; at the end of the turn */
  bool (*linger)(sley_domain *, sley_time most); /* looks for work a while, at most so long (-1: any
                                                    time), before sleep; true: there is some */
  bool (*expects)(sley_domain *);                /* something may still come; NULL: it may */
  bool (*prepare_sleep)(sley_domain *); /* announces sleep, then looks again; false: do not sleep */
  void (*awake)(sley_domain *);         /* after a turn for which sleep was announced */
} sley__loop_hooks;

sley_time sley__clock(void); /* now, on the clock of sley_now. Any thread */

/* Whether there is an engine of that name here. Any thread. */
bool sley__engine_is_known(const char *name);
/* The name of the engine that asks the kernel; static. Any thread. */
const char *sley__loop_engine(const struct sley__loop *loop);
/* Makes d->loop if there is none. Fails: -SLEY_ENOMEM; -SLEY_ESYSTEM with errno set. Owner. */
int sley__loop_open(sley_domain *d);
/* The error for what that gave, or another negated code; at once, since errno has the reason. */
sley_error *sley__loop_error(const char *site, int code);
/* Up to four sets; hooks is kept by reference. Owner. */
void sley__loop_add_hooks(sley_domain *d, const sley__loop_hooks *hooks);
/* Makes a sleeping loop return from the kernel. Any thread; async-signal-safe. */
void sley__loop_wake(struct sley__loop *loop);
/* Turns until done(ctx). An owned error if the loop cannot be made. Owner. */
sley_error *sley__loop_run_until(sley_domain *d, bool (*done)(void *ctx), void *ctx);

typedef struct sley__loop_counters { /* written by the owner, relaxed; read by any thread */
  uint64_t turns, sleeps;
  uint64_t idle;  /* nanoseconds asleep in the kernel, but for the sleep under way */
  uint64_t since; /* when that began; 0: awake */
} sley__loop_counters;
const sley__loop_counters *sley__loop_counters_of(const struct sley__loop *loop);

/* A descriptor known to a loop. One reading operation (receive, accept, wait) and one writing
 * operation (send, connect, wait) at a time; a second one is rejected with SLEY_EINVAL. Cancelling
 * an operation ends it in the same call. */
struct sley__handle;
/* fd must not block, and stays the caller's. 0, -SLEY_ENOMEM or -SLEY_ESYSTEM. */
int sley__handle_open(sley_domain *d, sley_fd fd, struct sley__handle **out);
sley_domain *sley__handle_domain(const struct sley__handle *handle);
bool sley__handle_is_idle(const struct sley__handle *handle); /* no operation is pending */
/* Rejects what is pending with sley_error_closed(). Does not close fd; call it before that. */
void sley__handle_close(struct sley__handle *handle);
sley_promise *sley__handle_receive(const char *site, struct sley__handle *handle, void *buffer,
                                   size_t size); /* number of bytes, 0 at the end */
sley_promise *sley__handle_send(const char *site, struct sley__handle *handle, const void *data,
                                size_t size); /* all of it: unit */
/* A descriptor, in ptr: a value of this type, whose drop closes it. */
extern const sley_type sley__type_descriptor;
sley_promise *sley__handle_accept(const char *site, struct sley__handle *handle);
sley_promise *sley__handle_connect(const char *site, struct sley__handle *handle,
                                   const void *address, unsigned length); /* unit */
sley_promise *sley__handle_wait(const char *site, struct sley__handle *handle, bool writable);

/* system.c: calls that differ between systems. New descriptors do not block and close on exec. */
sley_fd sley__accept(sley_fd fd);
sley_fd sley__socket(int family); /* a stream socket */
#ifdef __linux__
/* park.c: sleeps while *word is value, at most so long (negative: any time); may return for no reason.
 * Wakes one that does. Any thread. */
void sley__futex_wait(unsigned *word, unsigned value, sley_time timeout);
void sley__futex_wake(unsigned *word);
#endif
/* A condition variable for timed waits, and how such a wait says until when: on the monotonic clock, where
 * the system has it for that. Any thread. */
int sley__condition_init(pthread_cond_t *condition); /* 0 or an errno value */
struct timespec sley__condition_until(sley_time left);

#endif
