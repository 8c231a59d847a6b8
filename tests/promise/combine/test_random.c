/* Random programs over owned, taken and shared values, with callbacks and destructors that call back into the
 * library. No outcome is predicted: in every case each context is dropped once, each object freed once, and nothing
 * is left. The vectors use scalars only and cannot show that.
 * Tests src/promise/combine/single.c, src/promise/combine/group.c, src/promise/combine/list.c,
 * src/promise/core/resolve.c, src/promise/core/life.c. */
#include "support/world.h"

enum { SLOTS = 24, LEAVES = 12, STEPS = 120, ROUNDS = 1500 };

static struct state {
  uint64_t seed;
  sley_promise *slots[SLOTS];   /* any promises; one reference each */
  sley_promise *leaves[LEAVES]; /* made by wait, task, pause: never wait for anything themselves */
  sley_resolver *resolvers[LEAVES];
  int contexts; /* alive */
  int depth, steps;
} s;

static unsigned pick_number(unsigned below)
{
  s.seed ^= s.seed << 13;
  s.seed ^= s.seed >> 7;
  s.seed ^= s.seed << 17;
  return (unsigned)(s.seed >> 11) % below;
}

static void step(void);

/* ---- contexts */
typedef struct context {
  bool alive;
} context;
static void maybe_step(void)
{
  if (s.depth < 4 && s.steps > 0 && pick_number(3) == 0) {
    s.depth++;
    step();
    s.depth--;
  }
}
static context *context_new(void)
{
  context *c = malloc(sizeof *c);
  if (c == NULL) abort();
  c->alive = true;
  s.contexts++;
  return c;
}
static void context_drop(void *ctx)
{
  context *c = ctx;
  assert_true(c->alive);
  c->alive = false;
  s.contexts--;
  free(c);
  maybe_step(); /* destructors can use the library */
}

/* ---- values: an object whose drop function can use the library, too */
static void wild_drop(void *ptr)
{
  thing_drop(ptr);
  maybe_step();
}
static const sley_type wild_mover = {sizeof wild_mover, "wild mover", wild_drop, NULL, NULL};
static const sley_type wild_copier = {sizeof wild_copier, "wild copier", wild_drop, thing_dup,
                                      NULL};

static sley_value value_new(void)
{
  switch (pick_number(3)) {
    case 0: return sley_int(1);
    case 1: return sley_own(thing_new(1), &wild_mover);
    default: return sley_own(thing_new(1), &wild_copier);
  }
}

static void look_at(sley_value *v)
{
  sley_value mine;
  if (v->type == &wild_mover || v->type == &wild_copier) {
    assert_true(((thing *)v->ptr)->number >= 1);
  } else if (v->type == &sley_type_list) {
    sley_list *list = sley_list_in(v);
    if (sley_list_count(list) > 0 && pick_number(2) == 0) {
      (void)!sley_list_take_item(list, pick_number((unsigned)sley_list_count(list)), &mine);
      sley_value_drop(&mine);
    }
    return;
  }
  if (pick_number(2) == 0) {
    (void)!sley_take(v, &mine);
    maybe_step();
    sley_value_drop(&mine);
  }
}

/* ---- callbacks */
static sley_promise *answer(void)
{
  sley_promise *leaf = s.leaves[pick_number(LEAVES)];
  switch (pick_number(4)) {
    case 0: return sley_fail(error_of(1));
    case 1: return sley_return(value_new());
    default: return leaf != NULL ? sley_keep(leaf) : sley_return(sley_unit());
  }
}
static sley_promise *on_value(void *ctx, sley_value *v)
{
  assert_true(((context *)ctx)->alive);
  look_at(v);
  maybe_step();
  assert_true(((context *)ctx)->alive);
  return answer();
}
static sley_promise *on_error(void *ctx, sley_error *e)
{
  assert_true(((context *)ctx)->alive);
  maybe_step();
  return pick_number(2) == 0 ? sley_fail(sley_error_keep(e)) : answer();
}
static sley_error *on_map(void *ctx, sley_value *in, sley_value *out)
{
  assert_true(((context *)ctx)->alive);
  look_at(in);
  maybe_step();
  if (pick_number(4) == 0) return error_of(2);
  *out = value_new();
  return NULL;
}
static sley_promise *on_start(void *ctx)
{
  assert_true(((context *)ctx)->alive);
  maybe_step();
  return answer();
}
static void see_value(void *ctx, sley_value *v)
{
  assert_true(((context *)ctx)->alive);
  look_at(v);
  maybe_step();
}
static void see_error(void *ctx, sley_error *e)
{
  (void)e;
  assert_true(((context *)ctx)->alive);
  maybe_step();
}
static void see_done(void *ctx)
{
  assert_true(((context *)ctx)->alive);
  maybe_step();
}

static sley_promise *start_in_storage(void *ctx)
{
  (void)ctx;
  maybe_step();
  return answer();
}
static const sley_key key = SLEY_KEY("random");

/* ---- one step */
static void put(sley_promise *p)
{
  sley_promise **slot = &s.slots[pick_number(SLOTS)], *old = *slot;
  *slot = p;
  sley_drop(old);
}
static sley_promise *any(void) /* a reference that the caller owns */
{
  sley_promise *p = s.slots[pick_number(SLOTS)];
  return p != NULL ? sley_keep(p) : sley_return(value_new());
}

static void make_leaf(void)
{
  unsigned at = pick_number(LEAVES);
  sley_resolver *old = s.resolvers[at];
  sley_promise *gone = s.leaves[at];
  s.resolvers[at] = NULL;
  s.leaves[at] = NULL;
  sley_resolver_drop(&old);
  sley_drop(gone);
  if (s.leaves[at] != NULL) return; /* a callback took the place meanwhile */
  switch (pick_number(3)) {
    case 0: s.leaves[at] = sley_pause(); break;
    case 1: s.leaves[at] = sley_pending(&s.resolvers[at]); break;
    default: s.leaves[at] = sley_cancelable(&s.resolvers[at]); break;
  }
  put(sley_keep(s.leaves[at]));
}

static void answer_leaf(void)
{
  /* The resolver is removed from its place first: a callback can return here. */
  sley_resolver **place = &s.resolvers[pick_number(LEAVES)], *r = *place;
  *place = NULL;
  switch (pick_number(5)) {
    case 0: sley_fulfill(&r, value_new()); break;
    case 1: sley_fulfill_now(&r, value_new()); break;
    case 2: sley_reject(&r, error_of(3)); break;
    case 3: sley_reject_now(&r, sley_error_canceled()); break;
    default: sley_resolver_drop(&r); break;
  }
}

static void single(void)
{
  sley_promise *p = any();
  context *c = context_new();
  switch (pick_number(6)) {
    case 0: put(sley_bind(p, on_value, c, context_drop)); break;
    case 1: put(sley_map(p, on_map, c, context_drop)); break;
    case 2: put(sley_catch(p, on_error, c, context_drop)); break;
    case 3: put(sley_try_bind(p, on_value, on_error, c, context_drop)); break;
    case 4: put(sley_finalize(p, on_start, c, context_drop)); break;
    default: put(sley_attach(p, c, context_drop)); break;
  }
}

static void observe(void)
{
  sley_promise *p = any();
  context *c = context_new();
  switch (pick_number(5)) {
    case 0: sley_on_success(p, see_value, c, context_drop); break;
    case 1: sley_on_failure(p, see_error, c, context_drop); break;
    case 2: sley_on_termination(p, see_done, c, context_drop); break;
    case 3: sley_on_any(p, see_value, see_error, c, context_drop); break;
    default: sley_on_cancel(p, see_done, c, context_drop); break;
  }
  sley_drop(p);
}

static void group(void)
{
  sley_promise *ps[4];
  unsigned n = 1 + pick_number(4);
  for (unsigned i = 0; i < n; i++) ps[i] = any();
  switch (pick_number(7)) {
    case 0: put(sley_join(ps, n)); break;
    case 1: put(sley_all(ps, n)); break;
    case 2: put(sley_choose(ps, n)); break;
    case 3: put(sley_pick(ps, n)); break;
    case 4: put(sley_nchoose(ps, n)); break;
    case 5: put(sley_npick(ps, n)); break;
    default: put(sley_nchoose_split(ps, n)); break;
  }
}

static void guard(void)
{
  sley_promise *p = any();
  switch (pick_number(4)) {
    case 0: put(sley_protected(p)); break;
    case 1: put(sley_no_cancel(p)); break;
    case 2: put(sley_wrap_in_cancelable(p)); break;
    default: sley_error_drop(sley_ignore_result(p)); break;
  }
}

static void step(void)
{
  if (s.steps-- <= 0) return;
  sley_promise *p;
  switch (pick_number(14)) {
    case 0:
    case 1: make_leaf(); break;
    case 2:
    case 3: answer_leaf(); break;
    case 4:
    case 5: single(); break;
    case 6: observe(); break;
    case 7:
    case 8: group(); break;
    case 9: guard(); break;
    case 10:
      p = any();
      sley_cancel(p);
      sley_drop(p);
      break;
    case 11: put(NULL); break;
    case 12:
      /* Not sley_abandon_paused: a split can hold an abandoned pause whose callbacks hold the split, a cycle that
       * lives until the end of its domain. */
      sley_wakeup_paused();
      break;
    default: put(sley_with_value(&key, value_new(), start_in_storage, NULL)); break;
  }
}

static void let_go(void)
{
  s.steps = 0;
  for (int i = 0; i < LEAVES; i++) {
    sley_resolver_drop(&s.resolvers[i]);
    sley_drop(s.leaves[i]);
    s.leaves[i] = NULL;
  }
  for (int i = 0; i < SLOTS; i++) {
    sley_drop(s.slots[i]);
    s.slots[i] = NULL;
  }
  sley_wakeup_paused();
  sley_abandon_paused();
}

static void nothing_is_left(void **state)
{
  (void)state;
  for (int round = 1; round <= ROUNDS; round++) {
    memset(&s, 0, sizeof s);
    s.seed = (uint64_t)round * UINT64_C(0x9e3779b97f4a7c15);
    s.steps = STEPS * 3;
    if (round % 3 == 0) sley_set_stack_limit(4096);
    for (int i = 0; i < STEPS; i++) step();
    let_go();
    if (live() != 0 || s.contexts != 0 || things_alive != 0)
      fail_msg("round %d leaves %d promises, %d contexts, %d objects", round, (int)live(),
               s.contexts, things_alive);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {TEST(nothing_is_left)};
  return RUN_TESTS(tests);
}
