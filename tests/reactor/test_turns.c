/* How much of each source runs in a turn, in which order, and what is kept for the next turn. Tests can stop the
 * clock, and slices are small, so that nothing depends on how busy the machine is.
 * Tests src/reactor/budget.c, src/reactor/turn.c, src/reactor/clock.c. */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include <sley/io.h>

#include "support/slices.h"

static char heard[512];

static void tell(void *ctx) { strcat(heard, ctx); }

static void telling(sley_promise *p, const char *name)
{
  union {
    const char *in;
    char *out;
  } u = {name};
  sley_on_termination(p, tell, u.out);
  sley_drop(p);
}

#define STEP_IS_HEARD(wanted)           \
  do {                                  \
    heard[0] = '\0';                    \
    step();                             \
    assert_string_equal(heard, wanted); \
  } while (0)

/* ---- timers ---- */

static int fired;
static sley_time each; /* time that a callback takes */

static void fire(void *ctx)
{
  (void)ctx;
  fired++;
  still += each;
}

static void start_timers(int count)
{
  fired = 0;
  for (int i = 0; i < count; i++) {
    sley_promise *p = sley_sleep((double)(1) / SLEY_SECOND);
    sley_on_termination(p, fire, NULL);
    sley_drop(p);
  }
  still += SLEY_MILLISECOND;
}

static void timers_are_cut_and_go_on_in_order(void **state)
{
  (void)state;
  static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
  stop_clock();
  for (int i = 0; i < 10; i++) telling(sley_sleep((double)(1 + i % 2) / SLEY_SECOND), names[i]);
  still += SLEY_MILLISECOND;
  slice(0, 4);
  STEP_IS_HEARD("aceg");
  assert_int_equal(sley_step_timeout(), 0);
  STEP_IS_HEARD("ibdf");
  assert_int_equal(sley_step_timeout(), 0);
  STEP_IS_HEARD("hj");
  assert_int_equal(sley_step_timeout(), -1);
}

static void without_limit_all_run_in_one_turn(void **state)
{
  (void)state;
  stop_clock();
  start_timers(1000);
  each = SLEY_MILLISECOND;
  slice(-1, 16);
  step();
  assert_int_equal(fired, 1000);
}

/* The clock is read after 16 units, and after another 16: the slice is 100 us. */
static void a_source_has_its_time_and_sixteen_units_at_least(void **state)
{
  (void)state;
  static const struct {
    sley_time each;
    int fired;
  } cases[] = {{SLEY_MILLISECOND, 16}, {6250, 16}, {6249, 32}, {2000, 64}, {1042, 96}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    stop_clock();
    start_timers(200);
    each = cases[i].each;
    step();
    assert_int_equal(fired, cases[i].fired);
    while (sley_step_timeout() == 0) step();
    assert_int_equal(fired, 200);
  }
}

static int rung;

static void ring_again(void *ctx)
{
  rung++;
  if (rung == 5) return;
  sley_promise *p = sley_timeout(0); /* due immediately */
  sley_on_termination(p, ring_again, ctx);
  sley_drop(p);
}

static void a_timer_started_in_a_turn_waits_for_the_next(void **state)
{
  (void)state;
  stop_clock();
  rung = 0;
  sley_promise *p = sley_timeout(0);
  sley_on_termination(p, ring_again, NULL);
  sley_drop(p);
  for (int turn = 1; turn <= 5; turn++) {
    step();
    assert_int_equal(rung, turn);
  }
}

static sley_promise *last_timer;

static void cancel_last(void *ctx)
{
  (void)ctx;
  sley_cancel(last_timer);
}

/* A kept timer can be canceled before its turn. */
static void a_kept_timer_is_canceled(void **state)
{
  (void)state;
  stop_clock();
  sley_promise *first = sley_sleep((double)(1) / SLEY_SECOND);
  last_timer = sley_sleep((double)(1) / SLEY_SECOND);
  sley_on_termination(first, cancel_last, NULL);
  still += SLEY_MILLISECOND;
  slice(0, 1);
  step();
  assert_int_equal(sley_step_timeout(), -1);
  run_gives(first, 0);
  run_fails(last_timer, &sley_kind_sley, SLEY_ECANCELED);
}

/* ---- descriptors ---- */

enum { PIPES = 6 };
static int pipes[PIPES][2];

static void pipes_open(bool readable)
{
  for (int i = 0; i < PIPES; i++) {
    assert_int_equal(pipe(pipes[i]), 0);
    if (readable) assert_int_equal(write(pipes[i][1], "x", 1), 1);
  }
}

static void pipes_close(void)
{
  for (int i = 0; i < PIPES; i++) {
    close(pipes[i][0]);
    close(pipes[i][1]);
  }
}

static const char *const letters[] = {"a", "b", "c", "d", "e", "f"};

static void descriptors_are_cut_and_go_on_in_order(void **state)
{
  (void)state;
  char all[PIPES + 1] = "", whole[sizeof(heard)];
  pipes_open(true);
  heard[0] = '\0';
  for (int i = 0; i < PIPES; i++) telling(sley_wait_readable(pipes[i][0]), letters[i]);
  step();
  snprintf(whole, sizeof(whole), "%s", heard); /* the engine's order */
  assert_int_equal(strlen(whole), PIPES);
  for (int i = 0; i < PIPES; i++) telling(sley_wait_readable(pipes[i][0]), letters[i]);
  slice(0, 2);
  for (int turn = 0; turn < PIPES / 2; turn++) {
    heard[0] = '\0';
    step();
    assert_int_equal(strlen(heard), 2);
    assert_int_equal(sley_step_timeout(), turn < PIPES / 2 - 1 ? 0 : -1);
    strcat(all, heard);
  }
  assert_string_equal(all, whole);
  pipes_close();
}

static unsigned asked;
static const sley__engine_type *engine_in_use;

static void iterate_counted(struct sley__engine *engine, sley_time timeout)
{
  asked++;
  engine_in_use->iterate(engine, timeout);
}

/* How often the kernel is polled in these turns, each of which tries one of 20 ready descriptors. */
static unsigned asked_in(int turns, sley_time turn_takes)
{
  enum { MANY = 20 };
  int many[MANY][2];
  struct sley__loop *loop = sley__self()->loop;
  sley__engine_type counted = *loop->type;
  engine_in_use = loop->type;
  counted.iterate = iterate_counted;
  heard[0] = '\0';
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(pipe(many[i]), 0);
    assert_int_equal(write(many[i][1], "x", 1), 1);
    telling(sley_wait_readable(many[i][0]), "x");
  }
  stop_clock();
  slice(0, 1);
  loop->type = &counted;
  asked = 0;
  for (int turn = 0; turn < turns; turn++) {
    step();
    still += turn_takes;
  }
  unsigned times = asked;
  assert_int_equal(strlen(heard), turns < MANY ? turns : MANY);
  while (strlen(heard) < MANY) step();
  loop->type = engine_in_use;
  for (int i = 0; i < MANY; i++) {
    close(many[i][0]);
    close(many[i][1]);
  }
  return times;
}

static void the_kernel_is_not_asked_for_more_than_is_tried(void **state)
{
  (void)state;
  step();
  assert_int_equal(asked_in(16, 0), 1);
  assert_int_equal(asked_in(17, 0), 2);                   /* 16 turns */
  assert_int_equal(asked_in(6, SLEY_MILLISECOND / 2), 3); /* or a millisecond */
  assert_int_equal(asked_in(20, 0), 2);
  assert_int_equal(asked_in(21, 0), 3); /* nothing is left to try */
}

static sley_promise *kept[PIPES];

static void cancel_others(void *ctx)
{
  (void)ctx;
  for (int i = 0; i < PIPES; i++) sley_cancel(kept[i]);
}

static void a_kept_descriptor_is_canceled(void **state)
{
  (void)state;
  int over = 0;
  pipes_open(true);
  for (int i = 0; i < PIPES; i++) {
    kept[i] = sley_wait_readable(pipes[i][0]);
    sley_on_termination(kept[i], cancel_others, NULL);
  }
  slice(0, 1);
  step();
  assert_int_equal(sley_step_timeout(), -1); /* the others are no longer in any list */
  for (int i = 0; i < PIPES; i++) {
    sley_error *e = sley_run(kept[i], NULL);
    over += e == NULL;
    sley_error_drop(e);
  }
  assert_int_equal(over, 1);
  pipes_close();
}

static sley_io *objects[2];

static void abort_other(void *ctx)
{
  int other = *(int *)ctx;
  sley_io *io = objects[other];
  if (objects[1 - other] == NULL) return; /* called by the abort below */
  objects[other] = NULL;
  sley_io_abort(io);
  sley_io_drop(io);
}

static void a_kept_object_is_closed(void **state)
{
  (void)state;
  static int others[2] = {1, 0};
  int left = 0;
  pipes_open(true);
  sley_promise *reads[2];
  for (int i = 0; i < 2; i++) {
    assert_null(sley_io_from_fd(dup(pipes[i][0]), SLEY_IO_MODE_NONBLOCK, &objects[i]));
    reads[i] = sley_io_wait_readable(objects[i]);
  }
  for (int i = 0; i < 2; i++) sley_on_termination(reads[i], abort_other, &others[i]);
  slice(0, 1);
  step();
  assert_int_equal(sley_step_timeout(), -1);
  for (int i = 0; i < 2; i++) {
    sley_error_drop(sley_run(reads[i], NULL));
    if (objects[i] == NULL) continue;
    left++;
    sley_io_drop(objects[i]);
  }
  assert_int_equal(left, 1);
  pipes_close();
}

static sley_time told_at;

static void note_time(void *ctx)
{
  (void)ctx;
  told_at = sley_now();
}

/* In a descriptor's callback the time is later than the sleep before it. */
static void now_is_the_time_after_the_kernel_was_asked(void **state)
{
  (void)state;
  pipes_open(false);
  stop_clock();
  sley_promise *p = sley_wait_readable(pipes[0][0]);
  sley_on_termination(p, note_time, NULL);
  step();
  still += SLEY_SECOND;
  assert_int_equal(write(pipes[0][1], "x", 1), 1);
  step();
  assert_int_equal(told_at, still);
  run_gives(p, 0);
  pipes_close();
}

/* ---- order of the sources ---- */

static void the_next_turn_begins_with_the_source_that_was_cut(void **state)
{
  (void)state;
  pipes_open(false);
  stop_clock();
  telling(sley_wait_readable(pipes[0][0]), "d");
  step();
  for (int i = 0; i < 3; i++) telling(sley_sleep((double)(1) / SLEY_SECOND), "t");
  still += SLEY_MILLISECOND;
  slice(0, 2);
  STEP_IS_HEARD("tt");
  assert_int_equal(write(pipes[0][1], "x", 1), 1);
  telling(sley_sleep((double)(1) / SLEY_SECOND), "u");
  telling(sley_pause(), "p");
  still += SLEY_MILLISECOND;
  STEP_IS_HEARD("tudp"); /* first what was kept, then the others */
  assert_int_equal(sley_step_timeout(), -1);
  telling(sley_wait_readable(pipes[0][0]), "d");
  telling(sley_sleep((double)(1) / SLEY_SECOND), "t");
  still += SLEY_MILLISECOND;
  STEP_IS_HEARD("dt"); /* the usual order */
  pipes_close();
}

/* ---- how often the clock is read ---- */

/* Units until the budget is spent, up to most. */
static int units_done(sley__budget *budget, sley_time takes, int most)
{
  int done = 0;
  do {
    done++;
    still += takes;
  } while (!sley__budget_is_spent(budget, 1) && done < most);
  return done;
}

static void quick_units_are_looked_at_less_often(void **state)
{
  (void)state;
  sley__budget budget;
  stop_clock();
  budget.read = still;
  sley__budget_begin(&budget);
  readings = 0;
  assert_int_equal(units_done(&budget, 10, 880), 880);
  assert_int_equal(readings, 9); /* after 16, 48, 112, 240, and each 128 more */
  assert_int_equal(units_done(&budget, SLEY_MILLISECOND, 880), 128);
  assert_int_equal(units_done(&budget, 10, 880), 1); /* a spent budget stays spent */

  budget.read = still;
  sley__budget_begin(&budget);
  assert_int_equal(units_done(&budget, 10, 112), 112);
  assert_int_equal(units_done(&budget, 100, 128), 128); /* 12.8 us: no longer short */
  assert_int_equal(units_done(&budget, SLEY_MILLISECOND, 880), 16);
}

/* ---- pauses ---- */

static int rounds;

static sley_promise *pause_on(void *ctx, sley_value *v)
{
  (void)v;
  rounds++;
  still += each;
  return rounds >= 1000 ? sley_return(sley_unit()) : sley_bind(sley_pause(), pause_on, ctx);
}

static void pauses_have_their_rounds_and_their_time(void **state)
{
  (void)state;
  static const struct {
    sley_time each;
    struct sley__slice slice;
    int rounds;
  } cases[] = {{1, {100000, 16}, 64},
               {3000, {100000, 16}, 48},
               {SLEY_MILLISECOND, {100000, 16}, 16},
               {1, {0, 1}, 1},
               {1, {-1, 16}, 64}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    stop_clock();
    rounds = 0;
    each = cases[i].each;
    sley__slice = cases[i].slice;
    sley_promise *p = sley_bind(sley_pause(), pause_on, NULL);
    step();
    assert_int_equal(rounds, cases[i].rounds);
    run_gives(p, 0);
  }
}

static void count_round(void *ctx)
{
  (void)ctx;
  rounds++;
  still += 10000;
}

/* A round runs whole, but counts one unit for each pause. */
static void a_round_of_pauses_is_not_cut(void **state)
{
  (void)state;
  stop_clock();
  rounds = 0;
  for (int i = 0; i < 100; i++) {
    sley_promise *p = sley_pause();
    sley_on_termination(p, count_round, NULL);
    sley_drop(p);
  }
  each = 0;
  sley_promise *chain = sley_bind(sley_pause(), pause_on, NULL);
  step();
  assert_int_equal(rounds,
                   101); /* not the second round of the chain: the first took a millisecond */
  run_gives(chain, 0);
}

/* ---- signals ---- */

static void a_signal_ends_with_the_loop_it_came_for(void **state)
{
  (void)state;
  sley_promise *p = sley_wait_signal(SIGUSR2);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  raise(SIGUSR2);
  assert_int_equal(finish(), 0);
  assert_int_equal(begin(false, 0), 0);
  p = sley_wait_signal(SIGUSR2);
  for (int i = 0; i < 3; i++) step();
  assert_true(sley_is_pending(p));
  raise(SIGUSR2);
  run_gives(p, SIGUSR2);
}

/* An engine whose wake-up is slow. */
static sley__engine_type slow_to_wake;
static bool waking, may_end, woke; /* any thread, __atomic */

static bool wake_slowly(struct sley__engine *engine)
{
  (void)engine;
  __atomic_store_n(&waking, true, __ATOMIC_SEQ_CST);
  while (!__atomic_load_n(&may_end, __ATOMIC_SEQ_CST)) continue;
  struct timespec t = {0, 50000000};
  nanosleep(&t, NULL);
  __atomic_store_n(&woke, true, __ATOMIC_SEQ_CST);
  return true;
}

static void *raise_once(void *ctx)
{
  raise(SIGURG);
  return ctx;
}

static void a_loop_ends_after_the_handler_that_wakes_it(void **state)
{
  (void)state;
  sley_domain *d, *here = sley_domain_current();
  pthread_t thread;
  sley_domain_leave(here);
  assert_null(sley_domain_new(NULL, "short", &d));
  sley_domain_enter(d);
  sley_promise *p = sley_wait_signal(SIGURG);
  sley_cancel(p);
  run_fails(p, &sley_kind_sley, SLEY_ECANCELED);
  slow_to_wake = *d->loop->type;
  slow_to_wake.wake = wake_slowly;
  d->loop->type = &slow_to_wake;
  assert_int_equal(pthread_create(&thread, NULL, raise_once, NULL), 0);
  while (!__atomic_load_n(&waking, __ATOMIC_SEQ_CST)) continue;
  __atomic_store_n(&may_end, true, __ATOMIC_SEQ_CST);
  sley_domain_leave(d);
  assert_int_equal(sley_domain_end(d), 0);
  assert_true(__atomic_load_n(&woke, __ATOMIC_SEQ_CST));
  pthread_join(thread, NULL);
  sley_domain_enter(here);
}

#define TURNS(f) cmocka_unit_test_setup_teardown(f, slices_setup, slices_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TURNS(timers_are_cut_and_go_on_in_order),
      TURNS(without_limit_all_run_in_one_turn),
      TURNS(a_source_has_its_time_and_sixteen_units_at_least),
      TURNS(a_timer_started_in_a_turn_waits_for_the_next),
      TURNS(a_kept_timer_is_canceled),
      TURNS(descriptors_are_cut_and_go_on_in_order),
      TURNS(the_kernel_is_not_asked_for_more_than_is_tried),
      TURNS(a_kept_descriptor_is_canceled),
      TURNS(a_kept_object_is_closed),
      TURNS(now_is_the_time_after_the_kernel_was_asked),
      TURNS(the_next_turn_begins_with_the_source_that_was_cut),
      TURNS(quick_units_are_looked_at_less_often),
      TURNS(pauses_have_their_rounds_and_their_time),
      TURNS(a_round_of_pauses_is_not_cut),
      TURNS(a_signal_ends_with_the_loop_it_came_for),
      TURNS(a_loop_ends_after_the_handler_that_wakes_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
