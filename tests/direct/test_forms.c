/* The forms of docs/direct.md, run. hygiene/direct checks that page and file say the same: what stands
 * between "form: NAME" and "end" here is the block of that name there. */
#include "support/process.h"

static char said[256];

static void say(const char *word)
{
  size_t length = strlen(said);
  snprintf(said + length, sizeof said - length, "%s%s", length > 0 ? " " : "", word);
}

static const sley_error_kind kind_shop = {sizeof kind_shop, "shop", NULL};
enum { NOT_FOUND = 1, SOLD_OUT = 2 };

/* What the forms call: things that take a moment. */
static sley_promise *give(void *ctx, sley_value *v)
{
  (void)v;
  int64_t i = *(int64_t *)ctx;
  if (i < 0) return sley_fail(sley_error_new(&kind_shop, (int)-i, "no such thing"));
  return sley_return(sley_int(i));
}
static sley_promise *fetch(int64_t i)
{
  int64_t *kept = malloc(sizeof *kept);
  if (kept == NULL) abort();
  *kept = i;
  return sley_bind(sley_sleep(0.001), give, kept, free);
}

static sley_promise *fetch_slowly(void) { return sley_sleep(60); }

/* form: let */
static sley_promise *sum(void *ctx)
{
  (void)ctx;
  int64_t a, b;
  sley_error *e = sley_await_int(fetch(1), &a);
  if (e == NULL) e = sley_await_int(fetch(2), &b);
  if (e != NULL) return sley_fail(e);
  return sley_return(sley_int(a + b));
}
/* end */

/* form: let-and */
static sley_promise *sum_of_both(void *ctx)
{
  (void)ctx;
  sley_promise *first = fetch(1), *second = fetch(2); /* both under way */
  int64_t a = 0, b = 0;
  sley_error *e = sley_await_int(first, &a);
  sley_error *f = sley_await_int(second, &b); /* awaited whatever became of the first */
  if (e == NULL) e = f;
  else sley_error_drop(f);
  if (e != NULL) return sley_fail(e);
  return sley_return(sley_int(a + b));
}
/* end */

/* form: sequence */
static sley_promise *one_then_two(void *ctx)
{
  (void)ctx;
  sley_error *e = sley_await(fetch(1), NULL);
  if (e != NULL) return sley_fail(e);
  return fetch(2); /* the last promise is returned, not awaited: the fiber can end before it */
}
/* end */

/* form: try */
static sley_promise *or_zero(void *ctx)
{
  int64_t a;
  sley_error *e = sley_await_int(fetch(*(int64_t *)ctx), &a);
  if (e != NULL && sley_error_is(e, &kind_shop, NOT_FOUND)) {
    sley_error_drop(e);
    return sley_return(sley_int(0));
  }
  if (e != NULL) return sley_fail(e); /* any other error goes on, Canceled too */
  return sley_return(sley_int(a));
}
/* end */

/* form: match */
static sley_promise *describe(void *ctx)
{
  int64_t a;
  sley_error *e = sley_await_int(fetch(*(int64_t *)ctx), &a);
  if (e == NULL && a == 0) say("none");
  else if (e == NULL) say("some");
  else if (sley_error_is(e, &kind_shop, NOT_FOUND)) say("not found");
  else return sley_fail(e);
  sley_error_drop(e);
  return sley_return(sley_unit());
}
/* end */

/* form: while */
static sley_promise *count_down(void *ctx)
{
  int64_t *left = ctx;
  while (*left > 0) {
    sley_error *e = sley_await(fetch(*left), NULL);
    if (e != NULL) return sley_fail(e);
    (*left)--;
  }
  return sley_return(sley_unit());
}
/* end */

/* form: for */
static sley_promise *add_up(void *ctx)
{
  (void)ctx;
  int64_t total = 0;
  for (int64_t i = 1; i <= 5; i++) {
    int64_t a;
    sley_error *e = sley_await_int(fetch(i), &a);
    if (e != NULL) return sley_fail(e);
    total += a;
  }
  return sley_return(sley_int(total));
}
/* end */

/* form: if */
static sley_promise *choose(void *ctx)
{
  int64_t is_open;
  sley_error *e = sley_await_int(fetch(*(int64_t *)ctx), &is_open);
  if (e != NULL) return sley_fail(e);
  return is_open ? fetch(10) : fetch(20);
}
/* end */

/* form: finally */
static sley_promise *open_use_close(void *ctx)
{
  int64_t used = 0;
  sley_error *e = sley_await(fetch(1), NULL);
  if (e != NULL) return sley_fail(e); /* nothing is open yet */
  say("open");
  e = sley_await_int(fetch(*(int64_t *)ctx), &used);
  if (e != NULL) goto out;
  e = sley_await_int(fetch(used + 1), &used);
out:
  say("close"); /* the one exit: on a value, on an error, on Canceled */
  return e != NULL ? sley_fail(e) : sley_return(sley_int(used));
}
/* end */

/* form: finally-waits */
static sley_promise *close_slowly(void *ctx)
{
  sley_error *e = sley_await(fetch(*(int64_t *)ctx), NULL);
  /* Cleaning up may wait: a cancel is told once. An error of its own replaces the first, as in Lwt. */
  sley_error *f = sley_await(fetch(3), NULL);
  say("closed");
  if (f != NULL) {
    sley_error_drop(e);
    return sley_fail(f);
  }
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}
/* end */

/* form: assert */
static sley_promise *check_price(void *ctx)
{
  int64_t price;
  sley_error *e = sley_await_int(fetch(*(int64_t *)ctx), &price);
  if (e != NULL) return sley_fail(e);
  if (price <= 0)
    return sley_fail(sley_error_new(&kind_shop, SOLD_OUT, "a price is more than %d", (int)price));
  return sley_return(sley_unit());
}
/* end */

/* form: deadline */
static sley_promise *in_time(void *ctx)
{
  (void)ctx;
  int64_t a;
  sley_error *e = sley_await_int(sley_with_timeout(0.01, fetch_slowly()), &a);
  if (sley_error_is(e, &sley_kind_sley, SLEY_ETIMEOUT)) {
    sley_error_drop(e);
    return sley_return(sley_int(-1)); /* what was slow is canceled */
  }
  return e != NULL ? sley_fail(e) : sley_return(sley_int(a));
}
/* end */

/* form: scope */
typedef struct order {
  int64_t wanted, got;
} order;

static sley_promise *fill(void *ctx)
{
  order *o = ctx;
  sley_error *e = sley_await_int(or_zero(&o->wanted), &o->got);
  return e != NULL ? sley_fail(e) : sley_return(sley_unit());
}

static sley_promise *fill_all(void *ctx, sley_scope *scope)
{
  order *orders = ctx;
  for (int i = 0; i < 3; i++)
    if (sley_scope_spawn(scope, fill, &orders[i]) != 0) break; /* the wait says why */
  return sley_scope_wait(scope);
}

static sley_promise *all_of_them(void *ctx)
{
  const int64_t *wanted = ctx;
  order orders[] = {
      {wanted[0], 0}, {wanted[1], 0}, {wanted[2], 0}}; /* no child outlives the scope */
  sley_error *e = sley_await(sley_with_scope(fill_all, orders), NULL);
  if (e != NULL) return sley_fail(e);
  return sley_return(sley_int(orders[0].got + orders[1].got + orders[2].got));
}
/* end */

/* form: generator */
static sley_promise *prices(void *last)
{
  for (int64_t i = 1; i <= *(int64_t *)last; i++) {
    int64_t price;
    sley_error *e = sley_await_int(fetch(i), &price);
    if (e == NULL) e = sley_emit(sley_int(price)); /* waits until the next one is asked for */
    if (e != NULL) return sley_fail(e);            /* Canceled: nobody reads any more */
  }
  return sley_return(sley_unit()); /* the end */
}

static sley_promise *total(void *last)
{
  sley_stream *s = sley_stream_generate(prices, last);
  sley_value price;
  sley_error *e;
  int64_t sum = 0;
  while ((e = sley_await(sley_stream_get(s), &price)) == NULL && !sley_is_none(&price))
    sum += price.i;
  sley_stream_drop(s);
  return e != NULL ? sley_fail(e) : sley_return(sley_int(sum));
}
/* end */

static void gives(sley_start_fn *fn, int64_t argument, int64_t wanted)
{
  run_gives(sley_spawn(fn, &argument), wanted);
}

static void every_form(void **state)
{
  (void)state;
  said[0] = '\0';
  gives(sum, 0, 3);
  gives(sum_of_both, 0, 3);
  gives(one_then_two, 0, 2);
  gives(or_zero, 7, 7);
  gives(or_zero, -NOT_FOUND, 0);
  int64_t n = -SOLD_OUT;
  run_fails(sley_spawn(or_zero, &n), &kind_shop, SOLD_OUT);
  gives(describe, 0, 0);
  gives(describe, 1, 0);
  gives(describe, -NOT_FOUND, 0);
  run_fails(sley_spawn(describe, &n), &kind_shop, SOLD_OUT);
  int64_t left = 3;
  run_gives(sley_spawn(count_down, &left), 0);
  assert_int_equal(left, 0);
  gives(add_up, 0, 15);
  gives(choose, 1, 10);
  gives(choose, 0, 20);
  gives(open_use_close, 4, 5);
  run_fails(sley_spawn(open_use_close, &n), &kind_shop, SOLD_OUT);
  gives(close_slowly, 1, 0);
  run_fails(sley_spawn(close_slowly, &n), &kind_shop, SOLD_OUT);
  gives(check_price, 1, 0);
  int64_t zero = 0;
  run_fails(sley_spawn(check_price, &zero), &kind_shop, SOLD_OUT);
  gives(in_time, 0, -1);
  gives(total, 4, 10);
  int64_t three[] = {1, -NOT_FOUND, 5};
  run_gives(sley_spawn(all_of_them, three), 6);
  int64_t failing[] = {1, -SOLD_OUT, 5};
  run_fails(sley_spawn(all_of_them, failing), &kind_shop, SOLD_OUT);
  assert_string_equal(said, "none some not found open close open close closed closed");
}

static void canceled_by_a_pick(void **state)
{
  (void)state;
  said[0] = '\0';
  int64_t n = 1;
  sley_promise *slow = sley_spawn(close_slowly, &n);
  sley_cancel(slow);
  run_fails(slow, &sley_kind_sley, SLEY_ECANCELED);
  assert_string_equal(said, "closed");
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(every_form), TEST(canceled_by_a_pick)};
  return cmocka_run_group_tests_name("forms", tests, NULL, NULL);
}
