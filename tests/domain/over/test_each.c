/* Calls to several domains: all settle, each with its own result; and one domain for each processor.
 * Tests src/domain/over/each.c, src/domain/over/gather.c. */
#include "support/domains.h"

static int served; /* __atomic */

static sley_promise *serve(sley_value *arg)
{
  __atomic_add_fetch(&served, (int)arg->i, __ATOMIC_RELAXED);
  return sley_sleep(0.002);
}

static sley_promise *serve_for_ever(sley_value *arg)
{
  __atomic_add_fetch(&served, (int)arg->i, __ATOMIC_RELAXED);
  return sley_sleep(1000);
}
static void each(void **state)
{
  (void)state;
  served = 0;
  run_gives(sley_domain_each(3, serve, sley_int(1)), 0);
  assert_int_equal(served, 3);
  sley_promise *all = sley_domain_each(3, serve_for_ever, sley_int(1));
  sley_error *e = sley_run(sley_sleep(0.02), NULL);
  assert_null(e);
  sley_cancel(all);
  run_fails(all, &sley_kind_sley, SLEY_ECANCELED);
}

static void results_of_all(void **state)
{
  (void)state;
  sley_domain *ds[3] = {start("a"), start("b"), start("c")};
  sley_value v;
  assert_null(sley_run(sley_call_all(ds, 3, give_back, token(7)), &v));
  sley_list *list = sley_list_in(&v);
  assert_int_equal(sley_list_count(list), 3);
  for (size_t i = 0; i < 3; i++) assert_int_equal(number_in(sley_list_item(list, i)), 7);
  sley_value_drop(&v);
  assert_int_equal(tokens_alive(), 0);
  sley_domain *mixed[3] = {ds[0], start("ended"), ds[2]};
  assert_null(sley_run(sley_domain_shutdown(mixed[1], 1), NULL));
  assert_null(sley_run(sley_call_all_settled(mixed, 3, give_back, token(5)), &v));
  sley_domain_drop(mixed[1]);
  for (size_t i = 0; i < 3; i++) {
    sley_result *result = sley_result_in(sley_list_item(sley_list_in(&v), i));
    if (i != 1) assert_int_equal(number_in(sley_result_value(result)), 5);
    else
      assert_string_equal(sley_error_message(sley_result_error(result)),
                          "the called domain 'ended' has ended");
  }
  sley_value_drop(&v);
  sley_promise *settled = sley_call_all_settled(ds, 3, never, token(6));
  sley_cancel(settled);
  assert_null(sley_run(settled, &v));
  for (size_t i = 0; i < 3; i++)
    assert_true(sley_error_is_canceled(
        sley_result_error(sley_result_in(sley_list_item(sley_list_in(&v), i)))));
  sley_value_drop(&v);
  sley_promise *all = sley_call_all(ds, 3, never, token(8));
  sley_cancel(all);
  run_fails(all, &sley_kind_sley, SLEY_ECANCELED);
  static const sley_type lone = {
      .size = sizeof(sley_type), .name = "lone", .drop = token_drop, .send = sley_send_plain};
  run_fails(sley_call_all(ds, 3, give_back, sley_own(token_new(1), &lone)), &sley_kind_sley,
            SLEY_EINVAL);
  assert_null(sley_run(sley_call_all(ds, 0, give_back, token(7)), &v));
  assert_int_equal(sley_list_count(sley_list_in(&v)), 0);
  sley_value_drop(&v);
  end_leaving_nothing(ds[1]);
  run_fails(sley_call_all(&ds[0], 1, give_back, stays(1)), &sley_kind_sley, SLEY_ESEND);
  end_leaving_nothing(ds[0]);
  end_leaving_nothing(ds[2]);
  assert_int_equal(tokens_alive(), 0);
}

/* Each call has its result, a value or out of memory, or there is no memory for the set of calls. */
static void all_settled_without_memory(sley_domain *d)
{
  sley_domain *thrice[3] = {d, d, d};
  sley_value v;
  if (!ran_or_no_memory(sley_call_all_settled(thrice, 3, give_back, token(5)), &v)) return;
  sley_list *list = sley_list_in(&v);
  assert_int_equal(sley_list_count(list), 3);
  for (size_t i = 0; i < 3; i++) {
    sley_result *result = sley_result_in(sley_list_item(list, i));
    sley_error *e = sley_result_error(result);
    if (e == NULL) assert_int_equal(number_in(sley_result_value(result)), 5);
    else assert_true(sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM));
  }
  sley_value_drop(&v);
}

static void all_without_memory(void)
{
  tokens.alive = 0;
  sley_domain *d = start_or_none("one");
  if (d != NULL) {
    settle(sley_call_all(&d, 1, give_back, token(3)));
    settle(sley_call_all_settled(&d, 1, give_back, token(4)));
    all_settled_without_memory(d);
    end(d);
  }
  assert_int_equal(tokens_alive(), 0);
}

static void every_allocation_of_all_fails(void **state)
{
  (void)state;
  each_allocation_fails(all_without_memory);
}

static void each_without_memory(void)
{
  tokens.alive = 0;
  sley_error *e = sley_run(sley_domain_each(2, give_back, token(1)), NULL);
  if (e != NULL && !sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM))
    assert_true(sley_error_is_canceled(e) || sley_error_is(e, &sley_kind_sley, SLEY_ESYSTEM));
  sley_error_drop(e);
  assert_int_equal(tokens_alive(), 0);
}

static void every_allocation_of_each_fails(void **state)
{
  (void)state;
  each_allocation_fails(each_without_memory);
}

/* Fault 39: for 2^29 and more the size in bytes was computed in 32 bits. */
static void too_many_for_each(void **state)
{
  static const unsigned counts[] = {4097, 1u << 29, (1u << 29) + 1, 1u << 30, UINT32_MAX};
  (void)state;
  for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
    size_t before = heap.count;
    const char *text =
        run_fails(sley_domain_each(counts[i], give_back, token(1)), &sley_kind_sley, SLEY_EINVAL);
    assert_non_null(strstr(text, "at most 4096"));
    assert_true(heap.count - before < 16);
    assert_int_equal(tokens_alive(), 0);
  }
}

/* Counts too large for any array: out of memory, before anything is read. */
static void counts_that_cannot_be(void **state)
{
  (void)state;
  sley_domain *here = sley_domain_current(), *none[] = {here};
  for (size_t n = SIZE_MAX; n > SIZE_MAX / 8; n /= 2) {
    run_fails(sley_call_all(none, n, give_back, token(1)), &sley_kind_sley, SLEY_ENOMEM);
    run_fails(sley_call_all_settled(none, n, give_back, token(1)), &sley_kind_sley, SLEY_ENOMEM);
    assert_int_equal(tokens_alive(), 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(each),
      TEST(results_of_all),
      TEST(too_many_for_each),
      TEST(counts_that_cannot_be),
      cmocka_unit_test(every_allocation_of_all_fails),
      cmocka_unit_test(every_allocation_of_each_fails),
  };
  return cmocka_run_group_tests_name("calls to several domains", tests, NULL, NULL);
}
