/* A fork while something waits to be delivered to the domain that forks.
 * Tests src/domain/link/seat.c, src/promise/base/fork.c. */
#include <pthread.h>
#include <sley/workers.h>

#include "support/child.h"
#include "support/domains.h"

#ifndef __SANITIZE_THREAD__ /* it allows no thread in the child of a fork */

static int delivered;

static void counts(sley_value *arg) { delivered += (int)arg->i; }

static void *posts(void *domain)
{
  return sley_post(domain, counts, sley_int(1)) == 0 ? NULL : domain;
}

static sley_error *seven(sley_value *arg, sley_value *out)
{
  (void)arg;
  *out = sley_int(7);
  return NULL;
}

static sley_error *hands_over(sley_value *arg, sley_value *out)
{
  (void)out;
  return sley_remote_fulfill(arg->ptr, sley_int(8)) == 0 ? NULL : sley_error_closed();
}

/* Defect (c) of Lwt: the wake-up of what waited is never written again in the child, so that all that comes later hangs. */
static void wakes_up(void)
{
  sley_value v = sley_unit();
  alarm(30);
  sley_after_fork_child();
  for (int i = 0; i < 3; i++) {
    if (sley_run(sley_detach(NULL, seven, sley_unit()), &v) != NULL || v.i != 7) _exit(1);
    sley_remote *remote;
    sley_promise *answer = sley_remote_new(&remote);
    sley_promise *told = sley_detach(NULL, hands_over, sley_borrow(&remote));
    if (sley_run(answer, &v) != NULL || v.i != 8) _exit(2);
    if (sley_run(told, NULL) != NULL) _exit(3);
  }
  if (delivered != 0) _exit(4); /* it belongs to the parent */
  if (sley_finish() != 0) _exit(5);
}

static void the_child_wakes_up(void **state)
{
  (void)state;
  char text[4096];
  pthread_t thread;
  void *failed;
  delivered = 0;
  run_gives(sley_sleep(0.001), 0);
  sley_domain *here = sley_domain_keep(sley_domain_current()); /* ready for posts of others */
  assert_int_equal(pthread_create(&thread, NULL, posts, here), 0);
  pthread_join(thread, &failed);
  assert_null(failed);
  int status = run_in_child(wakes_up, text, sizeof(text));
  if (status != 0) fail_msg("status %x: %s", (unsigned)status, text);
  assert_int_equal(delivered, 0);
  WAIT_UNTIL(delivered == 1); /* and the parent gets it */
  sley_domain_drop(here);
}

#else

static void the_child_wakes_up(void **state)
{
  (void)state;
  skip();
}

#endif

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(the_child_wakes_up)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
