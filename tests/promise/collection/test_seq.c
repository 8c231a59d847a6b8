/* Lazy sequences: every source, stage and consumer; owned values; length; failing memory.
 * Tests src/promise/collection/seq.c, src/promise/collection/seq_stage.c, src/promise/collection/seq_walk.c. */

#include "support/small_stack.h"
#include "support/world.h"

static sley_value numbers[] = {
    {{.i = 1}, NULL}, {{.i = 2}, NULL}, {{.i = 3}, NULL}, {{.i = 4}, NULL}, {{.i = 5}, NULL}};

static sley_seq *five(void) { return sley_seq_from_values(numbers, 5); }

static int calls;

static sley_error *twice(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  calls++;
  *out = sley_int(in->i * 2);
  return NULL;
}
static sley_error *fails_at_three(void *ctx, sley_value *in, sley_value *out)
{
  if (in->i == 3) return error_of(3);
  return twice(ctx, in, out);
}
static sley_promise *twice_s(void *ctx, sley_value *v)
{
  (void)ctx;
  calls++;
  return sley_return(sley_int(v->i * 2));
}
static sley_error *even(void *ctx, sley_value *in, bool *yes)
{
  (void)ctx;
  *yes = in->i % 2 == 0;
  return NULL;
}
static sley_promise *even_s(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_bool(v->i % 2 == 0));
}
static sley_error *none_is(void *ctx, sley_value *in, bool *yes)
{
  (void)ctx;
  (void)in;
  *yes = false;
  return NULL;
}
static sley_error *even_twice(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = in->i % 2 == 0 ? sley_int(in->i * 2) : sley_none();
  return NULL;
}
static sley_promise *even_twice_s(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(v->i % 2 == 0 ? sley_int(v->i * 2) : sley_none());
}
static sley_seq *pair_of(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_seq_from_values(SLEY_VALUES(sley_int(v->i), sley_int(-v->i)));
}
static sley_error *count_up(void *ctx, sley_value *state, sley_value *element, sley_value *next)
{
  if (state->i >= *(int *)ctx) return NULL;
  *element = *state;
  *next = sley_int(state->i + 1);
  return NULL;
}
static sley_promise *count_up_lwt(void *ctx, sley_value *state)
{
  sley_value pair;
  if (state->i >= *(int *)ctx) return sley_return_none();
  if (sley_list_new(SLEY_VALUES(*state, sley_int(state->i + 1)), &pair) != NULL)
    return sley_fail(sley_error_nomem());
  return sley_return(pair);
}

static void assert_list(sley_seq *seq, const char *wanted)
{
  char text[256] = "";
  sley_promise *p = sley_seq_to_list(seq);
  for (int i = 0; i < 100 && sley_is_pending(p); i++) sley_wakeup_paused();
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_list *list = sley_list_in(sley_promise_value(p));
  for (size_t i = 0; i < sley_list_count(list); i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d", i > 0 ? " " : "",
             (int)sley_list_item(list, i)->i);
  assert_string_equal(text, wanted);
  sley_drop(p);
}

static void sources(void **state)
{
  (void)state;
  int end = 4, none = 0;
  assert_list(sley_seq_empty(), "");
  assert_list(sley_seq_return(sley_int(7)), "7");
  assert_list(sley_seq_return_promise(sley_return(sley_int(7))), "7");
  assert_list(sley_seq_cons(sley_int(0), five()), "0 1 2 3 4 5");
  assert_list(sley_seq_cons_promise(sley_map(sley_pause(), twice, NULL), five()), "0 1 2 3 4 5");
  assert_list(five(), "1 2 3 4 5");
  assert_list(sley_seq_unfold(sley_int(1), count_up, &end), "1 2 3");
  assert_list(sley_seq_unfold_promise(sley_int(1), count_up_lwt, &end), "1 2 3");
  assert_list(sley_seq_unfold(sley_int(1), count_up, &none), "");
  assert_list(sley_seq_unfold_promise(sley_int(1), count_up_lwt, &none), "");
}

static void stages(void **state)
{
  (void)state;
  assert_list(sley_seq_map(five(), twice, NULL), "2 4 6 8 10");
  assert_list(sley_seq_map_s(five(), twice_s, NULL), "2 4 6 8 10");
  assert_list(sley_seq_filter(five(), even, NULL), "2 4");
  assert_list(sley_seq_filter_s(five(), even_s, NULL), "2 4");
  assert_list(sley_seq_filter_map(five(), even_twice, NULL), "4 8");
  assert_list(sley_seq_filter_map_s(five(), even_twice_s, NULL), "4 8");
  assert_list(sley_seq_append(five(), sley_seq_return(sley_int(6))), "1 2 3 4 5 6");
  assert_list(sley_seq_flat_map(five(), pair_of, NULL), "1 -1 2 -2 3 -3 4 -4 5 -5");
  assert_list(sley_seq_append(sley_seq_empty(), sley_seq_empty()), "");
}

static void nothing_runs_until_asked_and_again_when_asked_again(void **state)
{
  (void)state;
  calls = 0;
  sley_seq *seq = sley_seq_map(five(), twice, NULL);
  assert_int_equal(calls, 0);
  sley_promise *p = sley_seq_next(seq);
  assert_int_equal(calls, 1);
  assert_int_equal(sley_seq_head(sley_promise_value(p))->i, 2);
  sley_drop(p);
  assert_list(sley_seq_keep(seq), "2 4 6 8 10");
  assert_list(seq, "2 4 6 8 10");
  assert_int_equal(calls, 11);
}

static sley_error *add(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx;
  sum->i += v->i;
  return NULL;
}
static sley_promise *add_s(void *ctx, sley_value *sum, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(sum->i + v->i));
}
static sley_error *visit(void *ctx, sley_value *v)
{
  *(int *)ctx += (int)v->i;
  return NULL;
}

static struct {
  int running, most, started;
} work;
static sley_promise *ended(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  work.running--;
  return sley_return_unit();
}
static sley_promise *begin_work(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  work.started++;
  if (++work.running > work.most) work.most = work.running;
  return sley_bind(sley_pause(), ended, NULL);
}

/* Consumes p, which calls begin_work for the five elements, at most `most` at a time. */
static void sequence_is_worked_on(sley_promise *p, size_t most)
{
  while (sley_paused_count() > 0) sley_wakeup_paused();
  assert_fulfilled(p, 0);
  sley_drop(p);
  assert_int_equal(work.started, 5);
  assert_int_equal(work.most, most);
  memset(&work, 0, sizeof work);
}

static void consumers(void **state)
{
  (void)state;
  int sum = 0;
  sley_promise *p = sley_seq_fold_left(five(), sley_int(0), add, NULL);
  assert_fulfilled(p, 15);
  sley_drop(p);
  p = sley_seq_fold_left_s(five(), sley_int(0), add_s, NULL);
  assert_fulfilled(p, 15);
  sley_drop(p);
  p = sley_seq_iter(five(), visit, &sum);
  assert_fulfilled(p, 0);
  assert_int_equal(sum, 15);
  sley_drop(p);
  memset(&work, 0, sizeof work);
  sequence_is_worked_on(sley_seq_iter_s(five(), begin_work, NULL), 1);
  sequence_is_worked_on(sley_seq_iter_p(five(), begin_work, NULL), 5);
  for (size_t bound = 1; bound <= 6; bound++)
    sequence_is_worked_on(sley_seq_iter_n(five(), bound, begin_work, NULL), bound > 5 ? 5 : bound);
  p = sley_seq_iter_n(five(), 0, begin_work, NULL);
  assert_rejected_sley(p, SLEY_EINVAL);
  sley_drop(p);
}

static sley_promise *fail_with(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_fail(error_of((int)v->i));
}

static void failures_end_it(void **state)
{
  (void)state;
  sley_promise *all = sley_seq_iter_p(five(), fail_with, NULL);
  assert_rejected(all, 5); /* the newest of the failed ones, as in Lwt */
  sley_drop(all);
  sley_promise *p = sley_seq_to_list(sley_seq_map(five(), fails_at_three, NULL));
  assert_rejected(p, 3);
  sley_drop(p);
}

static void canceling_reaches_what_is_waited_for(void **state)
{
  (void)state;
  sley_promise *p = sley_seq_iter_s(five(), begin_work, NULL);
  sley_cancel(p);
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  sley_drop(p);
}

static void owned_values_go_once(void **state)
{
  (void)state;
  sley_seq *seq = sley_seq_from_values(
      SLEY_VALUES(sley_own(thing_new(1), &type_copier), sley_own(thing_new(2), &type_mover)));
  sley_promise *p = sley_seq_to_list(sley_seq_keep(seq));
  assert_int_equal(sley_list_count(sley_list_in(sley_promise_value(p))), 2);
  assert_int_equal(things_alive, 3); /* one copied, one moved */
  sley_drop(p);
  p = sley_seq_to_list(seq);
  assert_rejected_sley(p, SLEY_EMOVED);
  sley_drop(p);
  assert_int_equal(things_alive, 0);
}

enum { LONG = 100000 };

static void *on_small_stack(void *ctx)
{
  sley_runtime *runtime;
  sley_domain *domain;
  int end = LONG;
  (void)ctx;
  if (sley_runtime_new(NULL, &runtime) != NULL) abort();
  if (sley_domain_new(runtime, "small", &domain) != NULL) abort();
  sley_domain_enter(domain);
  sley_seq *odd = sley_seq_filter(sley_seq_unfold(sley_int(0), count_up, &end), even, NULL);
  sley_promise *p =
      sley_seq_fold_left_s(sley_seq_map_s(odd, twice_s, NULL), sley_int(0), add_s, NULL);
  bool good = sley_state(p) == SLEY_PROMISE_STATE_FULFILLED &&
              sley_promise_value(p)->i == (int64_t)LONG * (LONG / 2 - 1);
  sley_drop(p);
  /* A filter that drops every element, and a chain of conses taken apart. */
  int past = LONG;
  sley_seq *none = sley_seq_filter(
      sley_seq_filter_s(sley_seq_unfold(sley_int(0), count_up, &past), even_s, NULL), none_is,
      NULL);
  sley_drop(sley_seq_next(none));
  sley_seq_drop(none);
  sley_seq *chain = sley_seq_empty();
  for (int i = 0; i < LONG; i++) chain = sley_seq_cons(sley_int(i), chain);
  sley_seq_drop(chain);
  sley_domain_leave(domain);
  if (sley_domain_end(domain) != 0) good = false;
  sley_runtime_drop(runtime);
  return good ? domain : NULL;
}

static void long_sequences_take_no_stack(void **state)
{
  (void)state;
  sley_domain_leave(world.domain);
  void *good = run_on_stack(256, on_small_stack, NULL);
  sley_domain_enter(world.domain);
  assert_non_null(good);
}

static void all_of_it(void)
{
  int end = 3;
  enum {
    TO_LIST,
    APPEND,
    ITER_P,
    ITER_N,
    ITER_S,
    UNFOLD_PROMISE,
    UNFOLD,
    CONS_PROMISE,
    FLAT_MAP,
    MAP_S,
    FOLD_LEFT_S,
    NEXT,
    FORMS
  };
  for (int form = 0; form < FORMS; form++) {
    sley_seq *seq = sley_seq_from_values(
        SLEY_VALUES(sley_own(thing_new(1), &type_copier), sley_own(thing_new(2), &type_copier)));
    sley_promise *p;
    switch (form) {
      case TO_LIST: p = sley_seq_to_list(seq); break;
      case APPEND:
        p = sley_seq_to_list(sley_seq_append(seq, sley_seq_cons(sley_int(1), five())));
        break;
      case ITER_P: p = sley_seq_iter_p(seq, begin_work, NULL); break;
      case ITER_N: p = sley_seq_iter_n(sley_seq_append(seq, five()), 2, begin_work, NULL); break;
      case ITER_S: p = sley_seq_iter_s(seq, begin_work, NULL); break;
      case UNFOLD_PROMISE:
        p = sley_seq_to_list(sley_seq_unfold_promise(sley_int(0), count_up_lwt, &end));
        sley_seq_drop(seq);
        break;
      case UNFOLD:
        p = sley_seq_to_list(sley_seq_unfold(sley_int(0), count_up, &end));
        sley_seq_drop(seq);
        break;
      case CONS_PROMISE: p = sley_seq_to_list(sley_seq_cons_promise(sley_pause(), seq)); break;
      case FLAT_MAP:
        p = sley_seq_to_list(sley_seq_flat_map(five(), pair_of, NULL));
        sley_seq_drop(seq);
        break;
      case MAP_S:
        p = sley_seq_to_list(sley_seq_map_s(five(), twice_s, NULL));
        sley_seq_drop(seq);
        break;
      case FOLD_LEFT_S:
        p = sley_seq_fold_left_s(sley_seq_filter(five(), even, NULL), sley_int(0), add_s, NULL);
        sley_seq_drop(seq);
        break;
      default: /* NEXT */
        p = sley_seq_next(seq);
        sley_seq_drop(seq);
        break;
    }
    while (sley_paused_count() > 0) sley_wakeup_paused();
    assert_false(sley_is_pending(p));
    if (sley_state(p) == SLEY_PROMISE_STATE_REJECTED) assert_rejected_sley(p, SLEY_ENOMEM);
    sley_drop(p);
  }
}

static void every_allocation_fails(void **state)
{
  (void)state;
  each_allocation_fails(all_of_it);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(sources),
      TEST(stages),
      TEST(nothing_runs_until_asked_and_again_when_asked_again),
      TEST(consumers),
      TEST(failures_end_it),
      TEST(canceling_reaches_what_is_waited_for),
      TEST(owned_values_go_once),
      TEST(long_sequences_take_no_stack),
      cmocka_unit_test(every_allocation_fails),
  };
  return RUN_TESTS(tests);
}
