/* Examples of the manual: running, time, fibers, scopes, synchronization, streams, reports. */
#include <signal.h>

#include "example.h"

/* example: sley: A program in direct style: two lines, the second one a moment later. */
static sley_promise *greet(void *name)
{
  printf("hello\n");
  sley_error *e = sley_await(sley_sleep(0.001), NULL);
  if (e != NULL) return sley_fail(e);
  printf("%s\n", (const char *)name);
  return sley_return_unit();
}

static int run_program(void)
{
  sley_error *e = sley_run(sley_spawn(greet, "world"), NULL);
  if (e != NULL) fprintf(stderr, "%s\n", sley_error_message(e));
  sley_error_drop(e);
  return sley_finish() != 0; /* promises that are left are told on stderr */
}
/* end */

/* example: sley_run sley_finish sley_error_drop: The value of a promise, or its error, at the end of a program. */
static int run_to_end(sley_promise *p)
{
  sley_value v;
  sley_error *e = sley_run(p, &v);
  if (e != NULL) {
    fprintf(stderr, "%s\n", sley_error_message(e));
    sley_error_drop(e);
  } else {
    printf("%d\n", (int)sley_value_int(&v));
  }
  return e != NULL || sley_finish() != 0;
}
/* end */

/* example: sley_with_timeout sley_sleep: No longer than so many seconds. */
static sley_promise *nap(double seconds)
{
  return sley_with_timeout(sley_sleep(seconds), 0.005);
}
/* end */

/* example: sley_every: Ticks that do not drift; the third one ends them. */
static sley_promise *tick(void *left)
{
  if (--*(int *)left == 0) return sley_fail(sley_error_closed());
  return sley_return_unit();
}

static sley_promise *ticks(int *left)
{
  return sley_every(0.001, tick, left);
}
/* end */

/* example: sley_wait_signal: Until SIGHUP comes. */
static sley_promise *wait_for_reload(void)
{
  return sley_wait_signal(SIGHUP);
}
/* end */

/* example: sley_spawn sley_await: A loop that waits, as one writes it with threads. */
static sley_promise *count_slowly(void *to)
{
  int64_t n = 0;
  while (n < *(const int64_t *)to) {
    sley_error *e = sley_await(sley_sleep(0.0001), NULL);
    if (e != NULL)
      return sley_fail(e); /* Canceled, too: nothing is left to be done */
    n++;
  }
  return sley_return(sley_int(n));
}

static sley_promise *count(int64_t *to)
{
  return sley_spawn(count_slowly, to);
}
/* end */

/* example: sley_with_scope sley_scope_start sley_scope_wait sley_scope_fn: Children that are over when the scope is. */
static sley_promise *child(void *done)
{
  ++*(int *)done;
  return sley_sleep(0.001);
}

static sley_promise *family(void *done, sley_scope *scope)
{
  for (int i = 0; i < 3; i++) (void)sley_scope_start(scope, child, done);
  return sley_scope_wait(
      scope); /* without it, leaving cancels the children */
}

static sley_promise *raise_family(int *done)
{
  return sley_with_scope(family, done);
}
/* end */

/* example: sley_with_lock: One at a time, also over a wait. */
typedef struct account {
  sley_mutex *lock;
  int64_t balance, seen;
} account;

static sley_promise *write_back(void *ctx, sley_value *v)
{
  account *a = ctx;
  (void)v;
  a->balance = a->seen + 1;
  return sley_return_unit();
}

static sley_promise *add_one(void *ctx)
{
  account *a = ctx;
  a->seen = a->balance;
  return sley_bind(sley_pause(), write_back,
                   a); /* others run, and wait for the lock */
}

static sley_promise *deposit(account *a)
{
  return sley_with_lock(a->lock, add_one, a);
}
/* end */

/* example: sley_mvar_take sley_mvar_put: A box from which one takes what another puts in. */
static sley_promise *produce(void *box)
{
  for (int i = 1; i <= 3; i++) {
    sley_error *e = sley_await(sley_mvar_put(box, sley_int(i)), NULL);
    if (e != NULL) return sley_fail(e);
  }
  return sley_return_unit();
}

static sley_promise *consume(void *box)
{
  int64_t sum = 0, n = 0;
  for (int i = 0; i < 3; i++) {
    sley_error *e = sley_await_int(sley_mvar_take(box), &n);
    if (e != NULL) return sley_fail(e);
    sum += n;
  }
  return sley_return(sley_int(sum));
}
/* end */

/* example: sley_pool_use sley_pool_new sley_pool_options: At most two members, made when they are needed. */
static sley_promise *open_member(void *made)
{
  return sley_return(sley_int(++*(int *)made));
}

static sley_promise *use_member(void *ctx, sley_value *member)
{
  (void)ctx;
  return sley_return(sley_int(sley_value_int(member)));
}

static sley_error *new_pool(int *made, sley_pool **out)
{
  sley_pool_options options = {
      .size = sizeof(options), .max = 2, .create = open_member, .ctx = made};
  return sley_pool_new(&options, out);
}

static sley_promise *use_pool(sley_pool *pool)
{
  return sley_pool_use(pool, use_member, NULL);
}
/* end */

/* example: sley_stream_new sley_pusher_push sley_stream_get: What is pushed here is read there. */
static sley_promise *read_all(void *stream)
{
  int64_t sum = 0;
  for (;;) {
    sley_value v;
    sley_error *e = sley_await(sley_stream_get(stream), &v);
    if (e != NULL) return sley_fail(e);
    if (sley_is_none(&v)) return sley_return(sley_int(sum)); /* the end */
    sum += sley_value_int(&v);
  }
}

static sley_error *numbers(sley_stream **out)
{
  sley_pusher *push;
  sley_error *e = sley_stream_new(out, &push);
  if (e != NULL) return e;
  for (int i = 1; i <= 4; i++) (void)sley_pusher_push(push, sley_int(i));
  sley_pusher_close(push);
  sley_pusher_drop(push);
  return NULL;
}
/* end */

/* example: sley_stream_map sley_stream_iter sley_stream_from_values: A stream is made of another, and read to its end. */
static sley_error *twice(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = sley_int(2 * sley_value_int(in));
  return NULL;
}

static sley_error *add(void *sum, sley_value *v)
{
  *(int64_t *)sum += sley_value_int(v);
  return NULL;
}

static sley_promise *add_doubled(int64_t *sum)
{
  sley_stream *numbers =
      sley_stream_from_values(SLEY_VALUES(sley_int(1), sley_int(2)));
  return sley_stream_iter(sley_stream_map(numbers, twice, NULL), add, sum);
}
/* end */

/* example: sley_dump sley_write_file sley_promise_set_name: What waits for what, now. */
static void show_waiting(sley_promise *p, FILE *to)
{
  sley_promise_set_name(p, "request 7");
  sley_error_drop(sley_dump(SLEY_DUMP_FORMAT_TEXT, sley_write_file, to));
}
/* end */

static void test_time(void)
{
  int left = 3;
  int64_t to = 5;
  CHECK(run_int(nap(0)) == 0);
  run_fails(nap(60), SLEY_ETIMEOUT);
  run_fails(ticks(&left), SLEY_ECLOSED);
  CHECK(left == 0);
  sley_promise *reload = wait_for_reload();
  CHECK(raise(SIGHUP) == 0);
  CHECK(run_int(reload) == SIGHUP);
  CHECK(run_int(count(&to)) == 5);
}

static void test_together(void)
{
  int done = 0, made = 0;
  CHECK(sley_run(raise_family(&done), NULL) == NULL && done == 3);
  account a = {NULL, 0, 0};
  CHECK(sley_mutex_new(&a.lock) == NULL);
  sley_promise *one = deposit(&a), *other = deposit(&a);
  CHECK(sley_run(sley_join(SLEY_PROMISES(one, other)), NULL) == NULL &&
        a.balance == 2);
  sley_mutex_drop(a.lock);
  sley_mvar *box;
  CHECK(sley_mvar_new(&box) == NULL);
  sley_promise *produced = sley_spawn(produce, box);
  CHECK(run_int(sley_spawn(consume, box)) == 6 &&
        sley_run(produced, NULL) == NULL);
  sley_mvar_drop(box);
  sley_pool *pool;
  CHECK(new_pool(&made, &pool) == NULL);
  CHECK(run_int(use_pool(pool)) == 1 && run_int(use_pool(pool)) == 1 &&
        made == 1);
  sley_pool_drop(pool);
}

static void test_streams(void)
{
  sley_stream *stream;
  CHECK(numbers(&stream) == NULL);
  CHECK(run_int(sley_spawn(read_all, stream)) == 10);
  sley_stream_drop(stream);
  int64_t sum = 0;
  CHECK(sley_run(add_doubled(&sum), NULL) == NULL && sum == 6);
}

static void test_dump(void)
{
  char text[512] = "";
  FILE *file = tmpfile();
  CHECK(file != NULL);
  sley_promise *p = sley_sleep(60);
  show_waiting(p, file);
  rewind(file);
  CHECK(fread(text, 1, sizeof(text) - 1, file) > 0 &&
        strstr(text, "request 7") != NULL);
  fclose(file);
  sley_cancel(p);
  sley_drop(p);
}

int main(void)
{
  test_time();
  test_together();
  test_streams();
  test_dump();
  CHECK(run_program() == 0);
  return run_to_end(sley_return(sley_int(7)));
}
