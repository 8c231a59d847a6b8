/* State of libraries in domains: made once in each domain, found again, dropped in reverse order; what happens if
 * memory is out, at a domain's end, in two threads at once, in the child of a fork and without a domain.
 * Tests src/promise/scheduler/slot.c. */
#include "support/world.h"

#include <pthread.h>
#include <sley/domain_slot.h>

#include "support/child.h"

static int made, dropped;

static sley_error *number_make(void *ctx, void **out)
{
  (void)ctx;
  *out = thing_new(++made);
  return NULL;
}

static void number_drop(void *state)
{
  dropped++;
  char number[16];
  snprintf(number, sizeof number, "%d", ((thing *)state)->number);
  note(number);
  thing_drop(state);
}

static sley_domain_slot one = SLEY_DOMAIN_SLOT("one", number_make, number_drop);
static sley_domain_slot two = SLEY_DOMAIN_SLOT("two", number_make, number_drop);
static sley_domain_slot three = SLEY_DOMAIN_SLOT("three", number_make, number_drop);

static int number_of(sley_domain_slot *slot)
{
  void *state;
  sley_error *e = sley_domain_slot_get(slot, &state);
  if (e == NULL) return ((thing *)state)->number;
  int code = sley_error_code(e);
  assert_null(state);
  sley_error_drop(e);
  return -code;
}

/* Another domain in place of the world's, which is left meanwhile. */
static sley_domain *enter_another(void)
{
  sley_domain *d;
  assert_null(sley_domain_new(world.runtime, "another", &d));
  sley_domain_enter(d);
  return d;
}

static void end_another(sley_domain *d)
{
  sley_domain_leave(d);
  assert_int_equal(sley_domain_end(d), 0);
}

static void made_once_in_each_domain(void **state)
{
  (void)state;
  made = dropped = 0;
  assert_null(sley_domain_slot_peek(&one));
  assert_int_equal(number_of(&one), 1);
  assert_int_equal(number_of(&one), 1);
  assert_int_equal(((thing *)sley_domain_slot_peek(&one))->number, 1);
  sley_domain *d = enter_another();
  assert_null(sley_domain_slot_peek(&one));
  assert_int_equal(number_of(&one), 2);
  assert_int_equal(number_of(&one), 2);
  end_another(d);
  assert_int_equal(dropped, 1);
  assert_int_equal(number_of(&one), 1);
  sley_domain_slot_drop(&one);
  assert_int_equal(dropped, 2);
  sley_domain_slot_drop(&one); /* there is none */
  assert_int_equal(dropped, 2);
  assert_int_equal(number_of(&one), 3);
  sley_domain_slot_drop(&one);
}

static void dropped_in_reverse_order(void **state)
{
  (void)state;
  made = dropped = 0;
  sley_domain *d = enter_another();
  assert_int_equal(number_of(&two), 1);
  assert_int_equal(number_of(&one), 2);
  assert_int_equal(number_of(&three), 3);
  sley_domain_slot_drop(&one); /* from the middle */
  end_another(d);
  assert_string_equal(logged, "2 3 1");
}

/* ---- what make does */

static sley_error *on_two_make(void *ctx, void **out)
{
  (void)ctx;
  *out = thing_new(100 + number_of(&two));
  return NULL;
}
static void on_two_drop(void *state)
{
  assert_int_equal(((thing *)sley_domain_slot_peek(&two))->number + 100, ((thing *)state)->number);
  assert_int_equal(number_of(&two) + 100, ((thing *)state)->number);
  number_drop(state);
}
static sley_domain_slot on_two = SLEY_DOMAIN_SLOT("on two", on_two_make, on_two_drop);

static void one_stands_on_another(void **state)
{
  (void)state;
  made = dropped = 0;
  sley_domain *d = enter_another();
  assert_int_equal(number_of(&on_two), 101);
  end_another(d);
  assert_string_equal(logged, "101 1");
}

static sley_error *fails_twice_make(void *ctx, void **out)
{
  if (++*(int *)ctx > 2) return number_make(NULL, out);
  return sley_error_new(&sley_kind_sley, SLEY_ENOTFOUND, "no settings");
}
static sley_error *itself_make(void *ctx, void **out);
static sley_domain_slot itself = SLEY_DOMAIN_SLOT("itself", itself_make, number_drop);
static sley_error *itself_make(void *ctx, void **out)
{
  (void)ctx;
  assert_null(sley_domain_slot_peek(&itself));
  assert_int_equal(number_of(&itself), -SLEY_EDEADLOCK);
  return number_make(NULL, out);
}
static sley_error *nothing_make(void *ctx, void **out)
{
  ++*(int *)ctx;
  *out = NULL;
  return NULL;
}

static void what_make_fails_with_is_told_and_tried_again(void **state)
{
  (void)state;
  made = dropped = 0;
  static int tries;
  static sley_domain_slot fails = {"fails", fails_twice_make, number_drop, &tries, {0, 0, 0, 0}};
  tries = 0;
  assert_int_equal(number_of(&fails), -SLEY_ENOTFOUND);
  assert_null(sley_domain_slot_peek(&fails));
  assert_int_equal(number_of(&fails), -SLEY_ENOTFOUND);
  assert_int_equal(number_of(&fails), 1);
  sley_domain_slot_drop(&fails);
  assert_int_equal(sley_domain_slot_try_release(&fails), 0);
  assert_int_equal(number_of(&itself), 2);
  sley_domain_slot_drop(&itself);
}

static void state_can_be_nothing(void **state)
{
  (void)state;
  static int calls;
  static sley_domain_slot nothing = {"nothing", nothing_make, NULL, &calls, {0, 0, 0, 0}};
  calls = 0;
  void *out;
  for (int i = 0; i < 3; i++) assert_null(sley_domain_slot_get(&nothing, &out));
  assert_int_equal(calls, 1);
  sley_domain_slot_drop(&nothing);
}

/* ---- the end of a domain */

static sley_domain_slot never_made = SLEY_DOMAIN_SLOT("never made", number_make, number_drop);
static void late_drop(void *state)
{
  assert_int_equal(number_of(&never_made), -SLEY_EGONE);
  assert_null(sley_domain_slot_peek(&never_made));
  number_drop(state);
}
static sley_promise *late_callback(void *ctx, sley_value *v)
{
  (void)v;
  *(int *)ctx = number_of(&never_made);
  return sley_return(sley_unit());
}

/* Of a callback that never runs: its domain has ended all that could. */
static void last_drop(void *ctx) { *(int *)ctx = number_of(&never_made); }

/* A resolver in a state: dropping it runs a callback, whose domain still works. */
typedef struct holder {
  sley_resolver *answer;
  sley_promise *kept;
} holder;
static holder held;
static sley_error *holder_make(void *ctx, void **out)
{
  (void)ctx;
  held.kept = sley_pending(&held.answer);
  *out = &held;
  return NULL;
}
static void holder_drop(void *state)
{
  holder *h = state;
  sley_fulfill(&h->answer, sley_int(4));
  sley_drop(h->kept);
}

static void what_a_state_holds_is_not_left(void **state)
{
  (void)state;
  static sley_domain_slot late = SLEY_DOMAIN_SLOT("late", number_make, late_drop);
  static sley_domain_slot holds = SLEY_DOMAIN_SLOT("holds", holder_make, holder_drop);
  made = dropped = 0;
  int called = 0, last = 0;
  sley_domain *d = enter_another();
  assert_int_equal(number_of(&late), 1);
  void *out;
  assert_null(sley_domain_slot_get(&holds, &out));
  sley_drop(sley_bind(sley_keep(held.kept), late_callback, &called));
  sley_drop(sley_bind(sley_pause(), late_callback, &last, last_drop));
  end_another(d); /* 0 are left */
  assert_int_equal(last, -SLEY_EGONE);
  assert_int_equal(called, -SLEY_EGONE);
  assert_int_equal(dropped, 1);
}

/* ---- many slots, and those that are given back */

enum { MANY = 1100 };

static void many_slots_and_their_limit(void **state)
{
  (void)state;
  static sley_domain_slot many[MANY];
  made = dropped = 0;
  int got = 0, last = 0;
  sley_domain *d = enter_another();
  for (int i = 0; i < MANY; i++) {
    many[i] = (sley_domain_slot){"many", number_make, number_drop, NULL, {0, 0, 0, 0}};
    last = number_of(&many[i]);
    if (last > 0) assert_int_equal(++got, last);
  }
  assert_int_equal(last, -SLEY_EAGAIN);
  assert_in_range(got, 1000, 1023);
  for (int i = 0; i < got; i++) assert_int_equal(number_of(&many[i]), i + 1);
  assert_int_equal(sley_domain_slot_try_release(&many[7]), -SLEY_EAGAIN);
  assert_int_equal(number_of(&many[7]), 8);
  sley_domain_slot_drop(&many[7]);
  assert_int_equal(sley_domain_slot_try_release(&many[7]), 0);
  assert_int_equal(number_of(&many[MANY - 1]), got + 1); /* takes its place */
  assert_int_equal(number_of(&many[7]), -SLEY_EAGAIN);
  assert_null(sley_domain_slot_peek(&many[7]));
  end_another(d);
  assert_int_equal(dropped, got + 1);
  for (int i = 0; i < MANY; i++) assert_int_equal(sley_domain_slot_try_release(&many[i]), 0);
  assert_int_equal(number_of(&many[7]), got + 2); /* as new */
  sley_domain_slot_drop(&many[7]);
  assert_int_equal(sley_domain_slot_try_release(&many[7]), 0);
}

/* ---- memory is out */

static void one_of_many(void)
{
  static sley_domain_slot few[12]; /* the table grows once */
  for (int i = 0; i < 12; i++) {
    few[i] = (sley_domain_slot){"few", number_make, number_drop, NULL, few[i].sley__own};
    int number = number_of(&few[i]);
    if (number < 0) assert_int_equal(number, -SLEY_ENOMEM);
    else assert_int_equal(number_of(&few[i]), number);
  }
}

static void memory_is_out(void **state)
{
  (void)state;
  made = dropped = 0;
  each_allocation_fails(one_of_many);
  assert_int_equal(made, dropped);
  assert_true(made > 24);
}

/* ---- threads */

enum { ROUNDS = 200, THREADS = 4 };
static sley_domain_slot raced[ROUNDS];
static pthread_barrier_t start;
static sley_runtime *shared;

static sley_error *own_make(void *ctx, void **out)
{
  (void)ctx;
  *out = malloc(1);
  return *out != NULL ? NULL : sley_error_nomem();
}

static void *racer(void *arg)
{
  (void)arg;
  sley_domain *d;
  if (sley_domain_new(shared, NULL, &d) != NULL) abort();
  sley_domain_enter(d);
  void *all[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    pthread_barrier_wait(&start);
    if (sley_domain_slot_get(&raced[i], &all[i]) != NULL) abort();
    if (i > 0 && sley_domain_slot_peek(&raced[i - 1]) != all[i - 1]) abort();
  }
  for (int i = 0; i < ROUNDS; i++)
    for (int n = 0; n < i; n++)
      if (all[n] == all[i]) abort();
  sley_domain_leave(d);
  if (sley_domain_end(d) != 0) abort();
  return NULL;
}

static void domains_make_theirs_at_once(void **state)
{
  (void)state;
  for (int i = 0; i < ROUNDS; i++)
    raced[i] = (sley_domain_slot){"raced", own_make, free, NULL, {0, 0, 0, 0}};
  pthread_t threads[THREADS];
  assert_null(sley_runtime_new(NULL, &shared));
  assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, racer, NULL), 0);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&start);
  sley_runtime_drop(shared);
  /* Those that lost the race gave their index back. */
  for (int i = 0; i < ROUNDS; i++) {
    for (int n = 0; n < i; n++)
      assert_int_not_equal(raced[n].sley__own.index, raced[i].sley__own.index);
    assert_in_range(raced[i].sley__own.index, 1, ROUNDS + 40);
  }
  for (int i = 0; i < ROUNDS; i++) assert_int_equal(sley_domain_slot_try_release(&raced[i]), 0);
}

/* ---- aborts, and a fork */

static void *asks(void *arg)
{
  void *state;
  sley_error_drop(sley_domain_slot_get(arg, &state));
  return NULL;
}
static void without_a_domain(void)
{
  sley_drop(sley_return(sley_unit())); /* this thread has the default domain */
  pthread_t thread;
  if (sley_domain_slot_peek(&one) != NULL) _exit(4);
  if (pthread_create(&thread, NULL, asks, &one) == 0) pthread_join(thread, NULL);
}
static void of_another_copy(void)
{
  sley_after_fork_child();
  sley_domain_slot foreign = SLEY_DOMAIN_SLOT("foreign", number_make, number_drop);
  (void)number_of(&one);
  foreign.sley__own.copy = 0x1234;
  foreign.sley__own.index = one.sley__own.index; /* each copy counts its own */
  asks(&foreign);
}
static void without_make(void)
{
  sley_after_fork_child();
  sley_domain_slot empty = SLEY_DOMAIN_SLOT("empty", NULL, NULL);
  asks(&empty);
}
static void in_a_child(void)
{
  sley_after_fork_child();
  made = 10;
  if (sley_domain_slot_try_release(&two) != 0) _exit(3); /* the parent's does not count */
  if (number_of(&two) != 11 || number_of(&one) != 12) _exit(4);
  if (sley_domain_slot_try_release(&two) != -SLEY_EAGAIN) _exit(5);
  if (sley_finish() != 0) _exit(6);
  if (sley_domain_slot_try_release(&two) != 0) _exit(7);
}

static void misuse_is_told(void **state)
{
  (void)state;
  char text[4096];
  sley_domain_leave(world.domain);
  assert_true(aborted(run_in_child(without_a_domain, text, sizeof text)));
  assert_non_null(strstr(text, "sley_domain_slot_get was called on a thread without a domain"));
  sley_domain_enter(world.domain);
  assert_true(aborted(run_in_child(of_another_copy, text, sizeof text)));
  assert_non_null(strstr(text, "sley_domain_slot_get was given a slot that is already gone"));
  assert_true(aborted(run_in_child(without_make, text, sizeof text)));
  assert_non_null(strstr(text, "the slot empty has no make"));
}

static void the_child_of_a_fork_has_its_own(void **state)
{
  (void)state;
  made = dropped = 0;
  char text[4096];
  assert_int_equal(number_of(&two), 1);
  int status = run_in_child(in_a_child, text, sizeof text);
  if (status != 0) fail_msg("%x %s", (unsigned)status, text);
  assert_int_equal(sley_domain_slot_try_release(&two), -SLEY_EAGAIN);
  assert_int_equal(number_of(&two), 1);
  sley_domain_slot_drop(&two);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(made_once_in_each_domain),
      TEST(dropped_in_reverse_order),
      TEST(one_stands_on_another),
      TEST(what_make_fails_with_is_told_and_tried_again),
      TEST(state_can_be_nothing),
      TEST(what_a_state_holds_is_not_left),
      TEST(many_slots_and_their_limit),
      TEST(domains_make_theirs_at_once),
      TEST(misuse_is_told),
      TEST(the_child_of_a_fork_has_its_own),
      cmocka_unit_test(memory_is_out),
  };
  return RUN_TESTS(tests);
}
