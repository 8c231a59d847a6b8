/* The statements of combine.h on choosing, in a loop, between a long-lived promise and short ones. Fault 14.
 * Tests src/promise/combine/choose.c, src/promise/combine/group.c. */
#include "support/world.h"

enum { TURNS = 10000 };

static sley_promise *pass(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}

enum form { BIND_IN_EACH_TURN, BIND_THE_CHOICE, BIND_ONCE };

static sley_promise *turn(enum form form, sley_promise *long_lived)
{
  sley_resolver *soon;
  sley_promise *p = sley_keep(long_lived);
  if (form == BIND_IN_EACH_TURN) p = sley_bind(p, pass, NULL);
  sley_promise *of[] = {p, sley_pending(&soon)};
  sley_promise *choice = sley_choose(of, 2);
  if (form == BIND_THE_CHOICE) choice = sley_bind(choice, pass, NULL);
  sley_fulfill(&soon, sley_int(1));
  assert_fulfilled(choice, 1);
  return choice;
}

static uint64_t left_after(enum form form)
{
  sley_resolver *r;
  sley_promise *long_lived = sley_cancelable(&r);
  if (form == BIND_ONCE) long_lived = sley_bind(long_lived, pass, NULL);
  sley_drop(turn(form, long_lived));
  uint64_t before = live();
  for (int i = 0; i < TURNS; i++) sley_drop(turn(form, long_lived));
  uint64_t grown = live() - before;
  sley_fulfill(&r, sley_unit());
  sley_drop(long_lived);
  return grown;
}

static void a_bind_in_each_turn_stays(void **state)
{
  (void)state;
  assert_int_equal(left_after(BIND_IN_EACH_TURN), TURNS);
}

static void flat_forms(void **state)
{
  (void)state;
  assert_int_equal(left_after(BIND_THE_CHOICE), 0);
  assert_int_equal(left_after(BIND_ONCE), 0);
}

/* sley_pick also cancels losers that others hold, unless they are protected. */
static void pick_cancels_shared_losers(void **state)
{
  (void)state;
  for (int is_protected = 0; is_protected < 2; is_protected++) {
    sley_resolver *r, *soon;
    sley_promise *shared = sley_cancelable(&r);
    sley_promise *p = sley_keep(shared);
    sley_promise *of[] = {is_protected ? sley_protected(p) : p, sley_pending(&soon)};
    sley_promise *choice = sley_pick(of, 2);
    sley_fulfill(&soon, sley_int(1));
    assert_fulfilled(choice, 1);
    assert_int_equal(sley_is_pending(shared), is_protected);
    sley_drop(choice);
    sley_drop(shared);
    sley_resolver_drop(&r);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(a_bind_in_each_turn_stays),
      TEST(flat_forms),
      TEST(pick_cancels_shared_losers),
  };
  return RUN_TESTS(tests);
}
