/* What floors above see of the reactor: a domain's loop, hooks into its turn, and handles, which turn operations on
 * a descriptor into promises. */
#ifndef SLEY_REACTOR_FLOOR_H
#define SLEY_REACTOR_FLOOR_H

#include <sley/loop.h>

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "promise/promise_floor.h"
#include "reactor/handle.h"
#include "reactor/system.h"

/* budget.c: how long one source of work can go on in a turn of the loop. Each source has its own budget in each
 * turn, and checks after each unit of work whether it is spent: then it keeps the rest, in order, for the next turn.
 * docs/decisions/turn.md. */
typedef struct sley__budget {
  unsigned left;    /* units until the clock is read again */
  unsigned granted; /* what left was at the last reading */
  sley_time end;    /* INT64_MAX: no limit */
  sley_time read;   /* when the clock was last read in this turn */
} sley__budget;
/* The budget of each source. time: negative for no limit. Tests change it while there is no loop. */
extern struct sley__slice {
  sley_time time;
  unsigned
      units; /* units before the clock is read: so many run in each turn, however long they take */
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
/* Call after `units` units of work. true: stop, and keep the rest. */
static inline bool sley__budget_is_spent(sley__budget *budget, unsigned units)
{
  if (SLEY__LIKELY(budget->left > units)) {
    budget->left -= units;
    return false;
  }
  return sley__budget_look(budget);
}

/* Charges work inside a unit that counts as `units` units. */
static inline void sley__budget_charge(sley__budget *budget, unsigned units)
{
  budget->left -= units < budget->left ? units : budget->left;
}

/* Operations that need not wait are charged to the source that starts them. false: it waits for the kernel all the same,
 * so that nothing starves. Owner. */
bool sley__loop_may_try(struct sley__loop *loop);
/* Charges that source with bytes that one of them moved. */
void sley__loop_charge(struct sley__loop *loop, size_t bytes);

/* Runs what other threads sent, after the kernel was asked, until the budget is spent. true: it was spent and
 * something is left, which the next turn begins with. */
typedef bool sley__drain_fn(sley_domain *d, sley__budget *budget);

/* What a floor above does in each turn; NULL members are skipped. */
typedef struct sley__loop_hooks {
  sley__drain_fn *drains[3];    /* in this order, each with a budget of its own */
  void (*flush)(sley_domain *); /* publishes what was staged, at the end of the turn */
  bool (*spin)(sley_domain *, sley_time most); /* polls before sleep (-1: no limit); true: work */
  bool (*expects)(sley_domain *);              /* whether something can still arrive; NULL: yes */
  bool (*prepare_sleep)(sley_domain *); /* announces sleep, then checks again; false: stay awake */
  void (*awake)(sley_domain *);         /* after a turn for which sleep was announced */
  /* Nanoseconds to sleep at most, because of what flush does when it is time; -1: no limit. */
  sley_time (*sleep_most)(sley_domain *);
} sley__loop_hooks;

sley_time sley__clock(void); /* now, on the clock of sley_now. Any thread */

/* sley_sleep in nanoseconds. */
sley_promise *sley__sleep(const char *site, sley_time nanoseconds);

/* engines.c: whether no engine of that name can be used, and the sentence that says why. Any thread. */
enum { SLEY__ENGINE_WHY = 96, SLEY__ENGINE_MISSING = 160 };
bool sley__engine_is_missing(const char *name, char *text, size_t size);
/* The name of the engine that asks the kernel; static. Any thread. */
const char *sley__loop_engine(const struct sley__loop *loop);
/* Makes d->loop if there is none. Fails: -SLEY_ENOMEM; -SLEY_ESYSTEM with errno set; -SLEY_EGONE: d is ending;
 * -SLEY_EINVAL: the engine that it names cannot be used. Owner. */
int sley__loop_open(sley_domain *d);
/* The error for sley__loop_open's result or another negated code; call it immediately, since errno is the reason. */
sley_error *sley__loop_error(const char *site, int code);
/* At most four sets; hooks is kept by reference. Owner. */
void sley__loop_add_hooks(sley_domain *d, const sley__loop_hooks *hooks);
/* What ends with the loop, in the order in which it was added: alarms, listeners and the like, each when its time comes
 * or here. */
struct sley__ending {
  struct sley__dlist place;                                          /* among the loop's */
  void (*end)(struct sley__loop *loop, struct sley__ending *ending); /* removes it */
};
void sley__loop_add_ending(struct sley__loop *loop, struct sley__ending *ending); /* owner */
/* Call after something was begun that a loop notices only in its next turn: between two steps of a loop of the user's
 * that makes another step necessary. Owner. */
void sley__loop_touched(sley_domain *d);
static inline void sley__loop_touch(sley_domain *d)
{
  if (SLEY__UNLIKELY(d->driven) && !d->turning) sley__loop_touched(d);
}
/* signal.c: gives the signal, which the current loop has waited for, its default effect until it is waited for again;
 * not while something waits for it. When the loop ends, what there was before it waited is put back. */
void sley__signal_give_up(int number);
/* Makes a sleeping loop return from the kernel. Any thread; async-signal-safe. */
void sley__loop_wake(struct sley__loop *loop);
/* Runs turns until done(ctx). Returns an owned error if the loop cannot be made. Owner. */
sley_error *sley__loop_run_until(sley_domain *d, bool (*done)(void *ctx), void *ctx);

typedef struct sley__loop_counters { /* written by the owner, relaxed; read by any thread */
  uint64_t turns, sleeps;
  uint64_t idle;  /* nanoseconds asleep in the kernel, without the current sleep */
  uint64_t since; /* when the current sleep began; 0: awake */
} sley__loop_counters;
const sley__loop_counters *sley__loop_counters_of(const struct sley__loop *loop);

/* system.c. No descriptor of the library has the number of a standard stream, also in a program that was started
 * without one: what is written to the stream would reach a peer (docs/decisions/standard-descriptors.md). Every call that
 * makes a descriptor hands it through the first function. Any thread. */
/* fd, or a duplicate above if it is 0 to 2, closed on exec; -1 with errno, and fd is closed; a negative fd as it is. */
sley_fd sley__fd_above_standard(sley_fd fd);
/* Another descriptor of the same file, above those, closed on exec; -1 with errno. */
sley_fd sley__fd_duplicate(sley_fd fd);
/* Both; false with errno, and both are closed. */
bool sley__fds_above_standard(sley_fd ends[2]);
/* Takes the numbers that are free, while another library makes descriptors. */
typedef struct sley__standard_held {
  sley_fd fds[3];
  unsigned count;
} sley__standard_held;
void sley__standard_hold(sley__standard_held *held);
void sley__standard_release(sley__standard_held *held);

/* system.c: calls that differ between systems. New descriptors are nonblocking and close on exec. */
/* Skips connections that failed before they were accepted, and counts them in *passed. -1: errno is the reason; if
 * it is a peer's, so many have failed in a row that the caller should pause. */
sley_fd sley__accept(sley_fd fd, uint64_t *passed);
/* Whether accept's errno concerns one connection in the queue, not the listener (accept(2), "Error handling"). Any
 * thread. */
bool sley__accept_is_of_peer(int code);
sley_fd sley__socket(int family, int type);
#ifdef __linux__
/* park.c: sleeps while *word is value, at most timeout (negative: no limit); may return spuriously. The second
 * function wakes one sleeper. Any thread. */
void sley__futex_wait(unsigned *word, unsigned value, sley_time timeout);
void sley__futex_wake(unsigned *word);
#endif
/* The signals that the library's threads block: all except those that a thread causes itself (a fault, a trap, a
 * forbidden system call), whose handlers report crashes, and SIGPROF, with which profilers sample threads. Any
 * thread. */
void sley__signals_of_others(sigset_t *set);
/* pthread_create with those signals blocked in the new thread. 0 or an errno value. Any thread. */
int sley__thread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                        void *ctx);
/* Joins a thread that has announced its end, if it has exited: it can still be running destructors of its
 * thread-local variables, for any length of time. false: it has not exited and must be joined later. On systems
 * without a join that does not wait (other than Linux and FreeBSD), this waits. Any thread. */
bool sley__thread_join_ended(pthread_t thread);

/* A condition variable for timed waits, and the deadline of such a wait: on the monotonic clock if the system
 * supports that for conditions. Any thread. */
int sley__condition_init(pthread_cond_t *condition); /* 0 or an errno value */
struct timespec sley__condition_until(sley_time left);

#endif
