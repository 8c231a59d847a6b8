/* The timing wheel beside a sorted array: random starts, stops and turns give the same timers in the same order, none
 * early, and the loop is told in time when to wake up.
 * Tests src/reactor/wheel.c. */
#include "reactor/reactor_floor.h"
#include "reactor/wheel.h"
#include "support/unit.h"

enum { TIMERS = 3000, OPERATIONS = 1000000 };

typedef struct row {
  sley_time due;
  uint64_t order;
  size_t number;
} row;

static sley__wheel wheel;
static sley__timer timers[TIMERS];
static sley_time now;
static row rows[TIMERS]; /* the started ones, by due time and start */
static size_t count;
static uint64_t started, fired, seed;
static bool quiet; /* timers that fire start and stop no others */

static uint64_t draw(uint64_t below)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed * 0x2545f4914f6cdd1du % below;
}

static size_t pick(size_t below) { return (size_t)draw(below); }

static size_t place_of(sley_time due, uint64_t order)
{
  size_t from = 0, to = count;
  while (from < to) {
    size_t middle = (from + to) / 2;
    if (rows[middle].due < due || (rows[middle].due == due && rows[middle].order < order))
      from = middle + 1;
    else to = middle;
  }
  return from;
}

static void start(size_t number, sley_time due)
{
  size_t at = place_of(due, started);
  memmove(&rows[at + 1], &rows[at], (count - at) * sizeof(rows[0]));
  rows[at] = (row){due, started++, number};
  count++;
  if (number % 2 == 0) sley__wheel_restart(&wheel, &timers[number], due);
  else sley__wheel_start(&wheel, &timers[number], due);
  assert_true(sley__timer_is_started(&timers[number]));
}

static void row_remove(size_t at)
{
  count--;
  memmove(&rows[at], &rows[at + 1], (count - at) * sizeof(rows[0]));
}

static void row_leave(size_t number)
{
  const sley__timer *t = &timers[number];
  if (sley__timer_is_started(t)) row_remove(place_of(t->due, t->order));
}

static void stop(size_t number)
{
  row_leave(number);
  sley__wheel_stop(&wheel, &timers[number]);
  assert_false(sley__timer_is_started(&timers[number]));
  sley__wheel_stop(&wheel, &timers[number]); /* once more does nothing */
}

/* From less than a tick to centuries, and often just the same or around the ends of slots. */
static sley_time some_due(void)
{
  static sley_time last;
  sley_time step = (sley_time)1 << (16 + 6 * draw(5)); /* of a slot */
  switch (draw(10)) {
    case 0: return last > now ? last : now;
    case 1: last = (now / step + 1) * step; break;
    case 2: last = (now / step + 1) * step - 1; break;
    case 3: last = now + (sley_time)draw(100); break;
    case 4: last = now + (sley_time)draw(1 << 16); break;
    case 5: return draw(20) == 0 ? INT64_MAX : now + (sley_time)draw((uint64_t)1 << 61);
    case 6: return now; /* as a loop's own time can be behind the clock */
    default: last = now + (sley_time)draw((uint64_t)1 << (10 + draw(32)));
  }
  return last;
}

static void random_start(void)
{
  size_t number = pick(TIMERS);
  if (number % 2 == 0) row_leave(number);
  else stop(number);
  start(number, some_due());
}

static void wake_is_in_time(void)
{
  assert_true(wheel.wake <= (count > 0 ? rows[0].due : INT64_MAX));
  if (count == 0) assert_true(wheel.wake == INT64_MAX);
}

/* Whether a timer was stopped, or started again, since the turn began. */
static bool is_over(size_t number, uint64_t limit)
{
  const sley__timer *t = &timers[number];
  return !sley__timer_is_started(t) || t->order >= limit;
}

/* Runs those that are due, or the first few, which start and stop others. */
static void turn(bool all)
{
  static size_t expected[TIMERS];
  size_t due = 0, at = 0, most = all ? SIZE_MAX : 1 + pick(20);
  sley__wheel_begin(&wheel, now);
  for (size_t i = 0; i < count && rows[i].due <= now; i++) expected[due++] = rows[i].number;
  uint64_t limit = started;
  for (sley__timer *t; most > 0 && (t = sley__wheel_take(&wheel, now)) != NULL; most--) {
    assert_false(sley__timer_is_started(t));
    /* Those that were stopped, or stopped and started again, meanwhile are passed over. */
    while (at < due && &timers[expected[at]] != t && is_over(expected[at], limit)) at++;
    assert_true(at < due);
    assert_ptr_equal(t, &timers[expected[at]]);
    assert_true(t->due <= now);
    at++;
    row_remove(place_of(t->due, t->order));
    fired++;
    if (!quiet && draw(4) == 0) random_start();
    if (!quiet && draw(8) == 0 && due > at) stop(expected[at + pick(due - at)]);
  }
  for (; most > 0 && at < due; at++) assert_true(is_over(expected[at], limit));
  sley__wheel_end(&wheel);
  wake_is_in_time();
  assert_true(wheel.wake > now || wheel.fresh != NULL || (count > 0 && rows[0].due <= now));
}

/* Sleeps as a loop does. Counts the times that it woke up for nothing. */
static unsigned sleep_to_the_next(void)
{
  unsigned idle = 0;
  for (uint64_t before = fired; fired == before && count > 0 && rows[0].due < INT64_MAX / 2;
       idle++) {
    if (wheel.wake > now) now = wheel.wake;
    turn(true);
  }
  return idle == 0 ? 0 : idle - 1;
}

static void begin(sley_time at)
{
  for (size_t i = 0; i < TIMERS; i++) timers[i].place = NULL;
  count = 0;
  started = 0;
  now = at;
  sley__wheel_init(&wheel, at);
}

static void same_as_a_sorted_array(void **state)
{
  (void)state;
  static const sley_time beginnings[] = {0, 1, 65535, 12345678901234, (sley_time)1 << 58};
  for (size_t i = 0; i < 5; i++) {
    seed = 88172645463325252u + i;
    begin(beginnings[i]);
    size_t crowd = 0;
    for (int n = 0; n < OPERATIONS / 5; n++) {
      if (n % 20000 == 0) crowd = draw(2) == 0 ? 10 : TIMERS;
      uint64_t what = draw(16);
      if (count > crowd) stop(pick(TIMERS));
      else if (what < 9) random_start();
      else if (what < 12) stop(pick(TIMERS));
      else if (what == 12) now += (sley_time)draw(1 << 18), turn(draw(2) == 0);
      else if (what == 13) now += (sley_time)draw((uint64_t)1 << draw(38)), turn(draw(2) == 0);
      else if (what == 14) sleep_to_the_next();
      else turn(false);
      wake_is_in_time();
    }
    while (count > 0) stop(rows[pick(count)].number);
    wake_is_in_time();
  }
  assert_true(fired > OPERATIONS / 20);
}

/* A clock that jumps to the next due time finds that, whatever slot the timer is in. */
static void the_next_is_exact(void **state)
{
  (void)state;
  begin(1000);
  seed = 4711;
  for (int n = 0; n < 20000; n++) {
    while (count < 50) random_start();
    if (draw(3) == 0) stop(pick(TIMERS));
    sley_time next = sley__wheel_next(&wheel);
    assert_true(next == (count > 0 ? rows[0].due : INT64_MAX));
    if (next > INT64_MAX / 2) begin(1000);
    else if (next > now) now = next;
    turn(true);
  }
}

/* Centuries away, and many in one slot of a high level. */
static void far_ones(void **state)
{
  (void)state;
  begin(1000);
  seed = 99;
  quiet = true;
  for (size_t n = 0; n < 100; n++) start(n, (sley_time)draw((uint64_t)1 << 62) - 1);
  for (size_t n = 100; n < 1100; n++)
    start(n, ((sley_time)1 << 61) + (sley_time)draw(SLEY_MILLISECOND));
  while (count > 0) {
    sley_time first = rows[0].due;
    if (draw(2) == 0) {
      sleep_to_the_next();
      assert_true(now == first);
    } else {
      assert_true(sley__wheel_next(&wheel) == first);
    }
  }
}

/* With few timers the loop never wakes up in vain; with many it does at most once a level. */
static void wakes_up_in_vain_are_few(void **state)
{
  (void)state;
  begin(123456789);
  seed = 7;
  quiet = true;
  for (size_t n = 0; n < 1000; n++) {
    start(n, now + (sley_time)draw((uint64_t)1 << (10 + draw(30))));
    assert_int_equal(sleep_to_the_next(), 0);
  }
  start(1000, now + 1);
  for (size_t n = 0; n < 1000; n++) start(n, now + 60 * SLEY_SECOND + (sley_time)n);
  unsigned vain = 0;
  while (count > 0) vain += sleep_to_the_next();
  assert_in_range(vain, 1, WHEEL_LEVELS);
}

/* A stopped timer leaves at most one wake-up behind, and none if it was the last. */
static void stopped_timers_do_not_wake(void **state)
{
  (void)state;
  begin(5);
  quiet = true;
  start(0, SLEY_SECOND);
  start(1, 1000 * SLEY_SECOND);
  stop(0);
  assert_int_equal(sleep_to_the_next(), 1);
  assert_true(now == 1000 * SLEY_SECOND);
  start(0, now + 10);
  start(1, now + SLEY_SECOND);
  stop(1);
  stop(0);
  assert_true(wheel.wake == INT64_MAX);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_as_a_sorted_array),
      cmocka_unit_test(the_next_is_exact),
      cmocka_unit_test(far_ones),
      cmocka_unit_test(wakes_up_in_vain_are_few),
      cmocka_unit_test(stopped_timers_do_not_wake),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
