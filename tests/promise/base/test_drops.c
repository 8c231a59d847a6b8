/* Values nested a million levels deep are dropped on a small stack and without memory, whatever holds the next
 * level: on the stack of a thread, of a fiber, of another thread. Fault 5.
 * Tests src/promise/base/value.c, src/promise/core/free.c. */
#include <sys/resource.h>
#include <unistd.h>

#include "support/small_stack.h"
#include "support/world.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { CHECKED = 1, STACK = 128 * 1024 };
#else
enum { CHECKED = 0, STACK = 32 * 1024 };
#endif
enum { MILLION = 1000000 };
static int many(void) { return world.single_objects || CHECKED ? MILLION / 50 : MILLION; }

/* ---- one more level around a value */

static sley_value in_list(sley_value v)
{
  sley_value three[] = {sley_int(1), v, sley_int(3)}, out;
  assert_null(sley_list_new(three, 3, &out));
  return out;
}

static sley_promise *take_into(void *out, sley_value *v)
{
  assert_int_equal(sley_take(v, out), 0);
  return sley_return(sley_unit());
}

static sley_value taken(sley_promise *p)
{
  sley_value out;
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_drop(sley_bind(p, take_into, &out));
  return out;
}

static sley_value in_pair(sley_value v)
{
  return taken(sley_both(sley_return(v), sley_return(sley_int(0))));
}

static sley_value in_split(sley_value v)
{
  sley_promise *p[] = {sley_return(v)};
  return taken(sley_nchoose_split(p, 1));
}

static sley_value in_result(sley_value v)
{
  sley_value out;
  assert_null(sley_result_new_ok(v, &out));
  return out;
}

static sley_value in_promise(sley_value v) { return sley_promise_to_value(sley_return(v)); }

static sley_value in_head(sley_value v)
{
  sley_value out;
  assert_null(sley_seq_new_cons(v, sley_seq_empty(), &out));
  return out;
}

static sley_value in_tail(sley_value v)
{
  sley_value out;
  assert_null(sley_seq_new_cons(sley_int(0), sley_seq_cons(v, sley_seq_empty()), &out));
  return out;
}

static sley_value in_items(sley_value v)
{
  sley_value out;
  assert_null(sley_seq_new_cons(sley_int(0), sley_seq_from_values(&v, 1), &out));
  return out;
}

static sley_value in_signal(sley_value v) { return sley_signal_to_value(sley_signal_new(v, NULL)); }

static sley_value in_stream(sley_value v)
{
  sley_stream *s;
  sley_pusher *push;
  assert_null(sley_stream_new(&s, &push));
  assert_int_equal(sley_pusher_push(push, v), 0);
  sley_pusher_drop(push);
  return sley_stream_to_value(s);
}

static sley_value in_parked(sley_value v)
{
  sley_stream *s;
  sley_bounded_pusher *push;
  assert_null(sley_stream_new_bounded(0, &s, &push));
  sley_drop(sley_bounded_pusher_push(push, v));
  assert_true(sley_bounded_pusher_is_blocked(push));
  sley_bounded_pusher_drop(push);
  return sley_stream_to_value(s);
}

typedef struct holder {
  sley_value inner;
} holder;
static void holder_drop(void *ptr)
{
  holder *h = ptr;
  sley_value_drop(&h->inner);
  free(h);
  things_alive--;
}
static const sley_type type_holder = {sizeof type_holder, "holder", holder_drop, NULL, NULL};
static sley_value in_holder(sley_value v)
{
  holder *h = malloc(sizeof *h);
  assert_non_null(h);
  h->inner = v;
  things_alive++;
  return sley_own(h, &type_holder);
}

typedef sley_value level(sley_value v);
/* A drop function of the program between any two of the library's. */
static level *const levels[] = {in_list,  in_holder, in_result, in_holder, in_promise, in_holder,
                                in_head,  in_holder, in_tail,   in_holder, in_signal,  in_holder,
                                in_split, in_holder, in_stream, in_holder, in_parked,  in_holder,
                                in_items, in_holder, in_pair};
enum { LEVELS = sizeof levels / sizeof levels[0] };

static sley_value nest(level *around)
{
  sley_value v = sley_own(thing_new(0), &type_mover);
  int n = around == in_list || around == in_pair || around == in_result || around == in_promise
              ? many()
              : many() / 10;
  for (int i = 0; i < n; i++) v = around != NULL ? around(v) : levels[i % LEVELS](v);
  return v;
}

/* ---- contexts in which they are dropped */

static void drop_without_memory(sley_value v)
{
  heap.fail_every = 1;
  sley_value_drop(&v);
  heap.fail_every = 0;
  assert_int_equal(things_alive, 0);
}

static void drop_here(sley_value v)
{
  drop_without_memory(v);
  assert_int_equal(live(), 0);
}

static sley_promise *fiber(void *ctx)
{
  drop_without_memory(*(sley_value *)ctx);
  return sley_return(sley_unit());
}

static void drop_in_a_fiber(sley_value v)
{
  sley_spawn_options o = {.size = sizeof o, .stack = STACK};
  sley_promise *p = sley_spawn_with(&o, fiber, &v, NULL);
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_drop(p);
}

static void each_kind(void (*drop)(sley_value v))
{
  static level *const kinds[] = {in_list, in_pair,  in_split,  in_result, in_promise, in_head,
                                 in_tail, in_items, in_signal, in_stream, in_parked,  NULL};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) drop(nest(kinds[i]));
}

static void on_the_main_stack(void **state)
{
  (void)state;
  each_kind(drop_here);
}

static void on_the_stack_of_a_fiber(void **state)
{
  (void)state;
  each_kind(drop_in_a_fiber);
}

static void *with_a_domain(void *ctx)
{
  (void)ctx;
  sley_domain *d;
  assert_null(sley_domain_new(world.runtime, "other", &d));
  sley_domain_enter(d);
  sley_set_unhandled_hook(world_unhandled, NULL);
  each_kind(drop_here);
  sley_domain_leave(d);
  assert_int_equal(sley_domain_end(d), 0);
  return NULL;
}

static void on_another_thread(void **state)
{
  (void)state;
  run_on_stack(128, with_a_domain, NULL);
}

/* With the promise's outcome, and with its reader. */
static void with_the_promise(void **state)
{
  (void)state;
  sley_promise *acc = sley_return(sley_own(thing_new(0), &type_mover));
  for (int i = 0; i < many(); i++) acc = sley_both(acc, sley_return(sley_int(i)));
  assert_int_equal(sley_state(acc), SLEY_PROMISE_STATE_FULFILLED);
  heap.fail_every = 1;
  sley_drop(acc);
  heap.fail_every = 0;
  assert_int_equal(things_alive, 0);
}

/* The end of a domain drops what is left in it. */
static void with_the_domain(void **state)
{
  (void)state;
  sley_domain *d;
  sley_domain_leave(world.domain);
  for (int i = 0; i < LEVELS; i++) {
    assert_null(sley_domain_new(world.runtime, "other", &d));
    sley_domain_enter(d);
    sley_set_unhandled_hook(world_unhandled, NULL);
    sley_promise *left = sley_return(nest(i == 0 ? NULL : in_list));
    (void)left;
    sley_domain_leave(d);
    assert_true(sley_domain_end(d) > 0);
    assert_int_equal(things_alive, 0);
    if (i == 1) break;
  }
  sley_domain_enter(world.domain);
}

static void *drop_error(void *e)
{
  sley_error_drop(e);
  return NULL;
}

static void causes_without_a_domain(void **state)
{
  (void)state;
  sley_error *e = error_of(1);
  for (int i = 0; i < many(); i++) e = sley_error_wrap(e, "level %d", i);
  assert_true(sley_error_is(e, &kind_test, 1));
  run_on_stack(128, drop_error, e);
}

/* ---- order */

static void said_drop(void *ptr) { note(ptr); }
static const sley_type type_said = {sizeof type_said, "said", said_drop, NULL, NULL};
static sley_value said(const char *word)
{
  union {
    const char *in;
    void *out;
  } u = {word};
  return sley_own(u.out, &type_said);
}
static sley_value list_of(sley_value a, sley_value b, sley_value c)
{
  sley_value three[] = {a, b, c}, out;
  assert_null(sley_list_new(three, 3, &out));
  return out;
}

static void parents_before_children(void **state)
{
  (void)state;
  sley_value inner = list_of(said("3"), list_of(said("5"), said("6"), sley_unit()), said("4"));
  sley_value v = list_of(said("1"), inner, said("2"));
  sley_value_drop(&v);
  assert_log("1 2 3 4 5 6");
}

/* Called from a drop function, sley_value_drop can return before the value is dropped; elsewhere it never does. */
static void outer_drop(void *ptr)
{
  sley_value_drop(ptr);
  note("outer");
}
static const sley_type type_outer = {sizeof type_outer, "outer", outer_drop, NULL, NULL};

static void a_drop_in_a_drop_may_return_first(void **state)
{
  (void)state;
  sley_value inner = list_of(said("inner"), sley_unit(), sley_unit());
  sley_value v = list_of(sley_own(&inner, &type_outer), sley_unit(), sley_unit());
  sley_value_drop(&v);
  assert_log("outer inner");
}

int main(int count, char **arguments)
{
  (void)count;
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return 2;
  if (limit.rlim_cur != 256 * 1024) {
    limit.rlim_cur = 256 * 1024;
    if (setrlimit(RLIMIT_STACK, &limit) != 0) return 2;
    execv(arguments[0], arguments);
    perror(arguments[0]);
    return 2;
  }
  const struct CMUnitTest tests[] = {
      TEST(on_the_main_stack),       TEST(on_the_stack_of_a_fiber),
      TEST(on_another_thread),       TEST(with_the_promise),
      TEST(with_the_domain),         TEST(causes_without_a_domain),
      TEST(parents_before_children), TEST(a_drop_in_a_drop_may_return_first),
  };
  return RUN_TESTS(tests);
}
