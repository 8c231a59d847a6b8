/* Where domains run, and which counters they keep.
 * Tests src/domain/figures/placement.c, src/domain/figures/counters.c. */
#include <time.h>

#include "support/domains.h"

static void placement(void **state)
{
  (void)state;
  char text[2048];
  sley_domain *d = start("shown");
  settle(sley_call(d, give_back, sley_unit()));
  size_t length = sley_placement(NULL, text, sizeof(text));
  assert_int_equal(length, strlen(text));
  assert_memory_equal(text, "processors: ", 12);
  assert_non_null(strstr(text, " shown: thread "));
  assert_non_null(strstr(text, " main: thread "));
  char cut[20];
  assert_true(sley_placement(NULL, cut, sizeof(cut)) >= length - 8);
  assert_int_equal(strlen(cut), sizeof(cut) - 1);
  end_leaving_nothing(d);
  sley_placement(NULL, text, sizeof(text));
  assert_null(strstr(text, " shown: "));
}

static void placed_or_starting(void **state)
{
  (void)state;
  char text[2048];
  for (int i = 0; i < 50; i++) {
    sley_domain *d = start("shown");
    sley_placement(NULL, text, sizeof(text));
    const char *line = strstr(text, " shown: ");
    assert_non_null(line);
    assert_null(strstr(line, "thread 0"));
    settle(sley_call(d, give_back, sley_unit()));
    sley_placement(NULL, text, sizeof(text));
    assert_non_null(strstr(text, " shown: thread "));
    end_leaving_nothing(d);
  }
}

static sley_promise *spin(sley_value *arg)
{
  sley_time end = sley_now() + arg->i * SLEY_MILLISECOND;
  struct timespec t;
  do clock_gettime(CLOCK_MONOTONIC, &t);
  while ((sley_time)t.tv_sec * SLEY_SECOND + t.tv_nsec < end);
  return sley_return(sley_unit());
}

static sley_peer_counters seen[8];
static int peers;

static void note_peer(void *ctx, const sley_peer_counters *c)
{
  (void)ctx;
  seen[peers++ % 8] = *c;
}

static void counting(void **state)
{
  (void)state;
  sley_domain *d = start("one");
  for (int i = 0; i < 10; i++) run_gives(sley_call(d, spin, sley_int(5)), 0);
  sley_domain_counters c = {.size = sizeof(c)};
  for (int i = 0; i < 100 && c.idle_time <= 20 * SLEY_MILLISECOND; i++) {
    rest(0.05);
    sley_domain_counters_get(d, &c);
  }
  assert_int_equal(c.received, 10);
  assert_int_equal(c.sent, 10);
  assert_true(c.longest_queue >= 1);
  assert_true(c.busy_time + c.steal_time > 40 * SLEY_MILLISECOND);
  assert_true(c.idle_time > 20 * SLEY_MILLISECOND);
  peers = 0;
  sley_domain_peers(note_peer, NULL);
  assert_int_equal(peers, 1);
  assert_string_equal(seen[0].name, "one");
  assert_int_equal(seen[0].peer, sley_domain_id(d));
  assert_int_equal(seen[0].sent, 10);
  assert_int_equal(seen[0].received, 10);
  assert_int_equal(seen[0].wakeups_sent + seen[0].wakeups_saved, seen[0].batches);
  end_leaving_nothing(d);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(placement),
      TEST(placed_or_starting),
      TEST(counting),
  };
  return cmocka_run_group_tests_name("placement and counters", tests, NULL, NULL);
}
