/* The engine: what asks the kernel. A table of functions, so that other kernel interfaces fit in. */
#ifndef SLEY_REACTOR_ENGINE_H
#define SLEY_REACTOR_ENGINE_H

#include "reactor/reactor_floor.h"
#include "reactor/wheel.h"

enum { READING, WRITING, DIRECTIONS };

struct sley__engine;
struct io_operation;
struct sley__handle;

/* A direction of a handle, in the loop's list of those to be tried. */
typedef struct sley__readiness {
  struct sley__dlist place; /* its next is NULL outside the list */
  struct sley__handle *handle;
  int direction;
} sley__readiness;

struct sley__handle {
  struct sley__loop *loop;
  sley_fd fd;
  bool armed[DIRECTIONS];       /* the engine reports events for it */
  bool maybe_ready[DIRECTIONS]; /* worth trying before the kernel is asked */
  struct io_operation *operation[DIRECTIONS];
  sley__readiness readiness[DIRECTIONS];
  uint64_t engine_space[DIRECTIONS][8];
};

typedef struct sley__engine_type {
  const char *name;
  struct sley__engine *(*open)(sley_domain *d); /* NULL: errno is the reason */
  void (*close)(sley_domain *d, struct sley__engine *engine);
  void (*arm)(struct sley__engine *engine, struct sley__handle *handle, int direction, bool on);
  /* Asks the kernel once, waiting at most timeout ns (-1: no limit), and calls sley__handle_ready for what it
   * reports. */
  void (*iterate)(struct sley__engine *engine, sley_time timeout);
  void (*wake)(struct sley__engine *engine);                 /* any thread; async-signal-safe */
  const char *(*backend)(const struct sley__engine *engine); /* any thread */
  bool (*has)(const char *backend);                          /* any thread */
  bool (*watches)(const struct sley__engine *engine);        /* descriptors; NULL: unknown. Owner */
} sley__engine_type;

extern const sley__engine_type *const sley__engine_default; /* of new loops */

/* park.c: where engines sleep. */
struct sley__park {
  unsigned state; /* any thread, __atomic */
};
extern const bool sley__park_is_here;
/* Owner. watches: it will sleep in its own call, not here. false: it was woken already. */
bool sley__park_begin(struct sley__park *park, bool watches);
void sley__park_wait(struct sley__park *park, sley_time timeout); /* owner; may end early */
void sley__park_end(struct sley__park *park); /* owner, whatever begin returned */
/* Any thread; async-signal-safe. true: the caller must end the engine's own call. */
bool sley__park_wake(struct sley__park *park);

/* handle.c. Called by engines: the handle is tried in this turn or a later one. */
void sley__handle_ready(struct sley__handle *handle, int direction);
/* readiness.c. Called by engines: the kernel does not watch the handle's descriptor for this direction, because of
 * the errno value code; the engine has stopped watching it. */
void sley__handle_refused(struct sley__handle *handle, int direction, int code);
/* Tries those that are ready, oldest first. true: the budget is spent and some are left. */
bool sley__handles_run(struct sley__loop *loop, sley__budget *budget);
/* wait.c. Called before the kernel is asked: rejects waits whose descriptors were closed meanwhile. true: there were
 * some. */
bool sley__waits_check(struct sley__loop *loop);

/* timer.c: the loop's wheel, made with its first timer. false: out of memory. */
bool sley__loop_wheel(struct sley__loop *loop);

/* turn_clock.c: when past turns began, with decreasing precision: every turn of the last 64, every 64th of the last
 * 4,096, and so on. */
enum { CLOCK_LEVELS = 4, CLOCK_TURNS = 64 };
struct sley__turn_clock {
  sley_time began[CLOCK_LEVELS][CLOCK_TURNS];
};
void sley__turn_clock_note(struct sley__loop *loop, uint64_t turn);
sley_time sley__turn_clock_age(const sley_domain *d, uint64_t turns);

/* A clock for tests: test_clock.c, which is called by name only from its own functions. */
struct sley__test_clock {
  bool runs, automatic;
  sley_time now;
  sley_time until; /* where sley_test_clock_advance lets it go */
  /* Called where the loop would sleep: asks the kernel, and moves the clock if nothing is ready. Returns how long the
   * loop sleeps really; 0: not at all. */
  sley_time (*sleep)(struct sley__loop *loop, sley_time timeout);
  /* The error of a sley_run of p that would wait for ever, owned; NULL: it would not. */
  sley_error *(*check)(struct sley__loop *loop, const sley_promise *p);
};
extern unsigned sley__test_clocks; /* domains that have one; any thread, __atomic */

/* What ends with the loop: alarms and the like, each when its time comes or here. */
struct sley__ending {
  struct sley__dlist place;                                          /* among the loop's */
  void (*end)(struct sley__loop *loop, struct sley__ending *ending); /* removes it */
};

/* What a turn runs, in this order; then the pauses. From HOOKED on: the drains of floors above. */
enum { MOST_HOOKS = 4, MOST_DRAINS = 6 };
enum { DESCRIPTORS, TIMERS, HOOKED, NO_SOURCE = HOOKED + MOST_DRAINS };

struct sley__loop {
  sley_domain *domain;
  const sley__engine_type *type;
  struct sley__engine *engine;
  sley_time now;
  sley__wheel *wheel; /* NULL: there was no timer yet */
  unsigned cut;       /* the source that the next turn begins with; NO_SOURCE: none was cut short */
  sley__budget budget; /* of the source that runs; unlimited outside turns */
  unsigned eager;      /* operations completed without waiting in this turn */
  unsigned unasked;    /* turns since the kernel was asked */
  bool stuck;          /* it was reported that nothing can wake the loop */
  sley_time asked;     /* when the kernel was last asked */
  const sley__loop_hooks *hooks[MOST_HOOKS];
  unsigned hook_count;
  sley__drain_fn *drains[MOST_DRAINS]; /* the drains of all hooks */
  unsigned drain_count;
  sley__loop_counters counters;
  struct sley__turn_clock clock;
  struct signal_wait *signal_waits;
  struct sley__dlist ready; /* of sley__readiness: to be tried */
  struct sley__dlist endings;
  struct sley__test_clock test_clock;
  struct sley__dlist waits; /* for bare descriptors that the kernel was not asked about yet */
  char apart_behind[SLEY__APART];
};

/* loop.c: the current domain's loop, made on first use, for the public function at site. NULL: *failed is a rejected
 * promise. */
struct sley__loop *sley__loop_here(const char *function, const char *site, sley_promise **failed);

/* turn.c */
void sley__loop_turn(struct sley__loop *loop, sley_time most, bool (*done)(void *), void *ctx);
void sley__loop_flush(struct sley__loop *loop); /* publishes what floors above have staged */
sley_time sley__loop_until_next(
    const struct sley__loop *loop); /* nanoseconds; -1: nothing is due */

/* run.c: no descriptor, signal, job or other domain can wake the loop. Timers are not looked at. */
bool sley__loop_nothing_comes(const struct sley__loop *loop);

/* signal.c */
void sley__signals_deliver(struct sley__loop *loop);
void sley__signals_forget(struct sley__loop *loop);

#endif
