/* Domains when memory or threads run out: every call settles, arguments are dropped once, everything that was
 * started ends.
 * Tests src/domain/link/peer.c, src/domain/link/seat.c, src/domain/link/serve.c. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include "support/domains.h"

static int threads_fail_at, thread_starts; /* the n-th start of a thread fails; 0: none */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                   void *ctx)
{
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (real == NULL) *(void **)(&real) = dlsym(RTLD_NEXT, "pthread_create");
  if (threads_fail_at != 0 && ++thread_starts == threads_fail_at) return EAGAIN;
  return real(thread, attributes, body, ctx);
}

static void posted(sley_value *arg) { (void)arg; }

static sley_domain *others[2];

static sley_promise *onward(sley_value *arg)
{
  sley_value v;
  if (sley_take(arg, &v) != 0) return sley_fail(sley_error_nomem());
  return sley_call(others[1], give_back, v);
}

static void traffic(void)
{
  sley_value v;
  sley_promise *ps[4];
  for (int i = 0; i < 4; i++)
    ps[i] = sley_call(others[i % 2], i < 2 ? give_back : onward, token(i));
  if (sley_post(others[0], posted, token(9)) == 0) sley_domain_flush();
  sley_promise *waits = sley_call(others[1], never, token(10));
  for (int i = 0; i < 4; i++) {
    if (!ran_or_no_memory(ps[i], &v)) continue;
    assert_int_equal(*(int64_t *)v.ptr, i);
    sley_value_drop(&v);
  }
  sley_cancel(waits);
  sley_drop(waits);
}

static void calls_without_memory(void)
{
  tokens.alive = 0;
  int started = 0;
  for (; started < 2; started++) {
    sley_domain_options o = {
        .size = sizeof(o), .name = "other", .start = give_back, .arg = token(started)};
    int code = code_of_error(sley_domain_spawn(&o, &others[started]));
    assert_true(code == 0 || code == -SLEY_ENOMEM || code == -SLEY_ESYSTEM);
    if (code != 0) break;
  }
  if (started == 2) traffic();
  while (started > 0) end(others[--started]);
  assert_int_equal(tokens_alive(), 0);
}

static void every_allocation_of_calls_fails(void **state)
{
  (void)state;
  each_allocation_fails(calls_without_memory);
}

static void no_thread_for_a_domain(void **state)
{
  (void)state;
  tokens.alive = 0;
  sley_domain_options o = {.size = sizeof(o), .start = give_back, .arg = token(1)};
  threads_fail_at = 1;
  thread_starts = 0;
  sley_domain *d;
  assert_int_equal(code_of_error(sley_domain_spawn(&o, &d)), -SLEY_EAGAIN);
  assert_null(d);
  assert_int_equal(tokens_alive(), 0);
  /* The third of three fails: the two that run are ended. */
  threads_fail_at = 3;
  thread_starts = 0;
  const char *text =
      run_fails(sley_domain_each(3, give_back, token(1)), &sley_kind_sley, SLEY_EAGAIN);
  assert_non_null(strstr(text, "a domain cannot be started"));
  threads_fail_at = 0;
  assert_int_equal(tokens_alive(), 0);
}

static void the_runtimes_limit(void **state)
{
  (void)state;
  assert_int_equal(begin(false, 1), 0);
  sley_domain *first, *second;
  sley_domain_options o = {.size = sizeof(o)};
  assert_null(sley_domain_spawn(&o, &first));
  assert_int_equal(code_of_error(sley_domain_spawn(&o, &second)), -SLEY_EAGAIN);
  end(first);
  assert_null(sley_domain_spawn(&o, &second));
  end(second);
  assert_int_equal(finish(), 0);
}

/* The domain that requested the shutdown ends before the answer arrives. */
static sley_promise *asks_and_goes(sley_value *arg)
{
  sley_domain *other = arg->ptr;
  sley_drop(sley_domain_shutdown(other, 0.05));
  return sley_return(sley_unit());
}

static void plain_drop(void *ptr) { sley_domain_drop(ptr); }

static const sley_type handle_type = {
    .size = sizeof(sley_type), .name = "handle", .drop = plain_drop, .send = sley_send_plain};

static void the_asker_ends_first(void **state)
{
  (void)state;
  for (int i = 0; i < 20; i++) {
    sley_domain *asker, *other;
    sley_domain_options o = {.size = sizeof(o)};
    assert_null(sley_domain_spawn(&o, &asker));
    assert_null(sley_domain_spawn(&o, &other));
    sley_promise *waits = sley_call(other, never, sley_unit());
    run_gives(sley_call(asker, asks_and_goes, sley_own(sley_domain_keep(other), &handle_type)), 0);
    end(asker);
    sley_error *e = sley_run(waits, NULL); /* canceled in the other domain */
    assert_non_null(e);
    sley_error_drop(e);
    /* The domain counts until its thread has ended. */
    sley_domain_drop(other);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_of_calls_fails),
      TEST(no_thread_for_a_domain),
      cmocka_unit_test(the_runtimes_limit),
      TEST(the_asker_ends_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
