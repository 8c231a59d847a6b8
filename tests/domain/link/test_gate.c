/* Behind the gate of a domain that ends: late arrivals are dropped, and no part of the domain is created again after
 * its end.
 * Tests src/domain/link/open.c, src/domain/link/seat.c. */
#include <sley/cross.h>
#include <sley/remote.h>
#include <sley/workers.h>

#include "domain/link/link.h"
#include "support/domains.h"

/* ---- posts from threads without a domain (fault 28) */

static sley_domain *ending;
static int in_post, ran; /* any thread, __atomic */

static void set(int *flag) { __atomic_store_n(flag, 1, __ATOMIC_RELEASE); }
static bool is_set(const int *flag) { return __atomic_load_n(flag, __ATOMIC_ACQUIRE) != 0; }

/* The shutdown request is in the inbox that this turn took; everything sent from now on is behind it. */
static void wait_for_foreign_post(sley_value *arg)
{
  (void)arg;
  set(&in_post);
  while (__atomic_load_n(&ending->seat->foreign_posts, __ATOMIC_ACQUIRE) == 0) usleep(100);
}

static sley_promise *hold_after(void *ctx, sley_value *v)
{
  (void)ctx;
  return hold(v);
}

/* Held outside the part of the turn that reads messages. */
static sley_promise *hold_in_pause(sley_value *arg)
{
  (void)arg;
  return sley_bind(sley_pause(), hold_after, NULL);
}

/* Ends a domain while late, on its own thread, posts to it. */
static void end_under(void *(*late)(void *))
{
  pthread_t thread;
  in_post = ran = 0;
  ending = start("ending");
  __atomic_store_n(&hold_state, 0, __ATOMIC_RELEASE);
  sley_promise *held = sley_call(ending, hold_in_pause, sley_unit());
  sley_domain_flush();
  while (__atomic_load_n(&hold_state, __ATOMIC_ACQUIRE) == 0) usleep(100);
  assert_int_equal(sley_post(ending, wait_for_foreign_post, sley_unit()), 0);
  sley_promise *over = sley_domain_shutdown(ending, 5);
  assert_int_equal(pthread_create(&thread, NULL, late, NULL), 0);
  let_go();
  run_gives(over, 0);
  settle(held);
  void *failed;
  pthread_join(thread, &failed);
  assert_null(failed);
  assert_false(is_set(&ran));
  assert_int_equal(tokens_alive(), 0);
  sley_domain_drop(ending);
}

static void run_post(sley_value *arg)
{
  (void)arg;
  set(&ran);
}

static void *post_late(void *ctx)
{
  (void)ctx;
  while (!is_set(&in_post)) usleep(100);
  return sley_post(ending, run_post, token(1)) == 0 ? NULL : &ran;
}

static void a_late_post_is_dropped(void **state)
{
  (void)state;
  end_under(post_late);
}

static sley_promise *never_called(sley_value *arg)
{
  set(&ran);
  return never(arg);
}

static void *call_late(void *ctx)
{
  (void)ctx;
  while (!is_set(&in_post)) usleep(100);
  sley_value v;
  sley_error *e = sley_run_in_main(ending, never_called, token(1), &v);
  bool told = sley_error_is(e, &sley_kind_sley, SLEY_EGONE);
  sley_error_drop(e);
  return told ? NULL : &ran;
}

static void *call_late_unwatched(void *ctx)
{
  (void)ctx;
  while (!is_set(&in_post)) usleep(100);
  return sley_run_in_main_dont_wait(ending, never_called, token(1), NULL, NULL) == 0 ? NULL : &ran;
}

static void a_late_call_from_a_thread_is_answered(void **state)
{
  (void)state;
  end_under(call_late);
  end_under(call_late_unwatched);
}

/* ---- parts made at the end */

static sley_workers *workers;
static sley_cross_once *once;
static unsigned gone;

static sley_error *job(sley_value *arg, sley_value *out)
{
  *out = sley_int(1);
  (void)arg;
  return NULL;
}

static void refused(void *ctx, sley_error *e)
{
  (void)ctx;
  if (sley_error_is(e, &sley_kind_sley, SLEY_EGONE)) gone++;
}

static void must_be_refused(sley_promise *p)
{
  unsigned before = gone;
  sley_on_failure(p, refused, NULL);
  assert_int_equal(gone, before + 1);
  sley_drop(p);
}

static sley_promise *start_once(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}

static sley_promise *answer(sley_value *arg)
{
  (void)arg;
  return sley_return(sley_unit());
}

/* Runs too late for anything it creates to be ended. */
static void make_all(void *ctx)
{
  sley_remote *r;
  int *loop_too = ctx;
  must_be_refused(sley_detach(workers, job, token(1)));
  must_be_refused(sley_workers_drain(workers));
  must_be_refused(sley_remote_new(&r));
  must_be_refused(sley_cross_once_run(once, start_once, NULL));
  must_be_refused(sley_call(ending, answer, sley_unit()));
  assert_int_equal(sley_run_in_main_dont_wait(NULL, answer, token(2), NULL, NULL), -SLEY_EGONE);
  if (loop_too == NULL) return;
  must_be_refused(sley_domain_each(2, answer, sley_unit()));
  must_be_refused(sley_sleep(0.001));
  must_be_refused(sley_wait_signal(SIGUSR1));
  *loop_too = 1;
}

static void end_own(void (*prepare)(int *))
{
  sley_domain *d;
  int made = 0;
  ending = start("other");
  assert_null(sley_domain_new(NULL, "own", &d));
  sley_workers_options options = {.size = sizeof(options), .maximum = 1};
  assert_null(sley_workers_new(&options, &workers));
  assert_null(sley_cross_once_new(&once));
  sley_domain *here = sley_domain_current();
  sley_domain_leave(here);
  sley_domain_enter(d);
  prepare(&made);
  sley_domain_leave(d);
  assert_int_equal(sley_domain_end(d), 0);
  sley_domain_enter(here);
  assert_int_equal(made, 1);
  sley_cross_once_drop(once);
  run_gives(sley_workers_close(workers, 5), 0);
  end_leaving_nothing(ending);
  assert_int_equal(tokens_alive(), 0);
}

static sley_promise *go_on(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return sley_return(sley_unit());
}

/* The domain has no parts yet. The abandoned bind waits for something that never comes: its context is dropped at
 * the very end. */
static void with_nothing(int *made) { sley_drop(sley_bind(sley_pause(), go_on, made, make_all)); }

/* All parts have been created before. */
static void with_everything(int *made)
{
  sley_remote *r;
  run_gives(sley_detach(workers, job, sley_unit()), 1);
  sley_drop(sley_remote_new(&r));
  sley_remote_drop(&r);
  settle(sley_call(ending, answer, sley_unit()));
  with_nothing(made);
}

static sley_remote *left;

static void made_while_it_ends(void *ctx, sley_error *e)
{
  int *made = ctx;
  (void)e;
  make_all(NULL);
  *made = 1;
}

/* A ticket is rejected after the completion queue has ended and before the loop has. */
static void with_a_ticket(int *made)
{
  sley_promise *p = sley_remote_new(&left);
  sley_on_failure(p, made_while_it_ends, made);
  sley_drop(p);
}

static void no_part_is_made_again(void **state)
{
  (void)state;
  end_own(with_a_ticket);
  sley_remote_drop(&left);
  end_own(with_nothing);
  end_own(with_everything);
}

/* ---- posts racing with the end, repeatedly */

#ifdef __SANITIZE_THREAD__
enum { LIVES = 150 };
#else
enum { LIVES = 300 };
#endif
enum { POSTERS = 2 };
static sley_domain *stressed; /* any thread, __atomic; one handle for each poster */
static unsigned accepted, refused_posts, began;

/* Uses every part of its domain. */
static void use_all(sley_value *arg)
{
  (void)arg;
  sley_remote *r;
  __atomic_add_fetch(&began, 1, __ATOMIC_RELAXED);
  sley_drop(sley_sleep(0));
  sley_drop(sley_detach(workers, job, token(2)));
  sley_drop(sley_remote_new(&r));
  sley_remote_drop(&r);
}

static void *post_until_gone(void *ctx)
{
  int code;
  unsigned posts = 0;
  do {
    code = sley_post(ctx, use_all, token(3));
    if (code == 0) __atomic_add_fetch(&accepted, 1, __ATOMIC_RELAXED);
    if (++posts % 16 == 0) usleep(20);
  } while (code != -SLEY_EGONE);
  __atomic_add_fetch(&refused_posts, 1, __ATOMIC_RELAXED);
  sley_domain_drop(ctx);
  return NULL;
}

static void posts_against_the_end(void **state)
{
  (void)state;
  pthread_t threads[POSTERS];
  sley_workers_options options = {.size = sizeof(options), .maximum = 2};
  assert_null(sley_workers_new(&options, &workers));
  accepted = refused_posts = began = 0;
  for (unsigned life = 0; life < LIVES; life++) {
    stressed = start("stressed");
    for (int i = 0; i < POSTERS; i++)
      assert_int_equal(
          pthread_create(&threads[i], NULL, post_until_gone, sley_domain_keep(stressed)), 0);
    usleep(life % 8 * 40);
    settle(sley_domain_shutdown(stressed, 1));
    for (int i = 0; i < POSTERS; i++) pthread_join(threads[i], NULL);
    sley_domain_drop(stressed);
  }
  assert_int_equal(refused_posts, LIVES * POSTERS);
  assert_true(began <= accepted);
  print_message("%u posts, %u began\n", accepted, began);
  run_gives(sley_workers_close(workers, 5), 0);
  assert_int_equal(tokens_alive(), 0);
}

/* ---- limit and order of posts from threads without a domain */

enum { ORDERED = FOREIGN_POSTS + 1000 };
static int64_t last_number; /* the domain's; read after it has ended */
static bool in_order;

static void take_number(sley_value *arg)
{
  if (arg->i != last_number + 1) in_order = false;
  last_number = arg->i;
}

static void *post_numbers(void *domain)
{
  int64_t number = 0;
  int code = 0;
  while (code == 0) code = sley_post(domain, take_number, sley_int(++number));
  if (code != -SLEY_EAGAIN || number != FOREIGN_POSTS + 1) return domain;
  let_go();
  while (number < ORDERED) {
    code = sley_post(domain, take_number, sley_int(number));
    if (code == 0) number++;
    else if (code != -SLEY_EAGAIN) return domain;
    else usleep(100);
  }
  return NULL;
}

static void posts_of_strangers_are_bounded_and_keep_their_order(void **state)
{
  (void)state;
  pthread_t thread;
  void *failed;
  sley_domain *d = start("numbers");
  last_number = 0;
  in_order = true;
  sley_promise *held = hold_domain(d);
  assert_int_equal(pthread_create(&thread, NULL, post_numbers, d), 0);
  settle(held);
  pthread_join(thread, &failed);
  assert_null(failed);
  end_leaving_nothing(d);
  assert_true(in_order);
  assert_int_equal(last_number, ORDERED - 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_late_post_is_dropped),
      TEST(a_late_call_from_a_thread_is_answered),
      TEST(no_part_is_made_again),
      TEST(posts_against_the_end),
      TEST(posts_of_strangers_are_bounded_and_keep_their_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
