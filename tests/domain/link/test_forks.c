/* The child of a fork never waits for a lock (fault 31). Another thread holds every lock while this one forks; in
 * the child each public entry then returns the right result or aborts with a message. A callback that forks and
 * returns in the child is stopped there.
 * Tests src/promise/base/fork.c, src/promise/base/lock.c, src/domain/link/seat.c. */
#include <signal.h>
#include <sley/cross.h>
#include <sley/io.h>
#include <sley/remote.h>
#include <sley/team.h>
#include <sley/workers.h>

#include "domain/shared/port.h"
#include "preempt/pool.h"
#include "support/child.h"
#include "support/domains.h"

#define PARENT "belongs to the parent of this forked process"
#define CHILD "the child of a fork"
enum { PATIENCE = 30 }; /* seconds; its alarm ends a child that hangs */

/* ---- the parent's objects */

static struct {
  sley_runtime *runtime;
  sley_domain *domain, *entered; /* spawned; from a runtime */
  sley_workers *workers;
  sley_port *port;
  sley_broadcast *broadcast;
  sley_port *subscription;
  sley_cross_mutex *mutex;
  sley_cross_condition *condition;
  sley_cross_once *once;
  sley_cross_barrier *barrier;
  sley_team *team;
  sley_remote *remote;
  sley_promise *answer, *signal;
} had;

static sley_promise *nothing_done(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_unit());
}

static sley_error *seven(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = sley_int(7);
  return NULL;
}

static void have_all(void)
{
  assert_null(sley_runtime_new(NULL, &had.runtime));
  assert_null(sley_domain_new(had.runtime, "entered", &had.entered));
  had.domain = start("spawned");
  settle(sley_call(had.domain, nothing_done, sley_unit()));
  sley_workers_options pool = {.size = sizeof(pool), .name = "held", .maximum = 1};
  assert_null(sley_workers_new(&pool, &had.workers));
  run_gives(sley_detach(had.workers, seven, sley_unit()), 7);
  assert_null(sley_port_new(4, &had.port));
  assert_null(sley_broadcast_new(4, &had.broadcast));
  assert_null(sley_broadcast_subscribe(had.broadcast, &had.subscription));
  assert_null(sley_cross_mutex_new(&had.mutex));
  assert_null(sley_cross_condition_new(&had.condition));
  assert_null(sley_cross_once_new(&had.once));
  assert_null(sley_cross_barrier_new(2, &had.barrier));
  sley_team_options crew = {.size = sizeof(crew), .name = "crew", .count = 1};
  assert_null(sley_team_new(&crew, &had.team));
  had.answer = sley_remote_new(&had.remote);
  had.signal = sley_wait_signal(SIGUSR1);
}

static void let_all_go(void)
{
  sley_cancel(had.signal);
  sley_drop(had.signal);
  sley_remote_drop(&had.remote);
  sley_error_drop(sley_run(had.answer, NULL));
  settle(sley_team_shutdown(had.team, 5));
  sley_team_drop(had.team);
  sley_cross_barrier_drop(had.barrier);
  sley_cross_once_drop(had.once);
  sley_cross_condition_drop(had.condition);
  sley_cross_mutex_drop(had.mutex);
  sley_port_drop(had.subscription);
  sley_broadcast_drop(had.broadcast);
  sley_port_drop(had.port);
  run_gives(sley_workers_close(had.workers, 5), 0);
  end(had.domain);
  sley_domain *here = sley_domain_current();
  sley_domain_leave(here);
  assert_int_equal(sley_domain_end(had.entered), 0);
  sley_domain_enter(here);
  sley_runtime_drop(had.runtime);
}

/* ---- the thread that holds every lock */

static sley_domain *home;
static int held, free_them; /* any thread, __atomic */

static pthread_mutex_t *lock_of(void *object) { return &((shared_object *)object)->lock; }

static void *hold_all(void *ctx)
{
  (void)ctx;
  pthread_mutex_t *locks[] = {
      &home->seat->lock,         &home->completions->lock, &had.domain->seat->lock,
      &had.workers->lock,        lock_of(had.port),        lock_of(had.broadcast),
      lock_of(had.subscription), lock_of(had.mutex),       lock_of(had.condition),
      lock_of(had.once),         lock_of(had.barrier),     lock_of(had.team)};
  enum { LOCKS = sizeof(locks) / sizeof(locks[0]) };
  for (int i = 0; i < LOCKS; i++) pthread_mutex_lock(locks[i]);
  for (int i = 0; i < SLEY__LOCKS; i++) sley__process_lock((enum sley__process_lock)i);
  __atomic_store_n(&held, 1, __ATOMIC_RELEASE);
  while (__atomic_load_n(&free_them, __ATOMIC_ACQUIRE) == 0) usleep(1000);
  for (int i = SLEY__LOCKS; i-- > 0;) sley__process_unlock((enum sley__process_lock)i);
  for (int i = LOCKS; i-- > 0;) pthread_mutex_unlock(locks[i]);
  return NULL;
}

/* ---- actions of the children */

static sley_promise *start_once(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}

static void discard(void *ctx, const char *text, size_t size)
{
  (void)ctx;
  (void)text;
  (void)size;
}

static void report_one(void *ctx, const char *thread, const char *site, sley_time inside)
{
  (void)ctx;
  (void)thread;
  (void)site;
  (void)inside;
}

static void post_nothing(sley_value *arg) { (void)arg; }

static void must(bool right)
{
  if (!right) _exit(3);
}

static void counters(void)
{
  sley_domain_counters now = {.size = sizeof(now)};
  sley_domain_counters_get(had.domain, &now);
}
static void dump(void)
{
  sley_error_drop(sley_domain_dump(had.domain, 1, SLEY_DUMP_FORMAT_TEXT, discard, NULL));
}
static void join(void) { sley_drop(sley_domain_join(had.domain)); }
static void shut(void) { sley_drop(sley_domain_shutdown(had.domain, 1)); }
static void post(void) { (void)!sley_post(had.domain, post_nothing, sley_unit()); }
static void call(void) { sley_drop(sley_call(had.domain, nothing_done, sley_unit())); }
static void call_with(void)
{
  sley_call_options o = {.size = sizeof(o)};
  sley_drop(sley_call_with(had.domain, &o, nothing_done, sley_unit()));
}
static void call_try(void)
{
  sley_promise *p;
  (void)!sley_try_call(had.domain, nothing_done, sley_unit(), &p);
}
static void call_all(void) { sley_drop(sley_call_all(&had.domain, 1, nothing_done, sley_unit())); }
static void in_main_unwatched(void)
{
  (void)!sley_run_in_main_dont_wait(had.domain, nothing_done, sley_unit(), NULL, NULL);
}
static void old_promise(void) { sley_drop(had.answer); }
static void sleeps(void) { sley_drop(sley_sleep(1)); }
static void in_main(void)
{
  sley_error_drop(sley_run_in_main(had.domain, nothing_done, sley_unit(), NULL));
}
static void enter(void) { sley_domain_enter(had.entered); }
static void end_domain(void) { (void)!sley_domain_end(had.entered); }
static void drop_domain(void) { sley_domain_drop(sley_domain_keep(had.domain)); }
static void drop_domain_last(void)
{
  sley_domain_drop(had.domain);
  sley_domain_drop(had.domain); /* of its thread, which does not exist here */
}
static void runtime_drop(void) { sley_runtime_drop(had.runtime); }
static void runtime_domain(void)
{
  sley_domain *d;
  sley_error_drop(sley_domain_new(had.runtime, "late", &d));
}
static void runtime_spawn(void)
{
  sley_domain *d;
  sley_domain_options o = {.size = sizeof(o), .runtime = had.runtime};
  sley_error_drop(sley_domain_spawn(&o, &d));
}
static void runtime_place(void) { (void)!sley_placement(had.runtime, NULL, 0); }
static void place(void) { must(sley_placement(NULL, NULL, 0) > 0); }
static void default_domain(void)
{
  sley_domain *d;
  must(sley_domain_new(NULL, "new", &d) == NULL);
  must(sley_domain_end(d) == 0);
}
static void configure(void)
{
  sley_runtime_options o = {.size = sizeof(o)};
  must(sley_configure(&o) == NULL);
}
static void first_use(void) { sley_drop(sley_return(sley_unit())); }
static void finishes(void) { must(sley_finish() == 0); }
static void default_pool(void) { (void)sley_workers_default(SLEY_WORKERS_PURPOSE_IO); }
static void signal_wait(void) { sley_drop(sley_wait_signal(SIGUSR1)); }
static void signal_handled(void)
{
  raise(SIGUSR1); /* the parent's handler: there is nothing to wake */
}
static void pool_counts(void)
{
  sley_workers_counters now = {.size = sizeof(now)};
  sley_workers_counters_get(had.workers, &now);
}
static void pool_reports(void) { sley_workers_report(had.workers, report_one, NULL); }
static void pool_closes(void) { sley_drop(sley_workers_close(had.workers, 1)); }
static void pool_drains(void) { sley_drop(sley_workers_drain(had.workers)); }
static void pool_detach(void) { sley_drop(sley_detach(had.workers, seven, sley_unit())); }
static void pool_try(void)
{
  sley_promise *p;
  (void)!sley_try_detach(had.workers, SLEY_PRIORITY_NORMAL, seven, sley_unit(), &p);
}
static void port_put(void) { (void)!sley_port_try_put(had.port, sley_int(1)); }
static void port_waits(void) { sley_drop(sley_port_get(had.port)); }
static void port_closes(void) { sley_port_close(had.port); }
static void port_stops(void) { sley_port_close_reading(had.subscription); }
static void port_drop(void) { sley_port_drop(had.port); }
static void cast_put(void) { sley_drop(sley_broadcast_put(had.broadcast, sley_int(1))); }
static void cast_count(void) { (void)!sley_broadcast_count(had.broadcast); }
static void cast_close(void) { sley_broadcast_close(had.broadcast); }
static void cast_subscribe(void)
{
  sley_port *port;
  sley_error_drop(sley_broadcast_subscribe(had.broadcast, &port));
}
static void mutex_try(void)
{
  first_use();
  (void)(sley_cross_mutex_try_acquire(had.mutex) != 0);
}
static void mutex_lock(void) { sley_drop(sley_cross_mutex_lock(had.mutex)); }
static void mutex_unlock(void) { sley_cross_mutex_unlock(had.mutex); }
static void mutex_drop(void) { sley_cross_mutex_drop(had.mutex); }
static void condition_signal(void) { sley_cross_condition_signal(had.condition); }
static void condition_broadcast(void) { sley_cross_condition_broadcast(had.condition); }
static void condition_wait(void) { sley_drop(sley_cross_condition_wait(had.condition, NULL)); }
static void once_run(void) { sley_drop(sley_cross_once_run(had.once, start_once, NULL)); }
static void barrier_wait(void) { sley_drop(sley_cross_barrier_wait(had.barrier)); }
static void team_lookup(void) { must(sley_team_lookup("crew") == NULL); }
static void team_shutdown(void) { sley_drop(sley_team_shutdown(had.team, 1)); }
static void team_call(void) { sley_drop(sley_team_call(had.team, nothing_done, sley_unit())); }
static void team_drop(void) { sley_team_drop(had.team); }
static void answers(void) { (void)!sley_remote_fulfill(&had.remote, sley_int(1)); }

#ifndef __SANITIZE_THREAD__ /* it allows no thread in the child of a fork */
static void one_life(void)
{
  sley_team *team;
  sley_team_options crew = {.size = sizeof(crew), .name = "crew", .count = 2};
  sley_value v = sley_unit();
  must(sley_run(sley_detach(NULL, seven, sley_unit()), &v) == NULL && v.i == 7);
  must(sley_team_new(&crew, &team) == NULL);
  must(sley_run(sley_team_call(team, nothing_done, sley_unit()), NULL) == NULL);
  must(sley_run(sley_team_shutdown(team, 5), NULL) == NULL);
  sley_team_drop(team);
  sley_promise *told = sley_wait_signal(SIGUSR1);
  raise(SIGUSR1);
  must(sley_run(told, NULL) == NULL);
}
static void begins_anew(void)
{
  configure();
  place();
  one_life();
  must(sley_finish() == 0);
  one_life();
  must(sley_finish() == 0);
}
#endif

static const struct deed {
  const char *name;
  void (*f)(void);
  const char *before,
      *after; /* expected message without sley_after_fork_child, and with it; NULL: none */
} deeds[] = {
    {"counters", counters, PARENT, PARENT},
    {"dump", dump, PARENT, PARENT},
    {"join", join, PARENT, PARENT},
    {"shutdown", shut, PARENT, PARENT},
    {"old promise", old_promise, CHILD, "of the parent of this forked process"},
    {"sleep", sleeps, "sley: sley_sleep at ", NULL},
    {"post", post, PARENT, PARENT},
    {"call", call, CHILD, PARENT},
    {"call_with", call_with, CHILD, PARENT},
    {"try_call", call_try, CHILD, PARENT},
    {"call_all", call_all, CHILD, PARENT},
    {"run_in_main_dont_wait", in_main_unwatched, PARENT, PARENT},
    {"run_in_main", in_main, PARENT, PARENT},
    {"enter", enter, PARENT, PARENT},
    {"end", end_domain, PARENT, PARENT},
    {"drop", drop_domain, NULL, NULL},
    {"drop the last", drop_domain_last, NULL, NULL},
    {"runtime_drop", runtime_drop, PARENT, PARENT},
    {"domain_new", runtime_domain, PARENT, PARENT},
    {"spawn", runtime_spawn, CHILD, PARENT},
    {"placement of a runtime", runtime_place, PARENT, PARENT},
    {"placement", place, CHILD, NULL},
    {"default domain_new", default_domain, CHILD, NULL},
    {"configure", configure, CHILD, NULL},
    {"first use", first_use, CHILD, NULL},
    {"finish", finishes, NULL, NULL},
    {"default pool", default_pool, CHILD, NULL},
    {"wait_signal", signal_wait, CHILD, NULL},
    {"signal", signal_handled, NULL, NULL},
    {"pool counters", pool_counts, PARENT, PARENT},
    {"pool report", pool_reports, PARENT, PARENT},
    {"pool close", pool_closes, CHILD, PARENT},
    {"pool drain", pool_drains, CHILD, PARENT},
    {"detach", pool_detach, CHILD, PARENT},
    {"try_detach", pool_try, CHILD, PARENT},
    {"port put", port_put, PARENT, PARENT},
    {"port get", port_waits, PARENT, PARENT},
    {"port close", port_closes, PARENT, PARENT},
    {"port close_reading", port_stops, PARENT, PARENT},
    {"port drop", port_drop, NULL, NULL},
    {"broadcast put", cast_put, PARENT, PARENT},
    {"broadcast count", cast_count, PARENT, PARENT},
    {"broadcast close", cast_close, PARENT, PARENT},
    {"broadcast subscribe", cast_subscribe, PARENT, PARENT},
    {"mutex try_lock", mutex_try, CHILD, PARENT},
    {"mutex lock", mutex_lock, CHILD, PARENT},
    {"mutex unlock", mutex_unlock, CHILD, PARENT},
    {"mutex drop", mutex_drop, NULL, NULL},
    {"condition signal", condition_signal, PARENT, PARENT},
    {"condition broadcast", condition_broadcast, PARENT, PARENT},
    {"condition wait", condition_wait, PARENT, PARENT},
    {"once", once_run, PARENT, PARENT},
    {"barrier", barrier_wait, PARENT, PARENT},
    {"team lookup", team_lookup, NULL, NULL},
    {"team shutdown", team_shutdown, CHILD, PARENT},
    {"team call", team_call, PARENT, PARENT},
    {"team drop", team_drop, NULL, NULL},
    {"remote", answers, PARENT, PARENT},
#ifndef __SANITIZE_THREAD__
    {"begins anew", begins_anew, CHILD, NULL},
#endif
};
enum { DEEDS = sizeof(deeds) / sizeof(deeds[0]) };

static void in_child(const struct deed *deed, bool after)
{
  int ends[2];
  static char text[65536]; /* checkers write more than the message */
  const char *wanted = after ? deed->after : deed->before;
  pid_t child = child_fork(ends);
  if (child == 0) {
    alarm(PATIENCE);
    if (after) sley_after_fork_child();
    deed->f();
    _exit(0);
  }
  int status = child_said(child, ends, text, sizeof(text));
  const char *said = strstr(text, "sley: ");
  bool is_named = said != NULL && strncmp(said, "sley: sley_", 11) == 0 && said[11] != '_';
  if (wanted != NULL && strcmp(wanted, PARENT) != 0) is_named = true;
  bool right = wanted == NULL ? WIFEXITED(status) && WEXITSTATUS(status) == 0
                              : aborted(status) && is_named && strstr(text, wanted) != NULL;
  if (!right)
    fail_msg("%s, %s sley_after_fork_child: status %x, \"%s\"", deed->name,
             after ? "after" : "without", (unsigned)status, text);
}

static void *do_all(void *ctx)
{
  for (int i = 0; i < DEEDS; i++) {
    in_child(&deeds[i], false);
    in_child(&deeds[i], true);
  }
  return ctx;
}

static void with_every_lock_held(void **state)
{
  (void)state;
  pthread_t holder, stranger;
  have_all();
  home = sley_domain_current();
  held = free_them = 0;
#ifndef __SANITIZE_THREAD__ /* it believes that mutexes which are free in the child are locked twice */
  assert_int_equal(pthread_create(&holder, NULL, hold_all, NULL), 0);
  while (__atomic_load_n(&held, __ATOMIC_ACQUIRE) == 0) usleep(1000);
#endif
  do_all(NULL);
  assert_int_equal(pthread_create(&stranger, NULL, do_all, NULL), 0); /* has no domain */
  pthread_join(stranger, NULL);
  __atomic_store_n(&free_them, 1, __ATOMIC_RELEASE);
#ifndef __SANITIZE_THREAD__
  pthread_join(holder, NULL);
#else
  (void)holder;
  (void)hold_all;
#endif
  let_all_go();
}

/* ---- callbacks that return in the child */

static int said[2];
static pid_t forked_child; /* any thread, __atomic */

static void fork_here(void)
{
  pid_t child = fork();
  if (child != 0) {
    __atomic_store_n(&forked_child, child, __ATOMIC_RELEASE);
    return;
  }
  dup2(said[1], 2);
  close(said[0]);
  signal(SIGABRT, SIG_DFL);
  alarm(PATIENCE);
}

static void forking_post(sley_value *arg)
{
  (void)arg;
  fork_here();
}

static sley_error *forking_begin(void *ctx, void **state)
{
  (void)ctx;
  *state = NULL;
  fork_here();
  return NULL;
}

static void forking_end(void *ctx, void *state)
{
  (void)ctx;
  (void)state;
  fork_here();
}

static void fork_prepare(void)
{
  assert_int_equal(pipe(said), 0);
  __atomic_store_n(&forked_child, 0, __ATOMIC_RELEASE);
}

static void the_child_went_no_further(void)
{
  static char text[65536]; /* checkers write more than the message */
  WAIT_UNTIL(__atomic_load_n(&forked_child, __ATOMIC_ACQUIRE) != 0);
  int status = child_said(forked_child, said, text, sizeof(text));
  bool named = strstr(text, PARENT) != NULL || strstr(text, CHILD) != NULL;
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT || !named)
    fail_msg("status %x, \"%s\"", (unsigned)status, text);
}

static void *post_from_outside(void *domain)
{
  return sley_post(domain, forking_post, sley_unit()) == 0 ? NULL : domain;
}

static void a_post_that_returns_in_the_child(void **state)
{
  (void)state;
  sley_domain *d = start("posts");
  fork_prepare();
  assert_int_equal(sley_post(d, forking_post, sley_unit()), 0);
  sley_domain_flush();
  the_child_went_no_further();
  fork_prepare();
  pthread_t thread;
  void *failed;
  assert_int_equal(pthread_create(&thread, NULL, post_from_outside, d), 0);
  pthread_join(thread, &failed);
  assert_null(failed);
  the_child_went_no_further();
  end_leaving_nothing(d);
}

static void a_thread_of_a_pool_that_forks(void **state)
{
  (void)state;
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o), .maximum = 1, .begin = forking_begin};
  fork_prepare();
  assert_null(sley_workers_new(&o, &pool));
  run_gives(sley_detach(pool, seven, sley_unit()), 7);
  the_child_went_no_further();
  run_gives(sley_workers_close(pool, 5), 0);
}

static sley_error *begin_well(void *ctx, void **state)
{
  (void)ctx;
  *state = NULL;
  return NULL;
}

static void a_thread_of_a_pool_that_forks_at_its_end(void **state)
{
  (void)state;
  sley_workers *pool;
  sley_workers_options o = {
      .size = sizeof(o), .maximum = 1, .begin = begin_well, .end = forking_end};
  fork_prepare();
  assert_null(sley_workers_new(&o, &pool));
  run_gives(sley_detach(pool, seven, sley_unit()), 7);
  run_gives(sley_workers_close(pool, 5), 0);
  the_child_went_no_further();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(with_every_lock_held),
      TEST(a_post_that_returns_in_the_child),
      TEST(a_thread_of_a_pool_that_forks),
      TEST(a_thread_of_a_pool_that_forks_at_its_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
