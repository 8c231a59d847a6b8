/* Objects that outlive their domain and runtime, and values whose own functions use the object that carries them.
 * Tests src/domain/link/remote.c, src/domain/link/ticket.c. */
#include <math.h>

#include <sley/cross.h>

#include "support/domains.h"

/* sley_finish has freed the runtime; its handles are answered and dropped afterwards. */
static void handles_outlive_the_runtime(void **state)
{
  (void)state;
  sley_remote *answered, *dropped;
  sley_port *port;
  sley_cross_mutex *mutex;
  sley_broadcast *broadcast;
  assert_int_equal(begin(false, 0), 0);
  sley_drop(sley_remote_new(&answered));
  sley_drop(sley_remote_new(&dropped));
  assert_null(sley_port_new(4, &port));
  assert_int_equal(sley_port_try_put(port, token(1)), 0);
  assert_null(sley_cross_mutex_new(&mutex));
  assert_null(sley_broadcast_new(4, &broadcast));
  assert_int_equal(sley_finish(), 0);
  assert_false(sley_remote_is_wanted(answered));
  assert_int_equal(sley_remote_fulfill(&answered, token(2)), 0);
  sley_remote_drop(&dropped);
  sley_port_drop(port);
  sley_cross_mutex_drop(mutex);
  sley_broadcast_drop(broadcast);
  assert_int_equal(tokens_alive(), 0);
  assert_int_equal(finish(), 0);
}

/* ---- values whose drop uses the broadcast that releases them */

static sley_broadcast *used;
static size_t counted;

static void counting_drop(void *ptr)
{
  counted = sley_broadcast_count(used);
  token_drop(ptr);
}

static const sley_type counting_type = {.size = sizeof(sley_type),
                                        .name = "counting",
                                        .drop = counting_drop,
                                        .dup = token_dup,
                                        .send = sley_send_plain};

static sley_value counting(void) { return sley_own(token_new(1), &counting_type); }

static void values_use_their_broadcast(void **state)
{
  (void)state;
  sley_port *first, *second;
  assert_null(sley_broadcast_new(2, &used));
  assert_null(sley_broadcast_subscribe(used, &first));
  assert_null(sley_broadcast_subscribe(used, &second));
  run_gives(sley_broadcast_put(used, counting()), 0);
  sley_port_close(first);
  run_fails(sley_broadcast_put(used, counting()), &sley_kind_sley, SLEY_ECLOSED);
  assert_int_equal(counted, 2);
  sley_port_close_reading(first);
  assert_int_equal(counted, 1);
  run_gives(sley_broadcast_put(used, counting()), 0);
  sley_broadcast_close(used);
  sley_port_close_reading(second);
  sley_port_drop(first);
  sley_port_drop(second);
  assert_int_equal(counted, 0);
  assert_int_equal(tokens_alive(), 0);
  sley_broadcast_drop(used);
}

/* ---- pools and infinite times */

static sley_error *job(sley_value *arg, sley_value *out)
{
  *out = *arg;
  return NULL;
}

static void idle_for_ever(void **state)
{
  (void)state;
  sley_workers *pool;
  sley_workers_options o = {.size = sizeof(o), .maximum = 1, .idle = INFINITY};
  sley_workers_counters now = {.size = sizeof(now)};
  assert_null(sley_workers_new(&o, &pool));
  for (int i = 0; i < 3; i++) {
    run_gives(sley_detach(pool, job, sley_int(i)), i);
    rest(0.01);
  }
  sley_workers_counters_get(pool, &now);
  assert_int_equal(now.started, 1); /* and has not ended meanwhile */
  run_gives(sley_workers_close(pool, NAN), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(handles_outlive_the_runtime),
      TEST(values_use_their_broadcast),
      TEST(idle_for_ever),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
