/* Hand-overs to a thread that sleeps or is about to sleep: none may be lost. Tested twice: the queue protocol alone,
 * with a yield in place of the kernel's wait, so that the race between the last check and the wake-up occurs as
 * often as possible; and domains that sleep in the kernel each time.
 *
 * SLEY_HANDOVERS_YIELD and SLEY_HANDOVERS_SLEEP set the counts (300000, 30000 under the thread checker, and 4000, or
 * as many as 10 s each allow on a machine so busy that a yield takes milliseconds); scripts/handovers runs 10^9 and
 * 10^7.
 * Tests src/queue/sleeper.c, src/queue/inbox.c, src/reactor/park.c, src/domain/link/spin.c. */
#include <sched.h>
#include <unistd.h>

#include <sley/io.h>

#include "queue/queue_floor.h"
#include "reactor/reactor_floor.h"
#include "support/clock.h"
#include "support/process.h"

#ifdef __SANITIZE_THREAD__
enum { SHORT_RUN = 30000 };
#else
enum { SHORT_RUN = 300000 };
#endif
enum { CAPACITY = 64 };
static const double patience = 20; /* seconds without a hand-over that mean one is lost */
static const double enough = 10;   /* seconds, if no count is set */

static uint64_t wanted(const char *variable, uint64_t otherwise)
{
  const char *text = getenv(variable);
  return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static bool is_enough(const char *variable, double begun)
{
  return getenv(variable) == NULL && clock_seconds() - begun > enough;
}

/* ---- the protocol alone ---- */

typedef struct side {
  struct sley__ring *ring; /* to this side */
  struct sley__inbox inbox;
  struct sley__inbox_node node; /* sent by this side; taken before it is sent again */
  struct sley__sleeper sleeper;
  unsigned woken; /* the kernel's part: any thread, __atomic */
  uint64_t slept, woken_late;
  char apart[128];
} side;

static side sides[2];
static void *memories[2];
static uint64_t rounds;

static bool anything_came(const side *s)
{
  return !sley__ring_is_empty(s->ring) || !sley__inbox_is_empty(&s->inbox);
}

static void fail_lost(const side *s)
{
  fprintf(stderr, "a wake-up is lost: side %d sleeps, its queues are %s\n", (int)(s - sides),
          anything_came(s) ? "not empty" : "empty");
  abort();
}

static void sleep_until_woken(side *s)
{
  s->slept++;
  double asleep_since = 0;
  for (uint64_t looks = 1; __atomic_exchange_n(&s->woken, 0, __ATOMIC_ACQUIRE) == 0; looks++) {
    sched_yield();
    if (looks % 65536 != 0) continue;
    if (asleep_since == 0) asleep_since = clock_seconds();
    if (clock_seconds() - asleep_since > patience) fail_lost(s);
  }
}

/* Same steps as loop.c and turn.c. */
static void wait_for_something(side *s)
{
  while (!anything_came(s)) {
    sley__sleeper_announce(&s->sleeper);
    if (!anything_came(s)) sleep_until_woken(s);
    sley__sleeper_awake(&s->sleeper);
  }
}

static void wake(side *s)
{
  if (sley__sleeper_notify(&s->sleeper)) __atomic_store_n(&s->woken, 1, __ATOMIC_RELEASE);
}

/* One in eight goes through the inbox, like messages from threads without a domain. */
static void hand_over(side *to, uint64_t number, struct sley__inbox_node *node)
{
  if (number % 8 == 0) {
    sley__inbox_push(&to->inbox, node);
  } else {
    while (!sley__ring_has_room(to->ring, 1)) sched_yield();
    sley__ring_put(to->ring, 1, number, 0, ~number);
    sley__ring_publish(to->ring);
  }
  wake(to);
}

static void take(side *s, uint64_t number)
{
  wait_for_something(s);
  if (number % 8 == 0) {
    struct sley__inbox_node *node = sley__inbox_take_all(&s->inbox);
    if (node == NULL || node->next != NULL) fail_lost(s);
    return;
  }
  const struct sley__message *m = sley__ring_next(s->ring);
  if (m == NULL || m->word[0] != number || m->word[2] != ~number) fail_lost(s);
  sley__ring_release(s->ring);
}

/* Varies the point at which the hand-over meets the other side on its way to sleep. */
static void dawdle(uint64_t number)
{
  for (uint64_t i = (number * 0x9e3779b97f4a7c15u) >> 60; i > 12; i--) sley__stall();
}

static void *answer(void *ctx)
{
  (void)ctx;
  for (uint64_t i = 1; i <= rounds; i++) {
    take(&sides[1], i);
    dawdle(i);
    hand_over(&sides[0], i, &sides[1].node);
  }
  return NULL;
}

static void sleep_is_a_yield(void **state)
{
  pthread_t thread;
  uint64_t count = wanted("SLEY_HANDOVERS_YIELD", SHORT_RUN);
  (void)state;
  for (int i = 0; i < 2; i++) {
    sides[i] = (side){0};
    memories[i] = malloc(sley__ring_bytes(CAPACITY));
    sides[i].ring = sley__ring_init(memories[i], CAPACITY);
  }
  uint64_t slept = 0, handed = 0;
  double begun = clock_seconds();
  /* Only sleeps count: hand-overs to an awake side come in addition. */
  while (slept < count && !is_enough("SLEY_HANDOVERS_YIELD", begun)) {
    rounds = 4096;
    assert_int_equal(pthread_create(&thread, NULL, answer, NULL), 0);
    for (uint64_t i = 1; i <= rounds; i++) {
      dawdle(i * 3);
      hand_over(&sides[1], i, &sides[0].node);
      take(&sides[0], i);
    }
    pthread_join(thread, NULL);
    handed += 2 * rounds;
    slept = sides[0].slept + sides[1].slept;
  }
  for (int i = 0; i < 2; i++) {
    assert_false(anything_came(&sides[i]));
    free(memories[i]);
  }
  assert_true(slept > 0);
  print_message("%llu hand-overs, %llu to one that slept, %.0f ns each\n",
                (unsigned long long)handed, (unsigned long long)slept,
                (clock_seconds() - begun) * 1e9 / (double)handed);
}

/* ---- domains ---- */

static sley_domain *other;

static sley_promise *never_spin(sley_value *arg)
{
  sley_domain_set_spin_time((double)(arg->i) / SLEY_SECOND);
  return sley_return(sley_unit());
}

static sley_promise *next_number(sley_value *arg) { return sley_return(sley_int(arg->i + 1)); }

typedef struct count {
  int64_t done, wanted;
} count;

static sley_promise *call_again(void *ctx, sley_value *v)
{
  count *c = ctx;
  if (v->i != c->done) return sley_fail(sley_error_closed());
  if (c->done++ == c->wanted) return sley_return(sley_unit());
  return sley_bind(sley_call(other, next_number, sley_int(c->done - 1)), call_again, c);
}

static uint64_t wakeups(void)
{
  sley_domain_counters mine = {.size = sizeof(mine)}, its = {.size = sizeof(its)};
  sley_domain_counters_get(sley_domain_current(), &mine);
  sley_domain_counters_get(other, &its);
  return mine.wakeups_sent + its.wakeups_sent;
}

/* With a descriptor to watch, a domain sleeps in the engine's own call, otherwise parked. */
static int never_written[2];
static sley_io *watched[2];

static void watch(int which)
{
  assert_null(sley_io_from_fd(dup(never_written[0]), SLEY_IO_MODE_NONBLOCK, &watched[which]));
  sley_drop(sley_io_wait_readable(watched[which]));
}

static sley_promise *watch_there(sley_value *arg)
{
  (void)arg;
  watch(1);
  return sley_return(sley_unit());
}

static sley_promise *watch_no_more(sley_value *arg)
{
  (void)arg;
  sley_io_drop(watched[1]);
  return sley_return(sley_unit());
}

static void hand_over_asleep(const char *how, bool watches)
{
  uint64_t wanted_wakeups = wanted("SLEY_HANDOVERS_SLEEP", 4000), woken, handed = 0;
  sley_domain_options o = {.size = sizeof(o), .name = "other"};
  assert_null(sley_domain_spawn(&o, &other));
  sley_domain_set_spin_time((double)(0) / SLEY_SECOND);
  assert_null(sley_run(sley_call(other, never_spin, sley_int(0)), NULL));
  if (watches) {
    watch(0);
    assert_null(sley_run(sley_call(other, watch_there, sley_unit()), NULL));
  }
  uint64_t before = wakeups();
  double begun = clock_seconds();
  while ((woken = wakeups() - before) < wanted_wakeups &&
         !is_enough("SLEY_HANDOVERS_SLEEP", begun)) {
    count c = {0, 200};
    sley_value zero = sley_int(0);
    assert_null(sley_run(call_again(&c, &zero), NULL));
    handed += (uint64_t)c.wanted * 2;
  }
  print_message("%llu hand-overs, %llu to one asleep in the kernel (%s), %.1f us each\n",
                (unsigned long long)handed, (unsigned long long)woken, how,
                (clock_seconds() - begun) * 1e6 / (double)handed);
  if (watches) {
    sley_io_drop(watched[0]);
    assert_null(sley_run(sley_call(other, watch_no_more, sley_unit()), NULL));
  }
  assert_null(sley_run(sley_domain_shutdown(other, 1), NULL));
  sley_domain_drop(other);
}

static void both_sleep_parked(void **state)
{
  (void)state;
  hand_over_asleep("parked", false);
}

static void both_sleep_watching(void **state)
{
  (void)state;
  assert_int_equal(pipe(never_written), 0);
  hand_over_asleep("watching a descriptor", true);
  close(never_written[0]);
  close(never_written[1]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(sleep_is_a_yield), TEST(both_sleep_parked),
                                     TEST(both_sleep_watching)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
