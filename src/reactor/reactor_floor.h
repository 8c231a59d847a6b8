/* What the reactor shows the floors above it: a domain's loop, hooks into its turn, and handles,
 * which turn operations on a descriptor into promises. */
#ifndef SLEY_REACTOR_FLOOR_H
#define SLEY_REACTOR_FLOOR_H

#include <sley/loop.h>

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "promise/promise_floor.h"

/* budget.c: how long one source of work may go on in a turn of the loop. Each source has a budget of its own in
 * each turn, and asks after each unit of work whether it is spent: then it keeps the rest, in order, for the
 * next turn. docs/decisions/turn.md. */
typedef struct sley__budget {
  unsigned left;    /* units until the clock is read again */
  unsigned granted; /* how many they were when it was read last */
  sley_time end;    /* INT64_MAX: no limit */
  sley_time read;   /* when the clock was read last in this turn */
} sley__budget;
/* What a source gets. time: negative for no limit. Tests change it while there is no loop. */
extern struct sley__slice {
  sley_time time;
  unsigned
      units; /* before the clock is read: so many are done in each turn, however long they take */
} sley__slice;
static inline void sley__budget_begin(sley__budget *budget)
{
  budget->left = budget->granted = sley__slice.units;
  budget->end = sley__slice.time < 0 ? INT64_MAX : budget->read + sley__slice.time;
}
static inline void sley__budget_unlimited(sley__budget *budget) /* outside turns */
{
  budget->left = UINT_MAX;
  budget->end = INT64_MAX;
}
bool sley__budget_look(sley__budget *budget);
/* After work of so many units. true: stop, and keep the rest. */
static inline bool sley__budget_is_spent(sley__budget *budget, unsigned units)
{
  if (SLEY__LIKELY(budget->left > units)) {
    budget->left -= units;
    return false;
  }
  return sley__budget_look(budget);
}

/* Work inside a unit that counts like so many. */
static inline void sley__budget_charge(sley__budget *budget, unsigned units)
{
  budget->left -= units < budget->left ? units : budget->left;
}

/* Runs what came from elsewhere, until the budget is spent; after the kernel was asked. true: it was spent and
 * something is left, which the next turn begins with. */
typedef bool sley__drain_fn(sley_domain *d, sley__budget *budget);

/* What a floor above does in each turn; NULL members are skipped. */
typedef struct sley__loop_hooks {
  sley__drain_fn *drains[3];    /* in this order, each with a budget of its own */
  void (*flush)(sley_domain *); /* publishes what was staged; at the end of the turn */
  bool (*spin)(sley_domain *, sley_time most); /* looks for work a while, at most so long (-1: any
                                                    time), before sleep; true: there is some */
  bool (*expects)(sley_domain *);              /* something may still come; NULL: it may */
  bool (*prepare_sleep)(sley_domain *); /* announces sleep, then looks again; false: do not sleep */
  void (*awake)(sley_domain *);         /* after a turn for which sleep was announced */
} sley__loop_hooks;

sley_time sley__clock(void); /* now, on the clock of sley_now. Any thread */

/* sley_sleep in nanoseconds. */
sley_promise *sley__sleep(const char *site, sley_time nanoseconds);

/* Whether there is an engine of that name here. Any thread. */
bool sley__engine_is_known(const char *name);
/* The name of the engine that asks the kernel; static. Any thread. */
const char *sley__loop_engine(const struct sley__loop *loop);
/* Makes d->loop if there is none. Fails: -SLEY_ENOMEM; -SLEY_ESYSTEM with errno set; -SLEY_EGONE: d is
 * ending. Owner. */
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
 * operation (send, connect, wait) at a time; a second one is rejected with SLEY_EINVAL. Canceling
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
/* passed: as for sley__accept; stays there until the operation is over. */
sley_promise *sley__handle_accept(const char *site, struct sley__handle *handle, uint64_t *passed);
sley_promise *sley__handle_connect(const char *site, struct sley__handle *handle,
                                   const void *address, unsigned length); /* unit */
sley_promise *sley__handle_wait(const char *site, struct sley__handle *handle, bool writable);

/* system.c: calls that differ between systems. New descriptors do not block and close on exec. */
/* Passes over connections that failed before they were accepted, and counts them in *passed. -1: errno says why;
 * where that is of a peer, so many have failed at once that it is better to pause. */
sley_fd sley__accept(sley_fd fd, uint64_t *passed);
/* Whether accept's errno tells of one connection in the queue, and not of the listener (accept(2), "Error
 * handling"). Any thread. */
bool sley__accept_is_of_peer(int code);
sley_fd sley__socket(int family); /* a stream socket */
#ifdef __linux__
/* park.c: sleeps while *word is value, at most so long (negative: any time); may return for no reason.
 * Wakes one that does. Any thread. */
void sley__futex_wait(unsigned *word, unsigned value, sley_time timeout);
void sley__futex_wake(unsigned *word);
#endif
/* Threads of the library take no signals: these are all, but those that a thread gets for what it does
 * itself (a fault, a trap, a system call that is forbidden), whose handlers report crashes, and SIGPROF, by
 * which profilers look at a thread. Any thread. */
void sley__signals_of_others(sigset_t *set);
/* pthread_create with these blocked in the new thread. 0 or an errno value. Any thread. */
int sley__thread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                        void *ctx);
/* Joins a thread that has said that it ends, if it has: it may still be in the destructors of its
 * thread-local variables, however long those take. false: it is, and is to be joined later. Where the system
 * has no join that does not wait (other than Linux and FreeBSD), this waits. Any thread. */
bool sley__thread_join_ended(pthread_t thread);

/* A condition variable for timed waits, and how such a wait says until when: on the monotonic clock, where
 * the system has it for that. Any thread. */
int sley__condition_init(pthread_cond_t *condition); /* 0 or an errno value */
struct timespec sley__condition_until(sley_time left);

#endif
