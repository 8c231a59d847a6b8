/* A team for as long as a function needs it.
 * Tests src/domain/over/with_team.c. */
#include <errno.h>

#include <sley/cancel.h>
#include <sley/team.h>

#include "support/domains.h"

typedef struct use {
  bool fails, waits, ends;
  int calls, drops;
  size_t members;
  sley_team *team; /* lent */
} use;

static sley_promise *sum_up(sley_value *arg) { return sley_return(sley_int(sley_value_int(arg))); }

static sley_promise *uses(void *ctx, sley_team *team)
{
  use *u = ctx;
  u->calls++;
  u->team = team;
  u->members = sley_team_count(team);
  if (u->ends) return sley_team_shutdown(team, 1);
  if (u->waits) return sley_team_call(team, never, sley_unit());
  if (u->fails) return sley_fail(sley_error_new(&sley_kind_errno, EDOM, "no use"));
  return sley_team_call(team, sum_up, sley_int(7));
}

static void forget(void *ctx) { ((use *)ctx)->drops++; }

static const sley_team_options pair = {.size = sizeof(pair), .name = "pair", .count = 2};

static void ends_with_its_function(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++) {
    use u = {.fails = i == 1};
    sley_promise *p = sley_with_team(&pair, 1, uses, &u, forget);
    if (u.fails) run_fails(p, &sley_kind_errno, EDOM);
    else run_gives(p, 7);
    assert_int_equal(u.calls, 1);
    assert_int_equal(u.members, 2);
    assert_int_equal(u.drops, 1);
    assert_null(sley_team_lookup("pair"));
  }
}

/* The cancel ends what f waits for, and not the shutdown: its members have ended when the result is settled. */
static void a_cancel_ends_it(void **state)
{
  (void)state;
  use u = {.waits = true};
  sley_promise *p = sley_with_team(&pair, 1, uses, &u, forget);
  sley_domain *d = sley_domain_keep(sley_team_domain(u.team, 0));
  sley_cancel(p);
  sley_cancel(p);
  sley_error *e = sley_run(p, NULL);
  assert_true(sley_error_is_canceled(e));
  sley_error_drop(e);
  run_fails(sley_call(d, sum_up, sley_int(1)), &sley_kind_sley, SLEY_EGONE);
  sley_domain_drop(d);
  assert_int_equal(u.drops, 1);
}

static void cannot_be_made(void **state)
{
  (void)state;
  use u = {0};
  const sley_team_options many = {.size = sizeof(many), .count = 5000};
  run_fails(sley_with_team(&many, 1, uses, &u, forget), &sley_kind_sley, SLEY_EINVAL);
  assert_int_equal(u.calls, 0);
  assert_int_equal(u.drops, 1);
}

static void ended_by_its_function(void **state)
{
  (void)state;
  use u = {.ends = true};
  run_fails(sley_with_team(&pair, 1, uses, &u, forget), &sley_kind_sley, SLEY_EGONE);
  assert_int_equal(u.drops, 1);
}

static sley_promise *keeps(void *ctx, sley_team *team)
{
  ((use *)ctx)->team = sley_team_keep(team);
  return sley_return_unit();
}

static bool is_nomem(sley_error *e)
{
  bool is = e != NULL && sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM);
  sley_error_drop(e);
  return is;
}

/* What could not be ended without memory is the caller's to end. */
static void used_or_not(void)
{
  use u = {0};
  const sley_team_options one = {.size = sizeof(one), .count = 1};
  sley_error *e = sley_run(sley_with_team(&one, 1, keeps, &u, forget), NULL);
  assert_int_equal(u.drops, 1);
  if (u.team != NULL && e != NULL) {
    sley_domain *d = sley_team_domain(u.team, 0);
    while (is_nomem(sley_run(sley_domain_shutdown(d, 1), NULL))) continue;
    while (is_nomem(sley_run(sley_domain_join(d), NULL))) continue;
  }
  sley_team_drop(u.team);
  sley_error_drop(e);
}

static void without_memory(void **state)
{
  (void)state;
  each_allocation_fails(used_or_not);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(ends_with_its_function), TEST(a_cancel_ends_it),           TEST(cannot_be_made),
      TEST(ended_by_its_function),  cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
