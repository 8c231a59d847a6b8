/* Examples of the manual: promises, combinations, cancelation, errors. */
#include "example.h"

/* example: sley_bind sley_return sley_promise: Each step is called with the value of the one before. */
static sley_promise *add_tax(void *rate, sley_value *price)
{
  return sley_return(
      sley_double(sley_value_double(price) * (1 + *(const double *)rate)));
}

static sley_promise *total(sley_promise *price, const double *rate)
{
  return sley_bind(price, add_tax, (void *)rate); /* consumes price */
}
/* end */

/* example: sley_map sley_map_fn: What needs no time of its own is computed by a function that fills in a value. */
static sley_error *half(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  int64_t n = sley_value_int(in);
  if (n % 2 != 0)
    return sley_error_new(&sley_kind_sley, SLEY_EINVAL, "%d is odd", (int)n);
  *out = sley_int(n / 2);
  return NULL;
}

static sley_promise *half_of(sley_promise *p)
{
  return sley_map(p, half, NULL);
}
/* end */

/* example: sley_pending sley_fulfill sley_reject sley_resolver: A function that answers through a callback
 * becomes one that returns a promise. */
typedef struct lookup {
  sley_resolver *resolver;
} lookup;

static void looked_up(lookup *l, int found, int64_t number)
{
  if (found) sley_fulfill(&l->resolver, sley_int(number));
  else
    sley_reject(&l->resolver, sley_error_new(&sley_kind_sley, SLEY_ENOTFOUND,
                                             "no such name"));
  free(l);
}

static sley_promise *look_up(lookup **out)
{
  lookup *l = malloc(sizeof(*l));
  if (l == NULL) return sley_fail(sley_error_nomem());
  *out = l; /* whoever knows the answer calls looked_up with it */
  return sley_pending(&l->resolver);
}
/* end */

/* example: sley_catch sley_fail sley_error_is: One error is answered here, the others pass. */
static sley_promise *zero_if_missing(void *ctx, sley_error *e)
{
  (void)ctx;
  if (sley_error_is(e, &sley_kind_sley, SLEY_ENOTFOUND))
    return sley_return(sley_int(0));
  return sley_fail(sley_error_keep(e)); /* e is lent */
}

static sley_promise *number_or_zero(sley_promise *p)
{
  return sley_catch(p, zero_if_missing, NULL);
}
/* end */

/* example: sley_catch_if sley_match_code: The same with a set of errors. */
static sley_promise *give_zero(void *ctx, sley_error *e)
{
  (void)ctx, (void)e;
  return sley_return(sley_int(0));
}

static sley_promise *zero_if_late(sley_promise *p)
{
  return sley_catch_if(p, sley_match_code(&sley_kind_sley, SLEY_ETIMEOUT),
                       give_zero, NULL);
}
/* end */

/* example: sley_try_bind: One of two functions is called. */
static sley_promise *is_there(void *ctx, sley_value *v)
{
  (void)ctx, (void)v;
  return sley_return(sley_bool(true));
}

static sley_promise *is_not_there(void *ctx, sley_error *e)
{
  (void)ctx, (void)e;
  return sley_return(sley_bool(false));
}

static sley_promise *exists(sley_promise *p)
{
  return sley_try_bind(p, is_there, is_not_there, NULL);
}
/* end */

/* example: sley_finalize: What was opened is closed, whatever happens between. */
static sley_promise *close_file(void *file)
{
  if (fclose(file) != 0)
    return sley_fail(
        sley_error_new(&sley_kind_sley, SLEY_ESYSTEM, "cannot close"));
  return sley_return_unit();
}

static sley_promise *closing(sley_promise *work, FILE *file)
{
  return sley_finalize(work, close_file, file);
}
/* end */

/* example: sley_on_termination: An observer leaves the promise to others. */
static void count_down(void *pending) { --*(int *)pending; }

static void watch(sley_promise *p, int *pending)
{
  ++*pending;
  sley_on_termination(p, count_down, pending);
}
/* end */

/* example: sley_all sley_list_item SLEY_PROMISES: Waits for all, and gives their values in the order of the array. */
static sley_error *sum(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  const sley_list *list = sley_list_in(in);
  int64_t result = 0;
  for (size_t i = 0; i < sley_list_count(list); i++)
    result += sley_value_int(sley_list_item(list, i));
  *out = sley_int(result);
  return NULL;
}

static sley_promise *sum_of(sley_promise *a, sley_promise *b)
{
  return sley_map(sley_all(SLEY_PROMISES(a, b)), sum, NULL);
}
/* end */

/* example: sley_join: Waits for all; their values are of no interest. */
static sley_promise *rest(void)
{
  return sley_join(SLEY_PROMISES(sley_sleep(0.001), sley_sleep(0.002)));
}
/* end */

/* example: sley_pick sley_timeout: The first that is settled wins, and the others are canceled. */
static sley_promise *within(sley_promise *p, double seconds)
{
  return sley_pick(SLEY_PROMISES(p, sley_timeout(seconds)));
}
/* end */

/* example: sley_choose: The first that is settled wins, and the others continue. */
static sley_promise *cached_or_fetched(sley_promise *cached,
                                       sley_promise *fetched)
{
  return sley_choose(SLEY_PROMISES(cached, fetched));
}
/* end */

/* example: sley_cancel sley_on_cancel sley_cancelable: An operation of one's own that can be canceled. */
static void stop_work(void *stopped) { *(bool *)stopped = true; }

static sley_promise *begin_work(sley_resolver **r, bool *stopped)
{
  sley_promise *p = sley_cancelable(r);
  sley_on_cancel(p, stop_work, stopped);
  return p;
}

static void give_up(sley_promise *work)
{
  sley_cancel(work); /* rejected with Canceled; stop_work has been called */
  sley_drop(work);
}
/* end */

/* example: sley_error_new sley_error_wrap sley_error_message sley_error_kind: Errors of a library of one's own. */
static const char *text_of(int code)
{
  return code == 1 ? "bad syntax" : NULL;
}
static const sley_error_kind kind_config = {
    .size = sizeof(sley_error_kind), .name = "config", .text = text_of};

static sley_error *bad_line(int number)
{
  sley_error *e =
      sley_error_new(&kind_config, 1, "line %d has no value", number);
  return sley_error_wrap(e, "reading settings: %s",
                         sley_error_message(e)); /* consumes e */
}
/* end */

/* example: sley_own sley_take sley_type sley_value_ptr: Values carry objects, and free them with their last owner. */
typedef struct order {
  int64_t number;
} order;

static const sley_type type_order = {
    .size = sizeof(sley_type), .name = "order", .drop = free};

static sley_value new_order(int64_t number)
{
  order *o = malloc(sizeof(*o));
  if (o == NULL) abort();
  o->number = number;
  return sley_own(o, &type_order);
}

static sley_promise *ship(void *ctx, sley_value *v)
{
  sley_value mine;
  int code = sley_take(v, &mine); /* v was lent */
  (void)ctx;
  if (code < 0)
    return sley_fail(sley_error_new(&sley_kind_sley, -code, NULL));
  int64_t number = ((order *)sley_value_ptr(&mine, &type_order))->number;
  sley_value_drop(&mine);
  return sley_return(sley_int(number));
}
/* end */

/* example: sley_values_map_p SLEY_VALUES: A function for each element, all at the same time. */
static sley_promise *square(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(sley_int(sley_value_int(v) * sley_value_int(v)));
}

static sley_promise *squares(void)
{
  return sley_values_map_p(SLEY_VALUES(sley_int(1), sley_int(2), sley_int(3)),
                           square, NULL);
}
/* end */

/* example: sley_retry_sleeping sley_retry_options: Up to five attempts, with longer and longer pauses between. */
static sley_promise *attempt(void *left)
{
  if (--*(int *)left > 0) return sley_fail(sley_error_timeout());
  return sley_return(sley_int(1));
}

static sley_promise *try_hard(int *left)
{
  sley_retry_options options = {
      .size = sizeof(options), .retries = 4, .base = 0.001, .jitter = 0.5};
  return sley_retry_sleeping(&options, attempt, left);
}
/* end */

/* example: sley_with_value sley_storage_get SLEY_KEY: A value that follows everything that a request starts. */
static const sley_key request = SLEY_KEY("request");

static sley_promise *handle(void *ctx)
{
  const sley_value *number =
      sley_storage_get(&request); /* also in callbacks and fibers */
  (void)ctx;
  return sley_return(sley_int(number != NULL ? sley_value_int(number) : -1));
}

static sley_promise *serve_request(int64_t number)
{
  return sley_with_value(&request, sley_int(number), handle, NULL);
}
/* end */

static void test_values(void)
{
  double rate = 0.5;
  sley_value v;
  CHECK(sley_run(total(sley_return(sley_double(2)), &rate), &v) == NULL);
  CHECK(sley_value_double(&v) > 2.99 && sley_value_double(&v) < 3.01);
  CHECK(run_int(half_of(sley_return(sley_int(8)))) == 4);
  run_fails(half_of(sley_return(sley_int(7))), SLEY_EINVAL);
  lookup *l = NULL, *other = NULL;
  sley_promise *found = look_up(&l);
  CHECK(l != NULL);
  looked_up(l, 1, 5);
  CHECK(run_int(found) == 5);
  sley_promise *missing = look_up(&other);
  CHECK(other != NULL);
  looked_up(other, 0, 0);
  CHECK(run_int(number_or_zero(missing)) == 0);
  run_fails(number_or_zero(sley_fail(sley_error_eof())), SLEY_EEOF);
  CHECK(run_int(zero_if_late(sley_timeout(0.001))) == 0);
  CHECK(run_int(exists(sley_fail(sley_error_eof()))) == 0 &&
        run_int(exists(sley_return_unit())) == 1);
  CHECK(run_int(sley_bind(sley_return(new_order(12)), ship, NULL)) == 12);
  CHECK(run_int(sley_map(squares(), sum, NULL)) == 14);
  sley_error *e = bad_line(3);
  CHECK(strcmp(sley_error_message(e),
               "reading settings: line 3 has no value") == 0);
  CHECK(sley_error_is(e, &kind_config, 1));
  sley_error_drop(e);
}

static void test_several(void)
{
  FILE *file = tmpfile();
  CHECK(file != NULL);
  run_fails(closing(sley_fail(sley_error_eof()), file), SLEY_EEOF);
  int pending = 0, left = 3;
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  watch(p, &pending);
  CHECK(pending == 1);
  sley_fulfill(&r, sley_unit());
  CHECK(pending == 0);
  sley_drop(p);
  CHECK(run_int(sum_of(sley_return(sley_int(1)), sley_return(sley_int(2)))) ==
        3);
  CHECK(run_int(rest()) == 0);
  run_fails(within(sley_sleep(60), 0.001), SLEY_ETIMEOUT);
  CHECK(run_int(cached_or_fetched(sley_return(sley_int(1)),
                                  sley_return(sley_int(1)))) == 1);
  bool stopped = false;
  give_up(begin_work(&r, &stopped));
  CHECK(stopped);
  sley_resolver_drop(&r);
  CHECK(run_int(try_hard(&left)) == 1);
  CHECK(run_int(serve_request(77)) == 77);
}

int main(void)
{
  test_values();
  test_several();
  return sley_finish() != 0;
}
