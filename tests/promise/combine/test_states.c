/* Every combinator on an input in every state, with a callback that does every possible thing, checked against a
 * short specification. The grid of Lwt's own test list.
 * Tests src/promise/combine/bind.c, src/promise/combine/single.c, src/promise/combine/observe.c,
 * src/promise/combine/all.c, src/promise/combine/nchoose.c, src/promise/combine/pause.c, src/promise/combine/guard.c,
 * src/promise/kinds.c, src/promise/core/kind.c. */
#include "support/world.h"

/* The fate of an input, or of the promise that a callback returns. */
typedef enum fate {
  NOW_VALUE,
  NOW_ERROR,
  NOW_CANCELED,
  LATER_VALUE,
  LATER_ERROR,
  LATER_CANCELED, /* rejected with Canceled by its resolver */
  NEVER,
  FATES
} fate;
/* The final outcome, whenever it comes. */
typedef enum end { VALUE, ERROR, CANCELED, OPEN } end;
static end end_of(fate f)
{
  static const end ends[] = {VALUE, ERROR, CANCELED, VALUE, ERROR, CANCELED, OPEN};
  return ends[f];
}

typedef struct source {
  fate fate;
  int number; /* of its value or error */
  bool task;
  sley_resolver *r;
} source;

static sley_promise *source_start(source *s)
{
  switch (s->fate) {
    case NOW_VALUE: return sley_return(sley_int(s->number));
    case NOW_ERROR: return sley_fail(error_of(s->number));
    case NOW_CANCELED: return sley_fail(sley_error_canceled());
    default: return s->task ? sley_cancelable(&s->r) : sley_pending(&s->r);
  }
}

static void source_finish(source *s)
{
  if (s->r == NULL) return;
  if (s->fate == LATER_VALUE) sley_fulfill(&s->r, sley_int(s->number));
  if (s->fate == LATER_ERROR) sley_reject(&s->r, error_of(s->number));
  if (s->fate == LATER_CANCELED) sley_reject(&s->r, sley_error_canceled());
}

typedef struct outcome {
  end end;
  int number;
} outcome;
static outcome outcome_of(const source *s) { return (outcome){end_of(s->fate), s->number}; }

static void assert_outcome(sley_promise *p, outcome o, const char *where)
{
  bool good = false;
  const sley_value *v = sley_promise_value(p);
  sley_error *e = sley_promise_error(p);
  switch (o.end) {
    case VALUE: good = v != NULL && v->type == NULL && v->i == o.number; break;
    case ERROR: good = e != NULL && sley_error_is(e, &kind_test, o.number); break;
    case CANCELED: good = e != NULL && sley_error_is_canceled(e); break;
    case OPEN: good = sley_is_pending(p); break;
  }
  if (!good) fail_msg("%s: state %d where end %d was expected", where, sley_state(p), o.end);
}

/* ---- callbacks: record their argument, then return what `next` specifies */
typedef struct callbacks {
  source next;
  int ok, failed, done; /* calls */
  int seen;             /* last value or code, -1 for Canceled */
} callbacks;

static sley_promise *on_value(void *ctx, sley_value *v)
{
  callbacks *c = ctx;
  c->ok++;
  c->seen = (int)v->i;
  return source_start(&c->next);
}
static sley_promise *on_error(void *ctx, sley_error *e)
{
  callbacks *c = ctx;
  c->failed++;
  c->seen = sley_error_is_canceled(e) ? -1 : sley_error_code(e);
  return source_start(&c->next);
}
static sley_error *on_map(void *ctx, sley_value *in, sley_value *out)
{
  callbacks *c = ctx;
  c->ok++;
  c->seen = (int)in->i;
  if (end_of(c->next.fate) == VALUE) {
    *out = sley_int(c->next.number);
    return NULL;
  }
  return end_of(c->next.fate) == ERROR ? error_of(c->next.number) : sley_error_canceled();
}
static sley_promise *on_cleanup(void *ctx)
{
  callbacks *c = ctx;
  c->done++;
  return source_start(&c->next);
}
static void see_value(void *ctx, sley_value *v)
{
  callbacks *c = ctx;
  c->ok++;
  c->seen = (int)v->i;
}
static void see_error(void *ctx, sley_error *e)
{
  callbacks *c = ctx;
  c->failed++;
  c->seen = sley_error_is_canceled(e) ? -1 : sley_error_code(e);
}
static void see_done(void *ctx) { ((callbacks *)ctx)->done++; }

enum { BIND, MAP, CATCH, TRY_BIND, FINALIZE, FORMS };

static sley_promise *form_start(int form, sley_promise *p, callbacks *c)
{
  switch (form) {
    case BIND: return sley_bind(p, on_value, c);
    case MAP: return sley_map(p, on_map, c);
    case CATCH: return sley_catch(p, on_error, c);
    case TRY_BIND: return sley_try_bind(p, on_value, on_error, c);
    default: return sley_finalize(p, on_cleanup, c);
  }
}

/* The specification. */
static outcome form_outcome(int form, outcome in, outcome next)
{
  bool runs = in.end != OPEN &&
              (form == TRY_BIND || form == FINALIZE || (in.end == VALUE) == (form != CATCH));
  if (!runs) return in;
  if (form == FINALIZE && next.end == VALUE) return in;
  return next;
}

static void sequential_grid(void **state)
{
  (void)state;
  for (int form = 0; form < FORMS; form++)
    for (int in = 0; in < FATES; in++)
      for (int next = 0; next < FATES; next++) {
        if (form == MAP && next >= LATER_VALUE) continue;
        source s = {.fate = (fate)in, .number = 10};
        callbacks c = {.next = {.fate = (fate)next, .number = 20}};
        char where[128];
        snprintf(where, sizeof where, "form %d input %d callback %d", form, in, next);
        outcome first = in < LATER_VALUE ? outcome_of(&s) : (outcome){OPEN, 0};
        sley_promise *p = form_start(form, source_start(&s), &c);
        outcome inner = next < LATER_VALUE ? outcome_of(&c.next) : (outcome){OPEN, 0};
        assert_outcome(p, form_outcome(form, first, inner), where); /* settled immediately */
        source_finish(&s);
        assert_outcome(p, form_outcome(form, outcome_of(&s), inner), where); /* between */
        source_finish(&c.next);
        assert_outcome(p, form_outcome(form, outcome_of(&s), outcome_of(&c.next)), where);
        end e = end_of(s.fate);
        int ok = e == VALUE && form != CATCH && form != FINALIZE;
        int failed = (e == ERROR || e == CANCELED) && (form == CATCH || form == TRY_BIND);
        assert_int_equal(c.ok, ok);
        assert_int_equal(c.failed, failed);
        assert_int_equal(c.done, form == FINALIZE && e != OPEN);
        if (ok || failed) assert_int_equal(c.seen, e == CANCELED ? -1 : 10);
        sley_drop(p);
        sley_resolver_drop(&s.r);
        sley_resolver_drop(&c.next.r);
        assert_int_equal(live(), 0);
      }
}

enum { ON_SUCCESS, ON_FAILURE, ON_TERMINATION, ON_ANY, ON_CANCEL, OBSERVERS };

static void observer_grid(void **state)
{
  (void)state;
  for (int form = 0; form < OBSERVERS; form++)
    for (int in = 0; in < FATES; in++) {
      source s = {.fate = (fate)in, .number = 10};
      callbacks c = {0};
      sley_promise *p = source_start(&s);
      switch (form) {
        case ON_SUCCESS: sley_on_success(p, see_value, &c); break;
        case ON_FAILURE: sley_on_failure(p, see_error, &c); break;
        case ON_TERMINATION: sley_on_termination(p, see_done, &c); break;
        case ON_ANY: sley_on_any(p, see_value, see_error, &c); break;
        default: sley_on_cancel(p, see_done, &c); break;
      }
      if (in >= LATER_VALUE) assert_int_equal(c.ok + c.failed + c.done, 0);
      source_finish(&s);
      end e = end_of(s.fate);
      assert_int_equal(c.ok, e == VALUE && (form == ON_SUCCESS || form == ON_ANY));
      assert_int_equal(c.failed,
                       (e == ERROR || e == CANCELED) && (form == ON_FAILURE || form == ON_ANY));
      assert_int_equal(
          c.done, (form == ON_TERMINATION && e != OPEN) || (form == ON_CANCEL && e == CANCELED));
      sley_drop(p);
      sley_resolver_drop(&s.r);
    }
}

enum { PROTECTED, NO_CANCEL, WRAP, GUARDS };

static void guard_grid(void **state)
{
  (void)state;
  for (int form = 0; form < GUARDS; form++)
    for (int in = 0; in < FATES; in++)
      for (int cancels = 0; cancels < 2; cancels++)
        for (int task = 0; task < 2; task++) {
          source s = {.fate = (fate)in, .number = 10, .task = task};
          sley_promise *p = source_start(&s), *q = sley_keep(p);
          q = form == PROTECTED   ? sley_protected(q)
              : form == NO_CANCEL ? sley_no_cancel(q)
                                  : sley_wrap_in_cancelable(q);
          char where[128];
          snprintf(where, sizeof where, "guard %d input %d cancel %d task %d", form, in, cancels,
                   task);
          if (in < LATER_VALUE) assert_true(sley_is_same(p, q));
          if (cancels) sley_cancel(q);
          bool hit = cancels && in >= LATER_VALUE && form != NO_CANCEL; /* q is canceled */
          bool through = hit && form == WRAP && task;                   /* and p with it */
          assert_outcome(q,
                         hit                ? (outcome){CANCELED, 0}
                         : in < LATER_VALUE ? outcome_of(&s)
                                            : (outcome){OPEN, 0},
                         where);
          source_finish(&s);
          assert_outcome(p, through ? (outcome){CANCELED, 0} : outcome_of(&s), where);
          assert_outcome(q, hit ? (outcome){CANCELED, 0} : outcome_of(&s), where);
          sley_drop(p);
          sley_drop(q);
          sley_resolver_drop(&s.r);
        }
}

/* Cancels the result before the callback runs, and after it has returned. */
static void cancel_grid(void **state)
{
  (void)state;
  for (int form = 0; form < FORMS; form++)
    for (int task = 0; task < 2; task++)
      for (int after = 0; after < 2; after++) {
        if (form == MAP && after) continue;
        source s = {.fate = form == CATCH ? LATER_ERROR : LATER_VALUE,
                    .number = 1,
                    .task = after ? 0 : task};
        callbacks c = {.next = {.fate = after ? NEVER : NOW_VALUE, .number = 2, .task = task}};
        sley_promise *p = source_start(&s);
        sley_promise *q = form_start(form, sley_keep(p), &c);
        if (after) source_finish(&s);
        int calls = c.ok + c.failed + c.done;
        assert_int_equal(calls, after);
        sley_cancel(q);
        char where[128];
        snprintf(where, sizeof where, "cancel form %d task %d after %d", form, task, after);
        if (!task) {
          assert_outcome(q, (outcome){OPEN, 0}, where);
          assert_int_equal(c.ok + c.failed + c.done, calls);
        } else if (after) {
          assert_outcome(q, (outcome){CANCELED, 0}, where);
        } else {
          assert_outcome(p, (outcome){CANCELED, 0}, where);
          bool recovers = form == CATCH || form == TRY_BIND;
          assert_outcome(q, recovers ? (outcome){VALUE, 2} : (outcome){CANCELED, 0}, where);
          assert_int_equal(c.ok, 0);
          assert_int_equal(c.failed, recovers);
          assert_int_equal(c.done, form == FINALIZE);
        }
        sley_drop(p);
        sley_drop(q);
        sley_resolver_drop(&s.r);
        sley_resolver_drop(&c.next.r);
        assert_int_equal(live(), 0);
      }
}

/* ---- two inputs: every pair of fates, settled in both orders */
typedef sley_promise *group_fn(const char *site, sley_promise *const *ps, size_t n);
enum { JOIN, ALL, CHOOSE, PICK, NCHOOSE, NPICK, NCHOOSE_SPLIT, GROUPS };

static outcome pair_outcome(int form, outcome first, outcome second) /* in order; OPEN: not yet */
{
  if (form == JOIN || form == ALL) { /* wait for both */
    if (first.end == OPEN || second.end == OPEN) return (outcome){OPEN, 0};
    if (first.end != VALUE) return first;
    return second.end != VALUE ? second : (outcome){VALUE, 0};
  }
  return first.end != OPEN ? first : second;
}

static void pair_grid(void **state)
{
  (void)state;
  static group_fn *const forms[GROUPS] = {[JOIN] = sley_join_at,
                                          [ALL] = sley_all_at,
                                          [CHOOSE] = sley_choose_at,
                                          [PICK] = sley_pick_at,
                                          [NCHOOSE] = sley_nchoose_at,
                                          [NPICK] = sley_npick_at,
                                          [NCHOOSE_SPLIT] = sley_nchoose_split_at};
  for (int form = 0; form < GROUPS; form++)
    for (int a = 0; a < FATES; a++)
      for (int b = 0; b < FATES; b++)
        for (int order = 0; order < 2; order++) {
          if (a < LATER_VALUE && b < LATER_VALUE) continue; /* decided immediately: tested below */
          source s[2] = {{.fate = (fate)a, .number = 1, .task = true},
                         {.fate = (fate)b, .number = 2, .task = true}};
          sley_promise *p[2] = {source_start(&s[0]), source_start(&s[1])};
          sley_promise *q = forms[form](SLEY_HERE, SLEY_PROMISES(sley_keep(p[0]), sley_keep(p[1])));
          int first = a < LATER_VALUE ? 0 : b < LATER_VALUE ? 1 : order;
          if (end_of(s[first].fate) == OPEN) first = 1 - first;
          source_finish(&s[first]);
          outcome expected = pair_outcome(form, outcome_of(&s[first]), (outcome){OPEN, 0});
          char where[128];
          snprintf(where, sizeof where, "pair %d fates %d %d order %d", form, a, b, order);
          bool canceled = false;
          for (int step = 0; step < 2; step++) {
            if (expected.end == VALUE && form != CHOOSE && form != PICK) {
              if (sley_state(q) != SLEY_PROMISE_STATE_FULFILLED)
                fail_msg("%s: not fulfilled", where);
              if (form == ALL) {
                sley_list *list = sley_list_in(sley_promise_value(q));
                assert_int_equal(sley_list_item(list, 0)->i, 1);
                assert_int_equal(sley_list_item(list, 1)->i, 2);
              } else if (form == NCHOOSE || form == NPICK) {
                sley_list *list = sley_list_in(sley_promise_value(q));
                assert_int_equal(sley_list_count(list), 1);
                assert_int_equal(sley_list_item(list, 0)->i, s[first].number);
              } else if (form == NCHOOSE_SPLIT) {
                sley_split *split = sley_split_in(sley_promise_value(q));
                assert_int_equal(sley_list_count(sley_split_values(split)), 1);
                assert_int_equal(sley_split_pending_count(split), 1);
                assert_true(sley_is_same(sley_split_pending(split, 0), p[1 - first]));
              }
            } else {
              assert_outcome(q, expected, where);
            }
            if (step == 1) break;
            canceled = expected.end != OPEN && (form == PICK || form == NPICK);
            if (canceled) assert_outcome(p[1 - first], (outcome){CANCELED, 0}, where);
            source_finish(&s[1 - first]);
            if (!canceled)
              expected = pair_outcome(form, outcome_of(&s[first]), outcome_of(&s[1 - first]));
            if (form == NCHOOSE_SPLIT &&
                expected.end == VALUE) { /* the split still lends its promise */
              sley_split *split = sley_split_in(sley_promise_value(q));
              assert_outcome(sley_split_pending(split, 0), outcome_of(&s[1 - first]), where);
            }
          }
          sley_drop(p[0]);
          sley_drop(p[1]);
          sley_drop(q);
          sley_resolver_drop(&s[0].r);
          sley_resolver_drop(&s[1].r);
          if (live() != 0) fail_msg("%s leaves %d promises", where, (int)live());
        }
}

static void choices_decided_at_once(void **state)
{
  (void)state;
  bool seen[3] = {false};
  for (int i = 0; i < 200; i++) {
    sley_resolver *r;
    sley_promise *task = sley_cancelable(&r);
    sley_promise *p = sley_choose(SLEY_PROMISES(sley_return(sley_int(0)), sley_return(sley_int(1)),
                                                sley_keep(task), sley_return(sley_int(2))));
    assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
    seen[sley_promise_value(p)->i] = true;
    assert_pending(task);
    sley_drop(p);
    p = sley_pick(SLEY_PROMISES(sley_return(sley_int(0)), sley_keep(task), sley_fail(error_of(4)),
                                sley_return(sley_int(1))));
    assert_rejected(p, 4); /* a rejected one if there is any */
    assert_outcome(task, (outcome){CANCELED, 0}, "pick");
    sley_drop(p);
    sley_drop(task);
    sley_resolver_drop(&r);
  }
  assert_true(seen[0] && seen[1] && seen[2]); /* a random one of several */
}

static void choices_among_none(void **state)
{
  (void)state;
  static group_fn *const forms[] = {sley_choose_at, sley_pick_at, sley_nchoose_at, sley_npick_at,
                                    sley_nchoose_split_at};
  for (int i = 0; i < 5; i++) {
    sley_promise *p = forms[i](SLEY_HERE, NULL, 0);
    assert_rejected_sley(p, SLEY_EEMPTY);
    sley_drop(p);
  }
  sley_promise *p = sley_join(NULL, 0);
  assert_fulfilled(p, 0);
  sley_drop(p);
  p = sley_all(NULL, 0);
  assert_int_equal(sley_list_count(sley_list_in(sley_promise_value(p))), 0);
  sley_drop(p);
}

static void split_order(void **state)
{
  (void)state;
  for (int late = 0; late < 2; late++) {
    sley_resolver *r[3], *q;
    sley_promise *p[3], *go = sley_pending(&q);
    for (int i = 0; i < 3; i++) p[i] = sley_pending(&r[i]);
    if (!late) sley_fulfill(&q, sley_int(9));
    sley_promise *split =
        sley_nchoose_split(SLEY_PROMISES(sley_keep(p[0]), sley_keep(p[1]), go, sley_keep(p[2])));
    if (late) sley_fulfill(&q, sley_int(9));
    sley_split *s = sley_split_in(sley_promise_value(split));
    assert_int_equal(sley_split_pending_count(s), 3);
    for (size_t i = 0; i < 3; i++)
      assert_true(sley_is_same(sley_split_pending(s, i), p[late ? i : 2 - i]));
    sley_drop(split);
    for (int i = 0; i < 3; i++) {
      sley_drop(p[i]);
      sley_resolver_drop(&r[i]);
    }
  }
}

static void loser_runs_before_the_result(void **state)
{
  (void)state;
  static group_fn *const forms[] = {sley_pick_at, sley_npick_at};
  for (int i = 0; i < 2; i++) {
    sley_resolver *r, *winner;
    logged[0] = '\0';
    sley_promise *loser = sley_cancelable(&r);
    sley_promise *p = forms[i](SLEY_HERE, SLEY_PROMISES(sley_pending(&winner), sley_keep(loser)));
    sley_on_termination(p, note_done, "result");
    sley_on_cancel(loser, note_done, "loser");
    sley_fulfill(&winner, sley_unit());
    assert_log("loser result");
    sley_drop(p);
    sley_drop(loser);
    sley_resolver_drop(&r);
  }
}

static void queries(void **state)
{
  (void)state;
  for (int in = 0; in < FATES; in++) {
    source s = {.fate = (fate)in, .number = 3};
    const sley_value *v = NULL;
    sley_error *e = NULL;
    sley_promise *p = source_start(&s);
    source_finish(&s);
    int expected = end_of(s.fate) == VALUE ? 1 : end_of(s.fate) == OPEN ? 0 : -1;
    assert_int_equal(sley_poll(p, &v, &e), expected);
    assert_int_equal(sley_is_pending(p), expected == 0);
    assert_int_equal(sley_state(p), expected == 1   ? SLEY_PROMISE_STATE_FULFILLED
                                    : expected == 0 ? SLEY_PROMISE_STATE_PENDING
                                                    : SLEY_PROMISE_STATE_REJECTED);
    assert_int_equal(sley_promise_value(p) != NULL, expected == 1);
    assert_int_equal(sley_promise_error(p) != NULL, expected == -1);
    if (expected == 1) assert_ptr_equal(v, sley_promise_value(p));
    if (expected == -1) assert_ptr_equal(e, sley_promise_error(p));
    assert_non_null(strstr(sley_site(p), "test_states.c:"));
    sley_drop(p);
    sley_resolver_drop(&s.r);
  }
}

static void apply_and_wrap(void **state)
{
  (void)state;
  for (int next = 0; next < FATES; next++) {
    callbacks c = {.next = {.fate = (fate)next, .number = 5}};
    sley_promise *p = sley_apply(sley_int(1), on_value, &c);
    source_finish(&c.next);
    assert_outcome(p, outcome_of(&c.next), "apply");
    sley_drop(p);
    sley_resolver_drop(&c.next.r);
    assert_int_equal(c.ok, 1);
    if (next >= LATER_VALUE) continue;
    p = sley_wrap(sley_int(1), on_map, &c);
    assert_outcome(p, outcome_of(&c.next), "wrap");
    sley_drop(p);
  }
}

/* ---- storage */
static const sley_key key = SLEY_KEY("test");
static int64_t current(void)
{
  const sley_value *v = sley_storage_get(&key);
  return v == NULL ? -1 : v->type == NULL ? v->i : ((thing *)v->ptr)->number;
}
static int64_t seen_key;
static void see_key(void *ctx)
{
  (void)ctx;
  seen_key = current();
}
static sley_promise *start_register(void *ctx)
{
  sley_on_termination(ctx, see_key, NULL);
  return sley_return(sley_int(current()));
}
static sley_promise *start_nested(void *ctx)
{
  sley_promise *p = sley_without_value(&key, start_register, ctx);
  assert_fulfilled(p, -1);
  sley_drop(p);
  return sley_return(sley_int(current()));
}

static void storage(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  assert_int_equal(current(), -1);
  sley_promise *q = sley_with_value(&key, sley_own(thing_new(6), &type_mover), start_register, p);
  assert_fulfilled(q, 6);
  assert_int_equal(current(), -1);
  assert_int_equal(things_alive, 1); /* the observer holds it */
  sley_fulfill(&r, sley_unit());
  assert_int_equal(seen_key, 6);
  assert_int_equal(current(), -1);
  assert_int_equal(things_alive, 0);
  sley_drop(q);
  sley_drop(p);
  p = sley_pending(&r);
  q = sley_with_value(&key, sley_int(7), start_nested, p);
  assert_fulfilled(q, 7);
  sley_fulfill(&r, sley_unit());
  assert_int_equal(seen_key, -1);
  sley_drop(q);
  sley_drop(p);
}

/* ---- pauses */
static void pause_in_notifier(void *ctx, size_t count)
{
  sley_promise **more = ctx;
  if (count == 1) *more = sley_pause();
}

static void pauses(void **state)
{
  (void)state;
  sley_promise *more = NULL, *p;
  sley_set_pause_notifier(pause_in_notifier, &more);
  p = sley_pause();
  assert_int_equal(sley_paused_count(), 2);
  sley_set_pause_notifier(NULL, NULL);
  sley_on_termination(p, note_done, "first");
  sley_on_termination(more, note_done, "second");
  sley_cancel(p);
  assert_log("first");
  assert_int_equal(sley_paused_count(), 2); /* a canceled one still counts */
  sley_wakeup_paused();
  assert_log("first second");
  assert_int_equal(sley_paused_count(), 0);
  sley_wakeup_paused();
  sley_drop(p);
  sley_drop(more);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(sequential_grid),
      TEST(observer_grid),
      TEST(guard_grid),
      TEST(cancel_grid),
      TEST(pair_grid),
      TEST(choices_decided_at_once),
      TEST(choices_among_none),
      TEST(split_order),
      TEST(loser_runs_before_the_result),
      TEST(queries),
      TEST(apply_and_wrap),
      TEST(storage),
      TEST(pauses),
  };
  return RUN_TESTS(tests);
}
