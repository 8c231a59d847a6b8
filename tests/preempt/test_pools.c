/* What pools guarantee about their threads and queues: starvation, latency, classes, limits, thread state, signals,
 * names, places, figures, single threads in the child of a fork.
 * Tests src/preempt/workers.c, src/preempt/thread.c, src/preempt/system.c, src/preempt/fork.c, src/preempt/submit.c,
 * src/preempt/pool_list.c. */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "support/child.h"
#include "support/pools.h"

static pthread_t loop_thread;
static int on_the_loop; /* any thread, __atomic */

/* ---- starvation ---- */

enum { HANGING = 1000 };

static int pipe_ends[2];

static sley_error *reads(sley_value *arg, sley_value *out)
{
  char byte;
  (void)arg;
  if (pthread_equal(pthread_self(), loop_thread))
    __atomic_add_fetch(&on_the_loop, 1, __ATOMIC_RELAXED);
  *out = sley_int(read(pipe_ends[0], &byte, 1));
  return NULL;
}

static sley_promise *hanging[HANGING];

static void hang(void)
{
  loop_thread = pthread_self();
  on_the_loop = 0;
  assert_int_equal(pipe(pipe_ends), 0);
  for (int i = 0; i < HANGING; i++) hanging[i] = sley_detach(NULL, reads, sley_unit());
}

static void let_go(void)
{
  close(pipe_ends[1]);
  for (int i = 0; i < HANGING; i++) run_gives(hanging[i], 0);
  close(pipe_ends[0]);
  assert_int_equal(on_the_loop, 0);
}

static void dns_and_calculation_work_while_files_hang(void **state)
{
  (void)state;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof(address);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(fd, 8), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
  char port[8];
  snprintf(port, sizeof(port), "%d", ntohs(address.sin_port));
  hang();
  sley_value v;
  sley_error *e = sley_run(sley_with_timeout(sley_connect(NULL, "localhost", port), 60), &v);
  assert_null(e);
  sley_value_drop(&v);
  e = sley_run(
      sley_with_timeout(
          sley_detach(sley_workers_default(SLEY_WORKERS_PURPOSE_COMPUTE), doubled, token(4)), 60),
      &v);
  assert_null(e);
  assert_int_equal(v.i, 8);
  sley_workers_counters c = {.size = sizeof(c)};
  sley_workers_counters_get(sley_workers_default(SLEY_WORKERS_PURPOSE_IO), &c);
  assert_true(c.threads <= 64 && c.threads_most <= 64);
  assert_int_equal(c.busy + c.queued, HANGING);
  let_go();
  close(fd);
}

/* The least delay of several timers, in ns: other load on the machine delays the rest. */
static sley_time lateness(void)
{
  enum { TIMERS = 41 };
  sley_time least = INT64_MAX;
  for (int i = 0; i < TIMERS; i++) {
    sley_time due = sley_now() + 2 * SLEY_MILLISECOND;
    run_gives(sley_sleep((double)(2 * SLEY_MILLISECOND) / SLEY_SECOND), 0);
    sley_time late = sley_now() - due;
    assert_true(late >= 0);
    if (late < least) least = late;
  }
  return least;
}

/* On a busy machine one success among several tries is enough; a loop that ran a job would never return. */
static void a_blocked_pool_delays_no_timer(void **state)
{
  (void)state;
  enum { TRIES = 50 };
  sley_time before = 0, during = 0;
  for (int i = 0; i < TRIES; i++) {
    before = lateness();
    hang();
    during = lateness();
    let_go();
    if (during <= before + before / 4 + 20000) return;
  }
  fail_msg("lateness %d us, with 1,000 jobs hanging %d us", (int)(before / 1000),
           (int)(during / 1000));
}

/* ---- order, classes, limits ---- */

static int order[64], order_count; /* one thread */

static sley_error *notes(sley_value *arg, sley_value *out)
{
  (void)out;
  order[order_count++] = (int)arg->i;
  return NULL;
}

static void classes_and_order(void **state)
{
  (void)state;
  enum { JOBS = 40 };
  sley_workers *pool = pool_of(1);
  sley_promise *ps[JOBS + 1];
  gate_close();
  order_count = 0;
  ps[JOBS] = sley_detach(pool, gated, token(0));
  gate_wait(1);
  for (int i = 0; i < JOBS; i++)
    ps[i] =
        sley_detach_class(pool, i < 4 ? SLEY_PRIORITY_LOW : SLEY_PRIORITY_HIGH, notes, sley_int(i));
  gate_release();
  run_gives(ps[JOBS], 0);
  for (int i = 0; i < JOBS; i++) run_gives(ps[i], 0);
  int low = 0, last_high = -1;
  for (int i = 0; i < JOBS; i++) {
    if (order[i] < 4) {
      assert_int_equal(order[i], low++);
      if (low == 1) assert_true(i > 0 && i < 16); /* not starved */
    } else {
      assert_true(order[i] > last_high);
      last_high = order[i];
    }
  }
  run_fails(sley_detach_class(pool, (sley_priority)7, notes, sley_int(1)), &sley_kind_sley,
            SLEY_EINVAL);
  close_pool(pool);
}

/* Defect (e) of Lwt: the limit is stored, and nothing keeps it. */
static void a_full_queue_waits_or_refuses(void **state)
{
  (void)state;
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o), .name = "full", .maximum = 1, .queue = 2};
  assert_null(sley_workers_new(&o, &pool));
  gate_close();
  tokens.dropped = 0;
  sley_promise *runs = sley_detach(pool, gated, token(1)), *p, *waiting[6];
  gate_wait(1);
  for (int i = 0; i < 2; i++)
    assert_int_equal(sley_try_detach(pool, SLEY_PRIORITY_NORMAL, doubled, token(i), &waiting[i]),
                     0);
  assert_int_equal(sley_try_detach(pool, SLEY_PRIORITY_NORMAL, doubled, token(9), &p),
                   -SLEY_EAGAIN);
  assert_null(p);
  assert_int_equal(tokens_dropped(), 1);
  for (int i = 2; i < 6; i++) waiting[i] = sley_detach(pool, doubled, token(i));
  assert_int_equal(sley_try_detach(pool, SLEY_PRIORITY_LOW, doubled, token(7), &p), 0);
  sley_cancel(waiting[4]);
  assert_int_equal(tokens_dropped(), 2);
  gate_release();
  run_gives(runs, 2);
  for (int i = 0; i < 6; i++)
    if (i != 4) run_gives(waiting[i], i * 2);
  run_fails(waiting[4], &sley_kind_sley, SLEY_ECANCELED);
  run_gives(p, 14);
  close_pool(pool);
}

static void completions_come_in_the_order_they_ended(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(1);
  sley_promise *ps[16];
  order_count = 0;
  for (int i = 0; i < 16; i++) ps[i] = sley_detach(pool, notes, sley_int(i));
  usleep(20000); /* all have ended before the loop reads them */
  for (int i = 0; i < 16; i++) assert_true(sley_is_pending(ps[i]));
  run_gives(ps[15], 0);
  for (int i = 0; i < 15; i++) {
    assert_false(sley_is_pending(ps[i]));
    sley_drop(ps[i]);
  }
  for (int i = 0; i < 16; i++) assert_int_equal(order[i], i);
  close_pool(pool);
}

/* ---- threads ---- */

typedef struct shape {
  char name[16];
  bool signals_blocked;
  int processors;
  size_t stack;
  void *state;
} shape;

static sley_error *look(sley_value *arg, sley_value *out)
{
  shape *s = arg->ptr;
  sigset_t blocked;
  cpu_set_t set;
  pthread_attr_t attributes;
  (void)out;
  pthread_getname_np(pthread_self(), s->name, sizeof(s->name));
  pthread_sigmask(SIG_SETMASK, NULL, &blocked);
  s->signals_blocked = sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGUSR1) == 1;
  sched_getaffinity(0, sizeof(set), &set);
  s->processors = CPU_COUNT(&set);
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstacksize(&attributes, &s->stack);
  pthread_attr_destroy(&attributes);
  s->state = sley_worker_state();
  return NULL;
}

static int begun, ended; /* any thread, __atomic */

static sley_error *thread_begin(void *ctx, void **state)
{
  *state = ctx;
  __atomic_add_fetch(&begun, 1, __ATOMIC_RELAXED);
  return NULL;
}

static void thread_end(void *ctx, void *state)
{
  assert_ptr_equal(ctx, state);
  __atomic_add_fetch(&ended, 1, __ATOMIC_RELAXED);
}

static void threads_are_as_promised(void **state)
{
  (void)state;
  sley_workers *pool;
  shape s = {.name = ""};
  begun = ended = 0;
  sley_workers_options o = {.size = sizeof(o),
                            .name = "a-very-long-name-of-a-pool",
                            .maximum = 2,
                            .stack = 32 << 20, /* more than the system's default */
                            .begin = thread_begin,
                            .end = thread_end,
                            .ctx = &s};
  assert_null(sley_workers_new(&o, &pool));
  run_gives(sley_detach(pool, look, sley_borrow(&s)), 0);
  assert_string_equal(s.name, "a-very-long-n-1");
  assert_true(s.signals_blocked);
  assert_true(s.stack >= 32 << 20);
  assert_ptr_equal(s.state, &s);
  assert_null(sley_worker_state());
  close_pool(pool);
  assert_int_equal(begun, ended);
  assert_true(begun >= 1);
}

static sley_promise *detach_here(sley_value *arg)
{
  return sley_detach(sley_workers_default(SLEY_WORKERS_PURPOSE_COMPUTE), look, *arg);
}

static void a_domains_pinning_is_not_inherited(void **state)
{
  (void)state;
  cpu_set_t all;
  sched_getaffinity(0, sizeof(all), &all);
  shape s = {.name = ""};
  sley_domain *pinned;
  sley_domain_options o = {.size = sizeof(o), .name = "pinned", .processor = 1};
  if (!CPU_ISSET(0, &all)) skip();
  assert_null(sley_domain_spawn(&o, &pinned));
  run_gives(sley_call(pinned, detach_here, sley_borrow(&s)), 0);
  assert_int_equal(s.processors, CPU_COUNT(&all));
  run_gives(sley_domain_shutdown(pinned, 1), 0);
  sley_domain_drop(pinned);
}

static sley_error *cannot_begin(void *ctx, void **state)
{
  (void)ctx;
  (void)state;
  return sley_error_new(&sley_kind_errno, ENOENT, "no licence");
}

static void a_thread_that_cannot_begin(void **state)
{
  (void)state;
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o), .name = "sick", .maximum = 2, .begin = cannot_begin};
  tokens.dropped = 0;
  assert_null(sley_workers_new(&o, &pool));
  for (int round = 0; round < 3; round++) {
    sley_promise *other = sley_detach(pool, doubled, token(1));
    const char *text = run_fails(sley_detach(pool, doubled, token(1)), &sley_kind_errno, ENOENT);
    assert_non_null(strstr(text, "no licence"));
    run_fails(other, &sley_kind_errno, ENOENT);
  }
  close_pool(pool);
  assert_int_equal(tokens_dropped(), 6);
}

static void idle_threads_retire(void **state)
{
  (void)state;
  sley_workers *pool;
  sley_workers_options o = {
      .size = sizeof(o), .name = "elastic", .minimum = 1, .maximum = 6, .idle = 0.02};
  assert_null(sley_workers_new(&o, &pool));
  gate_close();
  sley_promise *ps[6];
  for (int i = 0; i < 6; i++) ps[i] = sley_detach(pool, gated, token(i));
  gate_wait(6); /* each starts the next, however they are linked */
  gate_release();
  for (int i = 0; i < 6; i++) run_gives(ps[i], i * 2);
  sley_workers_counters c = {.size = sizeof(c)};
  for (int i = 0; i < 500; i++) {
    sley_workers_counters_get(pool, &c);
    if (c.threads == 1) break;
    usleep(10000);
  }
  assert_int_equal(c.threads, 1);
  assert_int_equal(c.threads_most, 6);
  assert_int_equal(c.started, 6);
  run_gives(sley_detach(pool, doubled, token(3)), 6);
  close_pool(pool);
}

/* ---- figures ---- */

static int reported;

static void report(void *ctx, const char *thread, const char *site, sley_time inside)
{
  (void)ctx;
  assert_string_equal(thread, "test-1");
  assert_non_null(strstr(site, "test_pools.c"));
  assert_true(inside >= 0);
  reported++;
}

static void figures(void **state)
{
  (void)state;
  sley_workers *pool = pool_of(1);
  gate_close();
  reported = 0;
  sley_promise *runs = sley_detach(pool, gated, token(1)),
               *waits = sley_detach(pool, doubled, token(2)),
               *gone = sley_detach(pool, doubled, token(3));
  gate_wait(1);
  sley_cancel(gone);
  sley_drop(gone);
  usleep(3000);
  sley_workers_counters c = {.size = sizeof(c)};
  sley_workers_counters_get(pool, &c);
  assert_int_equal(c.busy, 1);
  assert_int_equal(c.queued, 1);
  assert_int_equal(c.canceled, 1);
  assert_true(c.oldest >= 3 * SLEY_MILLISECOND);
  sley_workers_report(pool, report, NULL);
  assert_int_equal(reported, 1);
  gate_release();
  run_gives(runs, 2);
  run_gives(waits, 4);
  run_gives(sley_workers_drain(pool), 0);
  sley_workers_counters_get(pool, &c);
  assert_int_equal(c.finished, 2);
  assert_true(c.run_most >= 3 * SLEY_MILLISECOND && c.run_total >= c.run_most);
  assert_true(c.wait_most >= 3 * SLEY_MILLISECOND && c.wait_total >= c.wait_most);
  assert_string_equal(sley_workers_name(pool), "test");
  close_pool(pool);
}

static void another_runtimes_pool(void **state)
{
  (void)state;
  sley_runtime *other;
  sley_domain *d;
  sley_workers *pool = pool_of(1);
  assert_null(sley_runtime_new(NULL, &other));
  assert_null(sley_domain_new(other, "other", &d));
  sley_domain_enter(d);
  run_fails(sley_detach(pool, doubled, token(1)), &sley_kind_sley, SLEY_EINVAL);
  sley_domain_leave(d);
  assert_int_equal(sley_domain_end(d), 0);
  sley_runtime_drop(other);
  close_pool(pool);
}

/* ---- fork ---- */

/* The thread checker allows no thread in the child of a fork. */
#ifndef __SANITIZE_THREAD__

static sley_workers *parents;

static void uses_the_parents(void) { sley_drop(sley_detach(parents, doubled, sley_unit())); }

static void uses_the_parents_pool_later(void)
{
  sley_after_fork_child();
  sley_drop(sley_detach(parents, doubled, sley_unit()));
}

static sley_error *seven(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = sley_int(7);
  return NULL;
}

static void begins_anew(void)
{
  sley_value v = sley_unit();
  sley_after_fork_child();
  if (sley_run(sley_detach(NULL, seven, sley_unit()), &v) != NULL || v.i != 7) _exit(1);
  if (sley_finish() != 0) _exit(2);
}

static void in_the_child_of_a_fork(void **state)
{
  (void)state;
  char text[512];
  sley_workers *pool = parents = pool_of(1);
  run_gives(sley_detach(pool, doubled, token(1)), 2);
  run_gives(sley_detach(NULL, doubled, token(1)), 2);
  assert_true(WIFSIGNALED(run_in_child(uses_the_parents, text, sizeof(text))));
  assert_non_null(strstr(text, "child of a fork"));
  assert_true(WIFSIGNALED(run_in_child(uses_the_parents_pool_later, text, sizeof(text))));
  assert_non_null(strstr(text, "pool test, which belongs to the parent"));
  assert_int_equal(run_in_child(begins_anew, text, sizeof(text)), 0);
  run_gives(sley_detach(pool, doubled, token(1)), 2); /* the parent is unaffected */
  close_pool(pool);
}

static sley_error *forks(sley_value *arg, sley_value *out)
{
  int ends[2];
  pid_t child = child_fork(ends);
  if (child == 0) return NULL; /* the child must not get here */
  int status = child_said(child, ends, arg->ptr, 512);
  *out = sley_int(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  return NULL;
}

static void a_job_that_returns_in_the_child(void **state)
{
  (void)state;
  char text[512];
  run_gives(sley_detach(NULL, forks, sley_borrow(text)), SIGABRT);
  assert_non_null(strstr(text, "returned in the child of a fork"));
}

#endif

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(dns_and_calculation_work_while_files_hang),
      TEST(a_blocked_pool_delays_no_timer),
      TEST(classes_and_order),
      TEST(a_full_queue_waits_or_refuses),
      TEST(completions_come_in_the_order_they_ended),
      TEST(threads_are_as_promised),
      TEST(a_domains_pinning_is_not_inherited),
      TEST(a_thread_that_cannot_begin),
      TEST(idle_threads_retire),
      TEST(figures),
      TEST(another_runtimes_pool),
#ifndef __SANITIZE_THREAD__
      TEST(in_the_child_of_a_fork),
      TEST(a_job_that_returns_in_the_child),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
