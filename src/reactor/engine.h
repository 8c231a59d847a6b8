/* The engine: what asks the kernel. A table of functions, so that other kernel interfaces fit in. */
#ifndef SLEY_REACTOR_ENGINE_H
#define SLEY_REACTOR_ENGINE_H

#include <sley/engine.h>

#include "reactor/reactor_floor.h"
#include "reactor/wheel.h"

struct sley__engine;
struct sley__op;
struct sley__network;

/* Two kinds of engines fit: readiness (libev) and completion (io_uring). What is NULL is not done by an engine. */
typedef struct sley__engine_type {
  const char *const *names; /* what it can be asked for, the best first; NULL ends them */
  /* Why the one of that name, which is one of names, cannot be had; NULL: it can, as far as descriptors and memory
   * allow. May be written to text. Any thread. */
  const char *(*why_not)(const char *name, char *text, size_t size);
  /* name: one of names, NULL for the best. NULL: errno is the reason, 0 for no memory. */
  struct sley__engine *(*open)(sley_domain *d, const char *name);
  void (*close)(sley_domain *d, struct sley__engine *engine);
  const char *(*name)(const struct sley__engine *engine); /* any thread */

  /* Descriptors. add: the handle is new, and its space in it may be filled. want: reports these directions from now
   * on, by sley__handle_ready, or says once by sley__handle_refused that the kernel will not. remove: nothing more is
   * reported; closes fd if asked to, then calls sley__handle_over, as soon as the kernel has let go of it. Without
   * close_fd nothing is under way, and over is not called. */
  void (*add)(struct sley__engine *engine, struct sley__handle *handle);
  void (*want)(struct sley__engine *engine, struct sley__handle *handle, unsigned what);
  void (*remove)(struct sley__engine *engine, struct sley__handle *handle, bool close_fd);
  /* Completion engines: go on reading into blocks, or accepting, until told otherwise. NULL: readiness.c, or who owns
   * the handle, does it with want. 0 or a negated code. */
  int (*receive)(struct sley__engine *engine, struct sley__handle *handle, bool on);
  int (*accept)(struct sley__engine *engine, struct sley__handle *handle, bool on);
  /* Completion engines: one operation that has an end; -SLEY_EAGAIN: not by this engine. cancel is a wish: the
   * operation's end is told in any case. */
  int (*submit)(struct sley__engine *engine, struct sley__op *op);
  void (*cancel)(struct sley__engine *engine, struct sley__op *op);

  /* Asks the kernel once, waiting at most timeout ns (-1: no limit), and lists what it reports. */
  void (*iterate)(struct sley__engine *engine, sley_time timeout);
  /* Ends the sleep; true: it slept in a call of its own, or rests. Any thread; async-signal-safe. */
  bool (*wake)(struct sley__engine *engine);
  /* A loop of the user's drives the domain. show: the descriptor that becomes readable when there is something to do,
   * or -1; from then on it sleeps nowhere else. rest, after each turn: the kernel is told what has changed (if tells), and a
   * wake-up makes the descriptor readable until resume; false: it was woken already, and the descriptor is. NULL:
   * cannot be driven. */
  sley_fd (*show)(struct sley__engine *engine);
  bool (*rest)(struct sley__engine *engine, bool tells);
  void (*resume)(struct sley__engine *engine);
  bool (*watches)(const struct sley__engine *engine); /* descriptors; NULL: unknown. Owner */
  const struct sley__network *network; /* sockets that are not the system's; NULL: the system's */
} sley__engine_type;

extern const sley__engine_type *const sley__engine_default; /* of new loops */

/* engines.c: tells on stderr which one runs. */
void sley__engine_tell(const sley_domain *d, const char *name);

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

/* handle.c. Called by engines, also inside their own calls, as sley__handle_ready is: the kernel does not watch it,
 * because of the errno value code. */
void sley__handle_refused(struct sley__handle *handle, int code);
/* Called by engines for a handle removed with its descriptor: its memory may go. */
void sley__handle_over(struct sley__handle *handle);
/* Frees those that were closed in this turn. */
void sley__handles_end(struct sley__loop *loop);
/* Tries those that are ready, oldest first. true: the budget is spent and some are left. */
bool sley__handles_run(struct sley__loop *loop, sley__budget *budget);
/* wait.c. Called before the kernel is asked: who waits for a descriptor that was closed meanwhile is told. true: there
 * were some. */
bool sley__waits_check(struct sley__loop *loop);
/* Whether there are none; they stay listed. */
bool sley__waits_are_open(struct sley__loop *loop);

/* timer.c: the loop's wheel, made with its first timer. false: out of memory. */
bool sley__loop_wheel(struct sley__loop *loop);
sley_promise *sley__sleep_until(const char *site, sley_time due);

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

/* alarm.c */
bool sley__timer_is_alarm(const sley__timer *timer);

/* What a turn runs, in this order; then the pauses. From HOOKED on: the drains of floors above. */
enum { MOST_HOOKS = 4, MOST_DRAINS = 6 };
enum { DESCRIPTORS, TIMERS, HOOKED, NO_SOURCE = HOOKED + MOST_DRAINS };

/* foreign.c: a loop of the user's drives this one. */
struct sley__foreign {
  bool on;                          /* any thread, __atomic */
  bool rests;                       /* since the last step */
  bool touched;                     /* and something was started since */
  unsigned announced;               /* see sley__hooks_prepare_sleep */
  unsigned calling;                 /* threads in wake.f; any thread, __atomic */
  sley_loop_notifier wake, changed; /* wake: any thread; its f __atomic */
  sley_time told;                   /* the deadline that the user knows; INT64_MAX: none */
};
void sley__foreign_rest(struct sley__loop *loop);
void sley__foreign_resume(struct sley__loop *loop); /* does nothing if it does not rest */
sley_time sley__foreign_timeout(struct sley__loop *loop);
void sley__foreign_wheel(struct sley__loop *loop); /* after it was made */
void sley__foreign_end(struct sley__loop *loop);

enum { LOOP_MOMENTS = 2 };

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
  struct sley__foreign foreign;
  uint64_t wanted[2];       /* handles watched for reading, and for writing */
  struct sley__dlist ready; /* of handles: to be tried */
  struct sley__dlist over;  /* of handles: closed in this turn */
  struct sley__dlist endings;
  struct sley__test_clock test_clock;
  size_t missed; /* see sley_every_missed */
  /* loop_hook.c; NULL: there was no hook yet, and moments are not initialized */
  void (*call_moments)(struct sley__loop *loop, int moment);
  bool calls_moments;
  struct sley__dlist moments[LOOP_MOMENTS];
  struct sley__dlist finish_hooks; /* initialized if the domain has a finish function */
  struct sley__dlist waits; /* of sley__foreign_fd, which the kernel was not asked about yet */
  char apart_behind[SLEY__APART];
};

/* loop.c: the current domain's loop, made on first use, for the public function at site. NULL: *failed is a rejected
 * promise. */
struct sley__loop *sley__loop_here(const char *function, const char *site, sley_promise **failed);

/* turn.c */
/* Whether every floor above allows sleep. awake must be called afterwards for each that was asked. */
bool sley__hooks_prepare_sleep(struct sley__loop *loop, unsigned *announced);
void sley__hooks_awake(struct sley__loop *loop, unsigned announced);
void sley__sleep_begins(struct sley__loop *loop);
void sley__sleep_ends(struct sley__loop *loop);
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
