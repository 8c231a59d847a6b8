/* What a domain does in one turn with incoming messages: how much, in which order, which it keeps for later, and
 * what happens to those at its end. Except in the last tests, slices are counted in units, independent of time.
 * Tests src/domain/link/turn.c, src/domain/link/local.c, src/domain/link/post.c. */
#include <time.h>

#include "domain/link/link.h"
#include "preempt/pool.h"
#include "support/domains.h"

static bool anything_waits(const sley_domain *d)
{
  return sley__seat_keeps_mail(d->seat) || sley__seat_has_mail(d->seat);
}

static struct sley__slice usual;

static void slice(sley_time time, unsigned units)
{
  sley__slice = (struct sley__slice){time, units};
}

static int turns_setup(void **state)
{
  usual = sley__slice;
  return setup(state);
}

static int turns_teardown(void **state)
{
  sley__slice = usual;
  return teardown(state);
}

static void step(void) { assert_null(sley_step(0)); }

/* ---- posts ---- */

static char ran[256]; /* written by the main domain */

static void run(sley_value *arg)
{
  size_t at = strlen(ran);
  ran[at] = (char)arg->i;
  ran[at + 1] = '\0';
}

#define STEP_RUNS(wanted)             \
  do {                                \
    ran[0] = '\0';                    \
    step();                           \
    assert_string_equal(ran, wanted); \
  } while (0)

typedef struct errand {
  sley_domain *to;
  const char *letters;
  sley_remote *answers; /* after the posts; NULL: none */
} errand;

static void *post_letters(void *ctx)
{
  errand *e = ctx;
  for (const char *c = e->letters; *c != '\0'; c++)
    if (sley_post(e->to, run, sley_int(*c)) != 0) abort();
  if (e->answers != NULL && sley_remote_fulfill(&e->answers, sley_int(1)) != 0) abort();
  return NULL;
}

static void posted_from_outside(errand e)
{
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, post_letters, &e), 0);
  pthread_join(thread, NULL);
}

static void foreign_posts_are_cut_and_go_on_in_order(void **state)
{
  (void)state;
  sley_domain *here = sley_domain_keep(sley_domain_current());
  posted_from_outside((errand){.to = here, .letters = "abcdefghij"});
  slice(0, 4);
  STEP_RUNS("abcd");
  assert_int_equal(sley_step_timeout(), 0);
  assert_true(anything_waits(here));
  posted_from_outside((errand){.to = here, .letters = "kl"});
  STEP_RUNS("efgh");
  STEP_RUNS("ijkl");
  assert_int_equal(sley_step_timeout(), -1);
  assert_int_equal(here->seat->foreign_posts, 0);
  sley_domain_drop(here);
}

/* A loop that sleeps between turns does not sleep while it holds kept posts. */
static void kept_posts_keep_the_loop_awake(void **state)
{
  (void)state;
  sley_domain *here = sley_domain_keep(sley_domain_current());
  posted_from_outside((errand){.to = here, .letters = "abcdefghij"});
  slice(0, 1);
  ran[0] = '\0';
  for (int i = 0; i < 10; i++) {
    assert_null(sley_step(60 * SLEY_SECOND)); /* the test would end with nothing tested */
    assert_int_equal(strlen(ran), i + 1);
  }
  sley_domain_drop(here);
}

/* A flooded domain still reads answers, and finds new domains, immediately. */
static void an_answer_does_not_wait_for_the_posts_before_it(void **state)
{
  (void)state;
  sley_domain *here = sley_domain_keep(sley_domain_current());
  errand e = {.to = here, .letters = "abcdefghij"};
  sley_promise *p = sley_remote_new(&e.answers);
  posted_from_outside(e);
  slice(0, 1);
  STEP_RUNS("a");
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  run_gives(p, 1);
  for (int i = 1; i < 10; i++) step();
  sley_domain_drop(here);
}

static void note_answer(void *ctx)
{
  size_t at = strlen(ran);
  ran[at] = *(char *)ctx;
  ran[at + 1] = '\0';
}

static char all_letters[] = "abcdefghijkl";

static void *answer_all(void *ctx)
{
  sley_remote **answers = ctx;
  for (; *answers != NULL; answers++) sley_remote_fulfill(answers, sley_unit());
  return NULL;
}

static void answered_from_outside(sley_remote **answers)
{
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, answer_all, answers), 0);
  pthread_join(thread, NULL);
}

static void answers_are_cut_and_go_on_in_order(void **state)
{
  (void)state;
  sley_remote *first[11] = {NULL}, *second[3] = {NULL};
  for (int i = 0; i < 12; i++) {
    sley_promise *p = sley_remote_new(i < 10 ? &first[i] : &second[i - 10]);
    sley_on_termination(p, note_answer, &all_letters[i]);
    sley_drop(p);
  }
  answered_from_outside(first);
  slice(0, 4);
  STEP_RUNS("abcd");
  assert_int_equal(sley_step_timeout(), 0);
  assert_true(anything_waits(sley_domain_current()));
  answered_from_outside(second);
  STEP_RUNS("efgh");
  STEP_RUNS("ijkl");
  assert_int_equal(sley_step_timeout(), -1);
}

static void own_posts_are_cut_and_go_on_in_order(void **state)
{
  (void)state;
  sley_domain *here = sley_domain_current();
  for (const char *c = "abcdefghij"; *c != '\0'; c++)
    assert_int_equal(sley_post(here, run, sley_int(*c)), 0);
  slice(0, 4);
  STEP_RUNS("abcd");
  assert_int_equal(sley_step_timeout(), 0);
  STEP_RUNS("efgh");
  STEP_RUNS("ij");
  assert_int_equal(sley_step_timeout(), -1);
  sley_domain_counters c = {.size = sizeof(c)};
  sley_domain_counters_get(here, &c);
  assert_int_equal(c.received, 10);
  assert_int_equal(c.longest_queue, 10); /* independent of how many turns it took */
}

static sley_domain *receiver;

static sley_promise *post_ten(sley_value *arg)
{
  for (int i = 0; i < 10; i++)
    if (sley_post(receiver, run, sley_int(arg->i)) != 0) abort();
  sley_domain_flush();
  return sley_return(sley_unit());
}

/* Several senders take turns: the next turn begins after the sender that was cut off. */
static void one_sender_does_not_hold_up_another(void **state)
{
  (void)state;
  static const char *const names[] = {"first", "second", "third"};
  sley_domain *senders[3];
  receiver = sley_domain_keep(sley_domain_current());
  slice(0, 4);
  for (int i = 0; i < 3; i++) {
    senders[i] = start(names[i]);
    run_gives(sley_call(senders[i], post_ten, sley_int('.')), 0); /* registered from here on */
  }
  run_gives(sley_sleep(0.001), 0);
  while (anything_waits(receiver)) step();
  for (int i = 0; i < 3; i++) sley_drop(sley_call(senders[i], post_ten, sley_int('a' + i)));
  sley_domain_flush();
  /* Until all have sent; the receiver reads nothing meanwhile. */
  for (const peer *p = receiver->seat->incoming; p != NULL; p = p->next_incoming)
    while (sley__ring_is_empty(p->ring)) usleep(1000);
  usleep(20000);
  bool seen[3] = {false};
  for (int turn = 0; turn < 3; turn++) {
    ran[0] = '\0';
    step();
    assert_true(strlen(ran) >= 3 && strlen(ran) <= 4); /* one can be the answer to the call */
    for (const char *c = ran; *c != '\0'; c++) assert_int_equal(*c, ran[0]);
    seen[ran[0] - 'a'] = true;
  }
  assert_true(seen[0] && seen[1] && seen[2]);
  while (anything_waits(receiver)) step();
  for (int i = 0; i < 3; i++) end_leaving_nothing(senders[i]);
  sley_domain_drop(receiver);
}

/* ---- batches ---- */

enum { MANY = 10000 };
static int in_order;

static void next_number(sley_value *arg)
{
  if (arg->i == in_order) in_order++;
}

static void *post_many(void *to)
{
  for (int i = 0; i < MANY; i++)
    if (sley_post(to, next_number, sley_int(i)) != 0) abort();
  return NULL;
}

/* Transferring a batch also takes bounded time. */
static void what_came_together_is_taken_over_in_parts(void **state)
{
  (void)state;
  sley_domain *here = sley_domain_keep(sley_domain_current());
  pthread_t thread;
  in_order = 0;
  assert_int_equal(pthread_create(&thread, NULL, post_many, here), 0);
  pthread_join(thread, NULL);
  slice(-1, 16);
  for (int i = 0; i < MANY / 4096; i++) {
    assert_null(sley_step(60 * SLEY_SECOND));
    assert_int_equal(in_order, 0);
    assert_int_equal(sley_step_timeout(), 0);
  }
  step();
  assert_int_equal(in_order, MANY);
  sley_domain_drop(here);
}

/* ---- results of jobs ---- */

static sley_error *nothing_much(sley_value *arg, sley_value *out)
{
  *out = sley_int(arg->i);
  return NULL;
}

static int settled;

static void count_settled(void *ctx)
{
  (void)ctx;
  settled++;
}

enum { JOBS = 10 };
static sley_promise *jobs[JOBS];

/* Starts some jobs and waits until their results have arrived. */
static void results_come(void)
{
  settled = 0;
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = sley_detach(NULL, nothing_much, sley_int(i));
    sley_on_termination(jobs[i], count_settled, NULL);
  }
  assert_null(sley_step(0)); /* sends the jobs; results that have arrived can be read */
  usleep(50000);
}

static void results_are_cut_and_go_on(void **state)
{
  (void)state;
  slice(0, 1);
  results_come();
  assert_true(settled <= 1);
  while (settled < JOBS) {
    int before = settled;
    assert_null(sley_step(60 * SLEY_SECOND));
    assert_true(settled <= before + 1);
    if (settled > before && settled < JOBS &&
        !sley__intake_is_empty(&sley_domain_current()->completions->intake))
      assert_int_equal(sley_step_timeout(), 0);
  }
  for (int i = 0; i < JOBS; i++) run_gives(jobs[i], i);
}

static sley_error *new_token(sley_value *arg, sley_value *out)
{
  *out = token(arg->i);
  return NULL;
}

static void kept_results_end_with_the_domain(void **state)
{
  (void)state;
  slice(0, 1);
  for (int i = 0; i < JOBS; i++) jobs[i] = sley_detach(NULL, new_token, sley_int(i));
  step(); /* jobs are sent with the turn */
  while (tokens_alive() < JOBS) usleep(1000);
  usleep(20000);
  step();
  assert_false(sley__intake_is_empty(&sley_domain_current()->completions->intake));
  for (int i = 0; i < JOBS; i++) {
    sley_cancel(jobs[i]);
    sley_drop(jobs[i]);
  }
  assert_int_equal(finish(), 0);
  assert_int_equal(tokens_alive(), 0);
  assert_int_equal(begin(false, 0), 0);
}

/* ---- the end ---- */

static int begun;

static void take_token(sley_value *arg)
{
  (void)arg;
  begun++;
}

static void *post_tokens(void *to)
{
  for (int i = 0; i < 10; i++)
    if (sley_post(to, take_token, token(i)) != 0) abort();
  return NULL;
}

static void kept_posts_end_with_the_domain(void **state)
{
  (void)state;
  sley_domain *here = sley_domain_keep(sley_domain_current());
  pthread_t thread;
  begun = 0;
  assert_int_equal(pthread_create(&thread, NULL, post_tokens, here), 0);
  pthread_join(thread, NULL);
  slice(0, 4);
  step();
  assert_int_equal(begun, 4);
  assert_int_equal(tokens_alive(), 6);
  sley_domain_drop(here);
  assert_int_equal(finish(), 0);
  assert_int_equal(tokens_alive(), 0);
  assert_int_equal(begin(false, 0), 0);
}

static sley_promise *at_once(sley_value *arg) { return sley_return(sley_int(arg->i)); }

/* Shutdown requests come after calls that were made earlier, even if those take many turns. */
static void calls_made_before_a_shutdown_are_answered(void **state)
{
  (void)state;
  enum { CALLS = 50 };
  sley_promise *ps[CALLS];
  slice(0, 1);
  for (int round = 0; round < 20; round++) {
    sley_domain *d = start("called");
    run_gives(sley_call(d, at_once, sley_int(1)), 1);
    for (int i = 0; i < CALLS; i++) ps[i] = sley_call(d, at_once, sley_int(i));
    sley_promise *over = sley_domain_shutdown(d, 5);
    for (int i = 0; i < CALLS; i++) run_gives(ps[i], i);
    run_gives(over, 0);
    sley_domain_drop(d);
  }
}

/* Posts two copies of itself until there is no more room. */
static void again(sley_value *arg)
{
  for (int i = 0; i < 2; i++)
    if (sley_post(sley_domain_current(), again, *arg) == 0) sley_domain_flush();
}

/* A ring that is never empty does not delay a request forever. */
static void a_domain_that_floods_itself_is_shut_down(void **state)
{
  (void)state;
  slice(0, 16);
  receiver = start("flooded");
  assert_int_equal(sley_post(receiver, again, sley_unit()), 0);
  run_gives(sley_call(receiver, at_once, sley_int(1)), 1);
  run_gives(sley_sleep(0.02), 0);
  run_gives(sley_with_timeout(sley_domain_shutdown(receiver, 5), 20), 0);
  sley_domain_drop(receiver);
}

/* ---- time ---- */

static bool stop;           /* any thread, __atomic */
static unsigned posts_done; /* likewise */

static void five_microseconds(sley_value *arg)
{
  sley_time until = sley__clock() + 5000;
  (void)arg;
  while (sley__clock() < until) continue;
  __atomic_add_fetch(&posts_done, 1, __ATOMIC_RELAXED);
}

static void *post_on(void *ctx)
{
  (void)ctx;
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
    if (sley_post(receiver, five_microseconds, sley_unit()) != 0) usleep(100);
  return NULL;
}

static sley_promise *late(sley_value *arg)
{
  (void)arg;
  return sley_sleep(0.01);
}

/* Fault 32. An inbox full of such posts is a third of a second of work; the fastest call of ten seconds counts,
 * because the machine can be busy. The first call comes from a domain that is new to the receiver: what the receiver did
 * before it counts. */
static void foreign_posts_do_not_starve_a_domain(void **state)
{
  (void)state;
  sley_time call = INT64_MAX, timer = INT64_MAX;
  pthread_t thread;
  __atomic_store_n(&stop, false, __ATOMIC_RELAXED);
  receiver = start("flooded");
  assert_int_equal(pthread_create(&thread, NULL, post_on, NULL), 0);
  for (int i = 0; i < 400; i++) { /* it is full, or has been filling for two seconds */
    if (__atomic_load_n(&receiver->seat->foreign_posts, __ATOMIC_RELAXED) > FOREIGN_POSTS - 1000)
      break;
    run_gives(sley_sleep(0.005), 0);
  }
  unsigned done = __atomic_load_n(&posts_done, __ATOMIC_RELAXED);
  run_gives(sley_call(receiver, at_once, sley_int(1)), 1);
  done = __atomic_load_n(&posts_done, __ATOMIC_RELAXED) - done;
  if (done >= FOREIGN_POSTS / 2) fail_msg("behind %u posts", done);
  sley_time end = sley__clock() + 10 * SLEY_SECOND;
  while ((call >= 5 * SLEY_MILLISECOND || timer >= 5 * SLEY_MILLISECOND) && sley__clock() < end) {
    sley_time began = sley__clock();
    run_gives(sley_call(receiver, at_once, sley_int(1)), 1);
    sley_time took = sley__clock() - began;
    if (took < call) call = took;
    began = sley__clock();
    run_gives(sley_call(receiver, late, sley_unit()), 0);
    took = sley__clock() - began - 10 * SLEY_MILLISECOND;
    if (took < timer) timer = took;
  }
  assert_true(call < 5 * SLEY_MILLISECOND);
  assert_true(timer < 5 * SLEY_MILLISECOND);
  __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
  pthread_join(thread, NULL);
  end_leaving_nothing(receiver);
}

#define TURNS(f) cmocka_unit_test_setup_teardown(f, turns_setup, turns_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TURNS(foreign_posts_are_cut_and_go_on_in_order),
      TURNS(kept_posts_keep_the_loop_awake),
      TURNS(an_answer_does_not_wait_for_the_posts_before_it),
      TURNS(answers_are_cut_and_go_on_in_order),
      TURNS(own_posts_are_cut_and_go_on_in_order),
      TURNS(one_sender_does_not_hold_up_another),
      TURNS(what_came_together_is_taken_over_in_parts),
      TURNS(results_are_cut_and_go_on),
      TURNS(kept_results_end_with_the_domain),
      TURNS(kept_posts_end_with_the_domain),
      TURNS(calls_made_before_a_shutdown_are_answered),
      TURNS(a_domain_that_floods_itself_is_shut_down),
      TURNS(foreign_posts_do_not_starve_a_domain),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
