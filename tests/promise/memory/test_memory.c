/* The memory cost of promises; loops around long-lived promises leave nothing behind. SLEY_TURNS sets the turns of
 * each loop: 10000000 takes half a minute.
 * Tests src/promise/memory/slab.c, src/promise/memory/alone.c, src/promise/memory/runtime_memory.c. */
#include "support/world.h"

static sley_counters counters_now(void)
{
  sley_counters c = {.size = sizeof c};
  sley_counters_get(&c);
  return c;
}

static sley_promise *same(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}

/* ---- sizes: all memory of the domain counts, page headers too */

enum { MANY = 500000 };

static double bytes_each(uint64_t before) { return (double)(counters_now().bytes - before) / MANY; }

static void sizes(void **state)
{
  (void)state;
  if (world.single_objects || sizeof(void *) != 8) return;
  sley_resolver **r = calloc(MANY, sizeof *r);
  sley_promise **p = calloc(MANY, sizeof *p);
  assert_true(r != NULL && p != NULL);
  uint64_t before = counters_now().bytes;
  for (int i = 0; i < MANY; i++) p[i] = sley_pending(&r[i]);
  double pending = bytes_each(before);
  before = counters_now().bytes;
  for (int i = 0; i < MANY; i++) p[i] = sley_bind(p[i], same, NULL);
  double bound = bytes_each(before);
  print_message("a pending promise: %.2f bytes; a bind on it: %.2f more\n", pending, bound);
  assert_true(pending < 64.25);
  assert_true(bound < 112.5);
  for (int i = 0; i < MANY; i++) {
    sley_drop(p[i]);
    sley_resolver_drop(&r[i]);
  }
  free(r);
  free(p);
}

/* ---- loops: the test holds long_lived and other, which stay pending; round_trip is one turn */

static sley_promise *long_lived, *other;

typedef sley_promise *combine_fn(sley_promise *const *ps, size_t n);

/* Of the long-lived promise and a short one, which settles while the next turn holds the result. */
static sley_promise *held;
static void kept_a_turn(combine_fn *combine)
{
  sley_resolver *r;
  sley_promise *now = combine(SLEY_PROMISES(sley_keep(long_lived), sley_pending(&r)));
  sley_fulfill(&r, sley_unit());
  sley_drop(held);
  held = now;
}

static void dropped_at_once(combine_fn *combine)
{
  sley_resolver *r;
  sley_drop(combine(SLEY_PROMISES(sley_keep(long_lived), sley_cancelable(&r))));
  sley_fulfill(&r, sley_unit());
  sley_drop(combine(SLEY_PROMISES(sley_keep(long_lived), sley_pending(&r))));
  sley_resolver_drop(&r);
}

static void of_long_lived_only(combine_fn *combine)
{
  sley_drop(combine(SLEY_PROMISES(sley_keep(long_lived), sley_keep(other))));
}

static void with_settled(combine_fn *combine)
{
  sley_drop(combine(SLEY_PROMISES(sley_keep(long_lived), sley_return(sley_unit()))));
}

typedef sley_promise *guard_fn(sley_promise *p);
static guard_fn *const guards[] = {sley_protected, sley_no_cancel, sley_wrap_in_cancelable};

static void guarded(combine_fn *combine)
{
  (void)combine;
  for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++)
    sley_drop(guards[i](sley_keep(long_lived)));
}

/* Freeing a combination frees the nested one, too. */
static void nested(combine_fn *combine)
{
  sley_promise *inner = sley_join(SLEY_PROMISES(sley_keep(long_lived), sley_keep(other)));
  sley_resolver *r;
  sley_drop(sley_protected(combine(SLEY_PROMISES(sley_protected(inner), sley_pending(&r)))));
  sley_fulfill(&r, sley_unit());
}

typedef struct loop {
  const char *name;
  void (*turn)(combine_fn *combine);
  combine_fn *combine;
} loop;

static const loop loops[] = {
    {"choose, kept a turn", kept_a_turn, sley_choose},
    {"choose, dropped at once", dropped_at_once, sley_choose},
    {"choose of long-lived ones only", of_long_lived_only, sley_choose},
    {"pick, kept a turn", kept_a_turn, sley_pick},
    {"pick, dropped at once", dropped_at_once, sley_pick},
    {"pick of long-lived ones only", of_long_lived_only, sley_pick},
    {"nchoose, dropped at once", dropped_at_once, sley_nchoose},
    {"npick, dropped at once", dropped_at_once, sley_npick},
    {"nchoose_split of long-lived ones only", of_long_lived_only, sley_nchoose_split},
    {"protected, no_cancel and wrap_in_cancelable", guarded, NULL},
    {"join with a short one", dropped_at_once, sley_join},
    {"join with a settled one", with_settled, sley_join},
    {"all with a settled one", with_settled, sley_all},
    {"nested choose", nested, sley_choose},
    {"nested join", nested, sley_join},
};

static long turns(void)
{
  const char *text = getenv("SLEY_TURNS");
  long asked = text != NULL ? atol(text) : 200000;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  if (text == NULL) asked /= 20;
#endif
  return world.single_objects ? asked / 20 + 1 : asked;
}

static void loops_do_not_grow(void **state)
{
  (void)state;
  sley_resolver *long_resolver, *other_resolver;
  long_lived = sley_pending(&long_resolver);
  other = sley_pending(&other_resolver);
  for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
    const loop *l = &loops[i];
    held = NULL;
    for (int k = 0; k < 100; k++) l->turn(l->combine);
    sley_counters before = counters_now();
    for (long k = 0; k < turns(); k++) l->turn(l->combine);
    sley_counters after = counters_now();
    if (after.live != before.live || after.bytes != before.bytes)
      fail_msg("%s: %llu live promises and %llu bytes, after %ld turns %llu and %llu", l->name,
               (unsigned long long)before.live, (unsigned long long)before.bytes, turns(),
               (unsigned long long)after.live, (unsigned long long)after.bytes);
    sley_drop(held);
    assert_int_equal(live(), 2);
  }
  /* Operands of a freed combination count as read. */
  sley_reject(&long_resolver, error_of(1));
  sley_reject(&other_resolver, error_of(2));
  sley_drop(long_lived);
  sley_drop(other);
  assert_int_equal(world.unhandled, 0);
}

/* A wrap or all restores its storage when the operand settles, even without a handle: the storage of callbacks older
 * than it. One for each older callback is enough. */
static sley_promise *store_and_let_go(void *ctx)
{
  (void)ctx;
  guarded(NULL);
  sley_promise *between = sley_choose(SLEY_PROMISES(sley_keep(long_lived), sley_keep(other)));
  of_long_lived_only(sley_all);
  guarded(NULL);
  sley_drop(between);
  sley_drop(sley_all(SLEY_PROMISES(sley_keep(other), sley_keep(other))));
  guarded(NULL);
  return sley_return(sley_unit());
}

static const sley_key stored = SLEY_KEY("stored");
static int found;
static void look(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  const sley_value *v = sley_storage_get(&stored);
  found = v != NULL ? (int)v->i : -1;
}
static sley_promise *give_long_lived(void *ctx)
{
  (void)ctx;
  return sley_keep(long_lived);
}

static void storage_of_dropped_guards(void **state)
{
  (void)state;
  sley_resolver *long_resolver, *other_resolver;
  long_lived = sley_pending(&long_resolver);
  other = sley_pending(&other_resolver);
  sley_dont_wait(give_long_lived, look, NULL);
  uint64_t after_ten = 0;
  for (int i = 1; i <= 1000; i++) {
    sley_drop(sley_with_value(&stored, sley_int(i), store_and_let_go, NULL));
    if (i == 10) after_ten = live();
  }
  assert_int_equal(live(), after_ten);
  assert_true(after_ten <= 6);
  sley_reject(&long_resolver, error_of(1));
  assert_int_equal(found, 1); /* the oldest ran last */
  sley_fulfill(&other_resolver, sley_unit());
  sley_drop(long_lived);
  sley_drop(other);
}

/* ---- what is still needed stays */

static void pick_dropped_still_cancels(void **state)
{
  (void)state;
  sley_resolver *winner, *loser;
  sley_promise *first = sley_pending(&winner), *second = sley_cancelable(&loser);
  sley_drop(sley_pick(SLEY_PROMISES(first, sley_keep(second))));
  sley_fulfill(&winner, sley_unit());
  assert_rejected_sley(second, SLEY_ECANCELED);
  sley_drop(second);
  sley_resolver_drop(&loser);
  /* A callback in place of a handle. */
  first = sley_pending(&winner);
  second = sley_cancelable(&loser);
  sley_on_cancel(second, note_done, "canceled");
  sley_drop(sley_pick(SLEY_PROMISES(first, second)));
  sley_fulfill(&winner, sley_unit());
  assert_log("canceled");
  sley_resolver_drop(&loser);
}

static void callbacks_keep_it(void **state)
{
  (void)state;
  sley_resolver *r[3];
  sley_promise *p[3];
  for (int i = 0; i < 3; i++) p[i] = sley_pending(&r[i]);
  sley_promise *chosen = sley_choose(SLEY_PROMISES(sley_keep(p[0]), sley_keep(p[1])));
  sley_on_success(chosen, note_value, "observer");
  sley_drop(chosen);
  sley_promise *guard = sley_protected(sley_keep(p[2]));
  sley_on_cancel(guard, note_done, "unused");
  sley_on_termination(guard, note_done, "guard");
  sley_drop(guard);
  sley_drop(sley_bind(sley_join(SLEY_PROMISES(sley_keep(p[0]), sley_keep(p[1]))), same, NULL));
  for (int i = 0; i < 3; i++) sley_fulfill(&r[i], sley_unit());
  assert_log("observer guard");
  for (int i = 0; i < 3; i++) sley_drop(p[i]);
}

/* A bind can follow a cell that a choose released: the cell's error counts as read there, too. */
static sley_promise *give(void *ctx, sley_value *v)
{
  (void)v;
  return sley_keep(ctx);
}

static void listened_to_and_followed(void **state)
{
  (void)state;
  sley_resolver *r, *start, *never;
  sley_promise *p = sley_pending(&r);
  sley_promise *never_promise = sley_pending(&never);
  sley_drop(sley_choose(SLEY_PROMISES(sley_keep(p), sley_keep(never_promise))));
  sley_promise *q = sley_bind(sley_pending(&start), give, p);
  sley_fulfill(&start, sley_unit());
  sley_drop(p);
  sley_reject(&r, error_of(3));
  sley_drop(q);
  assert_int_equal(world.unhandled, 0);
  sley_drop(never_promise);
  sley_resolver_drop(&never);
}

/* A destructor drops a pick and then settles its element. */
static sley_promise *picked;
static sley_resolver *answer;
static void drop_and_answer(void *ptr)
{
  (void)ptr;
  sley_drop(picked);
  sley_fulfill_now(&answer, sley_unit());
}

static void let_go_while_burying(void **state)
{
  (void)state;
  static const sley_type type = {sizeof(sley_type), "trigger", drop_and_answer, NULL, NULL};
  sley_resolver *loser;
  picked = sley_pick(SLEY_PROMISES(sley_pending(&answer), sley_cancelable(&loser)));
  sley_drop(sley_return(sley_own(&picked, &type)));
  sley_resolver_drop(&loser);
  assert_int_equal(live(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(sizes),
      TEST(loops_do_not_grow),
      TEST(storage_of_dropped_guards),
      TEST(pick_dropped_still_cancels),
      TEST(callbacks_keep_it),
      TEST(listened_to_and_followed),
      TEST(let_go_while_burying),
  };
  return RUN_TESTS(tests);
}
