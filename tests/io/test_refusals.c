/* Calls refused with a message: NULL where an object is required; ending a domain from inside; using the parent's
 * objects in the child of a fork; and no descriptors left.
 * Tests src/promise/base/abort.c, src/promise/base/fork.c. */
#include <errno.h>
#include <math.h>

#include "support/domains.h"
#include "support/scenes.h"

/* Hides from the compiler that it is NULL. */
static void *volatile null;
static sley_bind_fn *volatile no_bind;
static sley_map_fn *volatile no_map;
static sley_catch_fn *volatile no_catch;
static sley_value_fn *volatile no_value;
static sley_call_fn *volatile no_call;
static sley_job_fn *volatile no_job;
static sley_post_fn *volatile no_post;
static sley_start_fn *volatile no_start;

static sley_workers *pool(void)
{
  sley_workers *made = NULL;
  sley_workers_options options = {.size = sizeof options, .name = "pool", .idle = INFINITY};
  if (sley_workers_new(&options, &made) != NULL) exit(3);
  return made;
}

static sley_promise *answer(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_unit());
}

static sley_error *job(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = sley_unit();
  return NULL;
}

/* ---- NULL */

static void bind_now(void) { run_telling(sley_bind(sley_return(sley_unit()), no_bind, NULL)); }
static void bind_later(void) { run_telling(sley_bind(sley_sleep(0.001), no_bind, NULL)); }
static void map_now(void) { run_telling(sley_map(sley_return(sley_unit()), no_map, NULL)); }
static void map_later(void) { run_telling(sley_map(sley_sleep(0.001), no_map, NULL)); }
static void catch_later(void) { run_telling(sley_catch(sley_sleep(0.001), no_catch, NULL)); }
static void no_promise(void) { run_telling(sley_bind((sley_promise *)null, NULL, NULL)); }
static void observer_null(void) { sley_on_success(sley_sleep(0.001), no_value, NULL); }
static void call_nobody(void) { run_telling(sley_call((sley_domain *)null, answer, sley_unit())); }
static void call_nothing(void) { run_telling(sley_call(start("other"), no_call, sley_unit())); }
static void post_nowhere(void) { (void)!sley_post((sley_domain *)null, no_post, sley_unit()); }
static void post_nothing(void) { (void)!sley_post(start("other"), no_post, sley_unit()); }
static void spawn_nothing(void) { run_telling(sley_spawn(no_start, NULL)); }
static sley_promise *at_once(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}
static void spawn_nothing_again(void)
{
  run_telling(sley_spawn(at_once, NULL));
  run_telling(sley_spawn(no_start, NULL));
}
static void detach_nothing(void) { run_telling(sley_detach(NULL, no_job, sley_unit())); }
static void close_nothing(void) { run_telling(sley_workers_close((sley_workers *)null, 1)); }
static void put_nowhere(void) { run_telling(sley_port_put((sley_port *)null, sley_unit())); }
static void nowhere_to_put_it(void) { sley_error_drop(sley_mutex_new((sley_mutex **)null)); }

static sley_promise *returns_null(sley_value *arg)
{
  (void)arg;
  return NULL;
}
static sley_error *calls_main(sley_value *arg, sley_value *out)
{
  (void)arg;
  return sley_run_in_main(NULL, returns_null, sley_unit(), out);
}
static void null_in_main(void) { run_telling(sley_detach(NULL, calls_main, sley_unit())); }
static void null_from_start(void)
{
  sley_domain *d;
  sley_domain_options options = {.size = sizeof options, .name = "other", .start = returns_null};
  if (sley_domain_spawn(&options, &d) != NULL) exit(3);
  run_telling(sley_domain_join(d));
}

/* ---- frames and threads */

static sley_error *work(void *data, sley_value *out)
{
  (void)data;
  (void)out;
  return NULL;
}
static void started_twice(void)
{
  static const sley_job_type type = {.size = sizeof type, .name = "job", .work = work};
  void *frame = sley_job_new(&type, 8);
  sley_promise *p = sley_job_start(NULL, SLEY_PRIORITY_NORMAL, frame);
  sley_promise *q = sley_job_start(NULL, SLEY_PRIORITY_NORMAL, frame);
  run_telling(p);
  run_telling(q);
}
static sley_error *leaves(sley_value *arg, sley_value *out)
{
  (void)arg;
  (void)out;
  pthread_exit(NULL);
}
static void thread_left(void) { run_telling(sley_detach(NULL, leaves, sley_unit())); }

/* ---- ends from inside */

static sley_promise *finishes(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  sley_finish();
  return sley_return(sley_unit());
}
static void finish_later(void) { run_telling(sley_bind(sley_sleep(0.001), finishes, NULL)); }
static void finish_now(void) { run_telling(sley_bind(sley_return(sley_unit()), finishes, NULL)); }
static sley_promise *leaves_domain(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  sley_domain_leave(sley_domain_current());
  return sley_return(sley_unit());
}
static void leave_inside(void) { run_telling(sley_bind(sley_sleep(0.001), leaves_domain, NULL)); }
static void ended_by_hand(void)
{
  sley_domain *d = start("other");
  run_telling(sley_call(d, answer, sley_unit()));
  sley_domain_end(d);
}

/* ---- children of forks: each performs its case, and the parent reports the result */

static sley_domain *domain;
static sley_port *port;
static sley_remote *remote;
static sley_workers *workers;
static sley_cross_condition *condition;

static void forked(void (*in_child)(void), bool after)
{
  domain = start("other");
  run_telling(sley_call(domain, answer, sley_unit()));
  run_telling(sley_detach(workers = pool(), job, sley_unit()));
  if (sley_port_new(4, &port) != NULL || sley_cross_condition_new(&condition) != NULL) exit(3);
  sley_promise *p = sley_remote_new(&remote);
  pid_t child = fork();
  if (child == 0) {
    alarm(20); /* a hang is a failure */
    if (after) sley_after_fork_child();
    in_child();
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  sley_remote_drop(&remote);
  sley_drop(p);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) abort();
}

static void post_posted(sley_value *arg) { (void)arg; }
static void posts(void) { (void)!sley_post(domain, post_posted, sley_unit()); }
static void calls(void) { run_telling(sley_call(domain, answer, sley_unit())); }
static void answers(void) { (void)sley_remote_fulfill(&remote, sley_int(1)); }
static void puts_in(void) { (void)!sley_port_try_put(port, sley_int(1)); }
static void signals(void) { sley_cross_condition_signal(condition); }
static void waits_in_main(void)
{
  sley_error_drop(sley_run_in_main(domain, answer, sley_unit(), NULL));
}
static void counts(void)
{
  sley_workers_counters now = {.size = sizeof now};
  sley_workers_counters_get(workers, &now);
}
static void fork_posts(void) { forked(posts, false); }
static void fork_answers(void) { forked(answers, false); }
static void fork_puts(void) { forked(puts_in, false); }
static void fork_signals(void) { forked(signals, false); }
static void fork_waits(void) { forked(waits_in_main, false); }
static void fork_counts(void) { forked(counts, false); }
static void fork_calls_afterwards(void) { forked(calls, true); }
static void fork_puts_afterwards(void) { forked(puts_in, true); }

/* ---- no descriptors */

static void no_descriptors(void)
{
  const struct rlimit few = {3, 3}; /* the standard streams */
  setrlimit(RLIMIT_NOFILE, &few);
  sley_remote *r;
  run_telling(sley_detach(NULL, job, sley_unit()));
  run_telling(sley_remote_new(&r));
  run_telling(sley_domain_each(2, answer, sley_unit()));
  run_telling(sley_port_new(2, &port) == NULL ? sley_port_get(port) : NULL);
}

#define PARENT                                           \
  {                                                      \
    "which belongs to the parent of this forked process" \
  }
static const scene scenes[] = {
    {"bind_now", bind_now, true, {"sley_bind at " HERE, "NULL for its argument f"}, NULL},
    {"bind_later", bind_later, true, {"sley_bind at " HERE, "NULL for its argument f"}, NULL},
    {"map_now", map_now, true, {"sley_map at " HERE, "NULL for its argument f"}, NULL},
    {"map_later", map_later, true, {"sley_map at " HERE, "NULL for its argument f"}, NULL},
    {"catch_later", catch_later, true, {"sley_catch at " HERE, "NULL for its argument f"}, NULL},
    {"no_promise", no_promise, true, {"sley_bind at " HERE, "NULL instead of a promise"}, NULL},
    {"observer_null", observer_null, true, {"sley_on_success was given NULL"}, NULL},
    {"call_nobody", call_nobody, true, {"sley_call at " HERE, "argument to"}, NULL},
    {"call_nothing", call_nothing, true, {"sley_call at " HERE, "argument f"}, NULL},
    {"post_nowhere", post_nowhere, true, {"sley_post", "argument to"}, NULL},
    {"post_nothing", post_nothing, true, {"sley_post", "argument f"}, NULL},
    {"spawn_nothing",
     spawn_nothing,
     true,
     {"sley_spawn at " HERE, "NULL for its argument fn"},
     NULL},
    {"spawn_nothing_again",
     spawn_nothing_again,
     true,
     {"sley_spawn at " HERE, "NULL for its argument fn"},
     NULL},
    {"detach_nothing", detach_nothing, true, {"sley_detach at " HERE, "argument f"}, NULL},
    {"close_nothing", close_nothing, true, {"sley_workers_close at " HERE, "argument pool"}, NULL},
    {"put_nowhere", put_nowhere, true, {"sley_port_put at " HERE, "argument port"}, NULL},
    {"nowhere_to_put_it", nowhere_to_put_it, true, {"sley_mutex_new was given NULL"}, NULL},
    {"null_in_main", null_in_main, true, {"passed to sley_run_in_main returned NULL"}, NULL},
    {"null_from_start", null_from_start, true, {"start of domain other returned NULL"}, NULL},
    {"started_twice", started_twice, true, {"sley_job_start at " HERE, "already started"}, NULL},
    {"thread_left", thread_left, true, {HERE, "pthread_exit"}, NULL},
    {"finish_later", finish_later, true, {"sley_finish inside a callback of domain main"}, NULL},
    {"finish_now", finish_now, true, {"sley_finish inside a callback of domain main"}, NULL},
    {"leave_inside", leave_inside, true, {"sley_domain_leave inside a callback"}, NULL},
    {"ended_by_hand", ended_by_hand, true, {"sley_domain_shutdown"}, NULL},
    {"fork_posts", fork_posts, true, PARENT, NULL},
    {"fork_answers", fork_answers, true, PARENT, NULL},
    {"fork_puts", fork_puts, true, PARENT, NULL},
    {"fork_signals", fork_signals, true, PARENT, NULL},
    {"fork_waits", fork_waits, true, PARENT, NULL},
    {"fork_counts", fork_counts, true, PARENT, NULL},
    {"fork_calls_afterwards", fork_calls_afterwards, true, PARENT, NULL},
    {"fork_puts_afterwards", fork_puts_afterwards, true, PARENT, NULL},
    {"no_descriptors", no_descriptors, false, {"Too many open files"}, "out of memory"},
};
enum { SCENES = sizeof scenes / sizeof scenes[0] };

static void what_is_refused_is_said(void **state)
{
  (void)state;
  for (size_t i = 0; i < SCENES; i++) {
#ifdef __SANITIZE_ADDRESS__ /* can run before the frame is freed, or after */
    if (strcmp(scenes[i].name, "started_twice") == 0) continue;
#endif
    scene_goes_as_said(&scenes[i], false);
  }
}

int main(int count, char **arguments)
{
  run_named(count, arguments, scenes, SCENES);
  const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_refused_is_said)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
