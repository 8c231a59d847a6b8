/* Who owns a value and when it is freed: take, moved, shared; contexts are dropped exactly once.
 * Tests src/promise/core/take.c, src/promise/core/free.c, src/promise/core/answer.c, src/promise/base/value.c. */
#include "support/world.h"

static const sley_type *const types[] = {&type_mover, &type_copier};

typedef struct taking { /* results of a taking callback */
  int code, number;
  thing *got;
} taking;

static void take_into(taking *t, sley_value *v)
{
  sley_value mine;
  t->code = sley_take(v, &mine);
  t->got = NULL;
  t->number = -1;
  if (t->code == 0) {
    t->got = mine.ptr;
    t->number = ((thing *)mine.ptr)->number;
  } else {
    assert_null(mine.type);
  }
  sley_value_drop(&mine);
}

static sley_promise *take_bind(void *ctx, sley_value *v)
{
  take_into(ctx, v);
  return sley_return(sley_unit());
}

static void take_observe(void *ctx, sley_value *v) { take_into(ctx, v); }

static void sole_reader_moves(void **state)
{
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    taking t = {0};
    thing *mine = thing_new(1);
    sley_drop(sley_bind(sley_return(sley_own(mine, types[i])), take_bind, &t)); /* settled */
    assert_int_equal(t.code, 0);
    assert_ptr_equal(t.got, mine);
    assert_int_equal(t.number, 1);
    sley_resolver *r;
    sley_promise *p = sley_bind(sley_pending(&r), take_bind, &t); /* pending, resolver only */
    mine = thing_new(2);
    sley_fulfill(&r, sley_own(mine, types[i]));
    assert_ptr_equal(t.got, mine);
    assert_int_equal(t.number, 2);
    assert_int_equal(things_alive, 0);
    assert_fulfilled(p, 0);
    sley_drop(p);
  }
}

static void another_handle_duplicates(void **state)
{
  (void)state;
  taking t = {0};
  sley_promise *p = sley_return(sley_own(thing_new(1), &type_copier));
  sley_drop(sley_bind(sley_keep(p), take_bind, &t));
  assert_int_equal(t.number, 101); /* the duplicate */
  assert_int_equal(((thing *)sley_value_ptr(sley_promise_value(p), &type_copier))->number, 1);
  sley_drop(p);
}

static void another_handle_sees_moved(void **state)
{
  (void)state;
  taking t = {0};
  sley_promise *p = sley_return(sley_own(thing_new(1), &type_mover));
  sley_drop(sley_bind(sley_keep(p), take_bind, &t));
  assert_int_equal(t.number, 1);
  assert_ptr_equal(sley_promise_value(p)->type, &sley_type_moved);
  sley_drop(sley_bind(sley_keep(p), take_bind, &t));
  assert_int_equal(t.code, -SLEY_EMOVED);
  sley_drop(p);
}

static void last_registered_takes_first(void **state)
{
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    taking a = {0}, b = {0};
    sley_resolver *r;
    sley_promise *p = sley_pending(&r);
    sley_on_success(p, take_observe, &a);
    sley_on_success(p, take_observe, &b);
    sley_drop(p);
    sley_fulfill(&r, sley_own(thing_new(1), types[i]));
    if (types[i] == &type_mover) {
      assert_int_equal(b.number, 1);
      assert_int_equal(a.code, -SLEY_EMOVED);
    } else {
      assert_int_equal(b.number, 101); /* a callback was still to run */
      assert_int_equal(a.number, 1);   /* no callback was left: moved */
    }
    assert_int_equal(things_alive, 0);
  }
}

/* A forwarded outcome is shared: one value, and one moved mark that all readers see. */
static void shared_values(void **state)
{
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    taking t = {0};
    sley_resolver *r;
    sley_promise *p = sley_pending(&r);
    sley_promise *forwarded[] = {sley_no_cancel(sley_keep(p)), sley_protected(sley_keep(p)),
                                 sley_wrap_in_cancelable(sley_keep(p)),
                                 sley_choose(SLEY_PROMISES(sley_keep(p))),
                                 sley_pick(SLEY_PROMISES(sley_keep(p)))};
    thing *mine = thing_new(7);
    sley_fulfill(&r, sley_own(mine, types[i]));
    for (size_t k = 0; k < 5; k++) assert_ptr_equal(sley_promise_value(forwarded[k])->ptr, mine);
    assert_int_equal(things_alive, 1);
    sley_drop(sley_bind(sley_keep(forwarded[3]), take_bind, &t));
    if (types[i] == &type_mover) {
      assert_ptr_equal(t.got, mine);
      assert_ptr_equal(sley_promise_value(p)->type, &sley_type_moved);
      for (size_t k = 0; k < 5; k++)
        assert_ptr_equal(sley_promise_value(forwarded[k])->type, &sley_type_moved);
    } else {
      assert_int_equal(t.number, 107);
      assert_ptr_equal(sley_promise_value(p)->ptr, mine);
    }
    sley_drop(p);
    for (size_t k = 0; k < 5; k++) sley_drop(forwarded[k]);
    assert_int_equal(things_alive, 0);
  }
}

static sley_promise *pass_error(void *ctx, sley_error *e)
{
  (void)ctx;
  return sley_fail(sley_error_keep(e));
}
static sley_promise *start_unit(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}
static sley_promise *give_promise(void *ctx, sley_value *v)
{
  (void)v;
  return sley_keep(ctx);
}

/* Without other readers, forwarding leaves a single reader. */
static void forwarded_to_sole_reader(void **state)
{
  (void)state;
  enum { CATCH, FINALIZE, CHOOSE, NO_CANCEL, FOLLOWED, WAYS };
  for (int way = 0; way < WAYS; way++) {
    taking t = {0};
    sley_resolver *r, *q;
    sley_promise *p = sley_pending(&r), *trigger = sley_pending(&q);
    switch (way) {
      case CATCH: p = sley_catch(p, pass_error, NULL); break;
      case FINALIZE: p = sley_finalize(p, start_unit, NULL); break;
      case CHOOSE: p = sley_choose(SLEY_PROMISES(p)); break;
      case NO_CANCEL: p = sley_no_cancel(p); break;
      default: { /* FOLLOWED */
        sley_promise *inner = p;
        p = sley_bind(sley_keep(trigger), give_promise, inner);
        sley_fulfill(&q, sley_unit());
        sley_drop(inner);
      }
    }
    thing *mine = thing_new(3);
    sley_drop(sley_bind(p, take_bind, &t));
    sley_fulfill(&r, sley_own(mine, &type_copier));
    assert_ptr_equal(t.got, mine);
    assert_int_equal(t.number, 3);
    sley_resolver_drop(&q);
    sley_drop(trigger);
  }
}

static void own_values_move(void **state)
{
  (void)state;
  thing *mine = thing_new(4);
  sley_value v = sley_own(mine, &type_copier), out, copy;
  assert_int_equal(sley_value_dup(&v, &copy), 0);
  assert_int_equal(((thing *)copy.ptr)->number, 104);
  sley_value_drop(&copy);
  assert_int_equal(sley_take(&v, &out), 0);
  assert_ptr_equal(out.ptr, mine);
  assert_int_equal(sley_take(&v, &copy), 0); /* v became unit */
  assert_null(copy.type);
  sley_value_drop(&v);
  sley_value_drop(&out);
  sley_value_drop(NULL);
  v = sley_own(thing_new(5), &type_mover);
  assert_int_equal(sley_value_dup(&v, &copy), -SLEY_EINVAL);
  sley_value_drop(&v);
  assert_null(sley_text("words", &v));
  assert_int_equal(sley_value_dup(&v, &copy), 0);
  assert_string_equal(sley_value_ptr(&copy, &sley_type_text), "words");
  sley_value_drop(&copy);
  sley_value_drop(&v);
}

static sley_promise *take_from_list(void *ctx, sley_value *v)
{
  sley_list *list = sley_list_in(v);
  sley_value out;
  assert_int_equal(sley_list_count(list), 2);
  assert_int_equal(((thing *)sley_list_item(list, 0)->ptr)->number, 1);
  *(int *)ctx = sley_list_take_item(list, 1, &out);
  assert_int_equal(((thing *)out.ptr)->number, 2);
  sley_value_drop(&out);
  return sley_return(sley_unit());
}

static void lists_lend_and_give(void **state)
{
  (void)state;
  for (int late = 0; late < 2; late++) {
    int code = 1;
    sley_resolver *r[2];
    sley_promise *a = sley_pending(&r[0]), *b = sley_pending(&r[1]);
    if (late == 0) {
      sley_fulfill(&r[0], sley_own(thing_new(1), &type_mover));
      sley_fulfill(&r[1], sley_own(thing_new(2), &type_mover));
    }
    sley_promise *p = sley_bind(sley_all(SLEY_PROMISES(a, b)), take_from_list, &code);
    if (late == 1) {
      sley_fulfill(&r[1], sley_own(thing_new(2), &type_mover));
      sley_fulfill(&r[0], sley_own(thing_new(1), &type_mover));
    }
    assert_int_equal(code, 0);
    assert_int_equal(things_alive, 0);
    assert_fulfilled(p, 0);
    sley_drop(p);
  }
}

/* The same promise twice, and its handle beside the list: all share one value. */
static void lists_share(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_promise *all = sley_all(SLEY_PROMISES(sley_keep(p), sley_keep(p)));
  thing *mine = thing_new(1);
  sley_fulfill(&r, sley_own(mine, &type_mover));
  sley_list *list = sley_list_in(sley_promise_value(all));
  assert_ptr_equal(sley_list_item(list, 0)->ptr, mine);
  assert_ptr_equal(sley_list_item(list, 1)->ptr, mine);
  assert_ptr_equal(sley_promise_value(p)->ptr, mine);
  sley_drop(p);
  assert_ptr_equal(sley_list_item(list, 1)->ptr, mine);
  assert_int_equal(things_alive, 1);
  sley_drop(all);
}

static void unwanted_answers_are_dropped(void **state)
{
  (void)state;
  sley_resolver *r, *none = NULL;
  sley_promise *p = sley_cancelable(&r);
  sley_cancel(p);
  sley_fulfill(&r, sley_own(thing_new(1), &type_mover));
  assert_null(r);
  sley_fulfill(&r, sley_own(thing_new(2), &type_mover));
  sley_fulfill_now(&none, sley_own(thing_new(3), &type_mover));
  sley_reject(&none, error_of(1));
  sley_reject_now(&none, error_of(1));
  sley_resolver_drop(&none);
  assert_int_equal(things_alive, 0);
  assert_true(sley_error_is_canceled(sley_promise_error(p)));
  sley_drop(p);
  p = sley_pending(&r);
  sley_drop(p); /* no readers are left */
  sley_fulfill(&r, sley_own(thing_new(4), &type_mover));
  assert_int_equal(things_alive, 0);
}

/* ---- contexts: dropped exactly once, after the callback, in every case */
typedef struct context {
  int dropped;
  bool running, dropped_while_running;
} context;

static void context_drop(void *ctx)
{
  context *c = ctx;
  c->dropped++;
  if (c->running) c->dropped_while_running = true;
}
static void enter(void *ctx) { ((context *)ctx)->running = true; }
static void leave(void *ctx) { ((context *)ctx)->running = false; }
static sley_promise *own_bind(void *ctx, sley_value *v)
{
  enter(ctx);
  (void)v;
  leave(ctx);
  return sley_return(sley_unit());
}
static sley_promise *own_catch(void *ctx, sley_error *e)
{
  enter(ctx);
  (void)e;
  leave(ctx);
  return sley_return(sley_unit());
}
static sley_error *own_map(void *ctx, sley_value *in, sley_value *out)
{
  enter(ctx);
  (void)in;
  *out = sley_unit();
  leave(ctx);
  return NULL;
}
static sley_promise *own_start(void *ctx)
{
  enter(ctx);
  leave(ctx);
  return sley_return(sley_unit());
}
static sley_promise *own_body(void *ctx)
{
  return sley_keep(*(sley_promise **)((context *)ctx + 1));
}
static void own_value(void *ctx, sley_value *v)
{
  (void)v;
  enter(ctx);
  leave(ctx);
}
static void own_error(void *ctx, sley_error *e)
{
  (void)e;
  enter(ctx);
  leave(ctx);
}
static void own_done(void *ctx)
{
  enter(ctx);
  leave(ctx);
}

enum {
  BIND,
  MAP,
  CATCH,
  TRY_BIND,
  FINALIZE,
  FINALIZE_WITH,
  ON_SUCCESS,
  ON_FAILURE,
  ON_TERMINATION,
  ON_ANY,
  ON_CANCEL,
  FORMS
};
/* Registers this form on p, which is borrowed; returns its result or NULL. */
static sley_promise *register_form(int form, sley_promise *p, context *c)
{
  switch (form) {
    case BIND: return sley_bind(sley_keep(p), own_bind, c, context_drop);
    case MAP: return sley_map(sley_keep(p), own_map, c, context_drop);
    case CATCH: return sley_catch(sley_keep(p), own_catch, c, context_drop);
    case TRY_BIND: return sley_try_bind(sley_keep(p), own_bind, own_catch, c, context_drop);
    case FINALIZE: return sley_finalize(sley_keep(p), own_start, c, context_drop);
    case FINALIZE_WITH: return sley_finalize_with(own_body, own_start, c, context_drop);
    case ON_SUCCESS: sley_on_success(p, own_value, c, context_drop); return NULL;
    case ON_FAILURE: sley_on_failure(p, own_error, c, context_drop); return NULL;
    case ON_TERMINATION: sley_on_termination(p, own_done, c, context_drop); return NULL;
    case ON_ANY: sley_on_any(p, own_value, NULL, c, context_drop); return NULL;
    default: sley_on_cancel(p, own_done, c, context_drop); return NULL;
  }
}

static void contexts_are_dropped_once(void **state)
{
  (void)state;
  enum {
    FULFILLED_BEFORE,
    REJECTED_BEFORE,
    CANCELED_BEFORE,
    FULFILL,
    REJECT,
    CANCEL,
    GIVE_UP,
    DROP_THE_RESULT, /* then drops the source, unsettled */
    DROP_THE_SOURCE,
    WAYS
  };
  for (int form = 0; form < FORMS; form++)
    for (int way = 0; way < WAYS; way++) {
      struct {
        context c;
        sley_promise *p;
      } s = {0};
      sley_resolver *r;
      s.p = sley_cancelable(&r);
      if (way == FULFILLED_BEFORE) sley_fulfill(&r, sley_unit());
      if (way == REJECTED_BEFORE) sley_reject(&r, error_of(1));
      if (way == CANCELED_BEFORE) sley_reject(&r, sley_error_canceled());
      sley_promise *q = register_form(form, s.p, &s.c);
      if (way > CANCELED_BEFORE) assert_int_equal(s.c.dropped, 0);
      switch (way) {
        case FULFILL: sley_fulfill(&r, sley_unit()); break;
        case REJECT: sley_reject(&r, error_of(1)); break;
        case CANCEL: sley_cancel(q != NULL ? q : s.p); break;
        case GIVE_UP: sley_resolver_drop(&r); break;
        case DROP_THE_RESULT:
          sley_drop(q);
          q = NULL;
          break;
        default: break;
      }
      if (way < DROP_THE_RESULT) assert_int_equal(s.c.dropped, 1);
      sley_drop(s.p);
      sley_resolver_drop(&r);
      sley_drop(q);
      assert_int_equal(s.c.dropped, 1);
      assert_false(s.c.dropped_while_running);
      assert_int_equal(live(), 0);
    }
}

/* Ended with the domain: no callback runs, but the context is dropped. */
static void contexts_are_dropped_at_teardown(void **state)
{
  (void)state;
  context c[FORMS] = {0};
  struct {
    context c;
    sley_promise *p;
  } s = {0};
  sley_domain *other;
  sley_resolver *r[FORMS];
  assert_null(sley_domain_new(world.runtime, "ends", &other));
  sley_domain_enter(other);
  size_t left = 0;
  for (int form = 0; form < FORMS; form++) {
    sley_promise *p = sley_cancelable(&r[form]);
    s.p = p;
    left += register_form(form, p, form == FINALIZE_WITH ? &s.c : &c[form]) != NULL ? 2 : 1;
  }
  c[FINALIZE_WITH] = s.c;
  sley_domain_leave(other);
  fflush(stderr);
  assert_int_equal(sley_domain_end(other), left);
  c[FINALIZE_WITH] = s.c;
  for (int form = 0; form < FORMS; form++) {
    assert_int_equal(c[form].dropped, 1);
    assert_false(c[form].dropped_while_running);
  }
}

/* Without memory: the context of a form that must not be lost uses the reserve, the other forms are rejected;
 * dropped once in both cases. */
static void contexts_without_memory(void **state)
{
  (void)state;
  if (!world.single_objects) return; /* with slabs the next allocation can be far away */
  for (int form = 0; form < FORMS; form++)
    for (int answer = 0; answer < 2; answer++) {
      struct {
        context c;
        sley_promise *p;
      } s = {0};
      sley_resolver *r;
      s.p = sley_cancelable(&r);
      heap.fail_at = heap.count + 1;
      sley_promise *q = register_form(form, s.p, &s.c);
      assert_true(heap.count >= heap.fail_at);
      heap.fail_at = 0;
      if (form <= TRY_BIND) {
        assert_rejected_sley(q, SLEY_ENOMEM);
        assert_int_equal(s.c.dropped, 1);
      } else if (
          form ==
          FINALIZE_WITH) { /* refuses before the body runs, or gets its node from the reserve */
        assert_int_equal(s.c.dropped, sley_state(q) == SLEY_PROMISE_STATE_REJECTED);
      } else {
        assert_int_equal(s.c.dropped, 0);
      }
      if (answer == 0) sley_fulfill(&r, sley_unit());
      else sley_cancel(s.p);
      assert_int_equal(s.c.dropped, 1);
      sley_resolver_drop(&r);
      sley_drop(s.p);
      sley_drop(q);
      assert_int_equal(live(), 0);
    }
}

/* ---- attach */
static void attach_drop(void *obj) { note(obj); }

static void attach_timing(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_attach(sley_pending(&r), "dropped", attach_drop);
  sley_on_termination(p, note_done, "callback");
  sley_fulfill(&r, sley_unit());
  assert_log("callback dropped"); /* after the callbacks */
  sley_drop(p);
  logged[0] = '\0';
  p = sley_attach(sley_return(sley_unit()), "at once", attach_drop); /* already settled */
  assert_log("at once");
  sley_drop(p);
  assert_log("at once");
}

static void attach_dies_unsettled(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_attach(sley_pending(&r), "dropped", attach_drop);
  sley_drop(p);
  sley_resolver_drop(&r);
  assert_log("dropped");
  assert_int_equal(live(), 0);
}

/* A canceled task: later cleanups can still use the object. */
static void attach_outlives_cancel(void **state)
{
  (void)state;
  for (int answered = 0; answered < 2; answered++) {
    sley_resolver *r;
    sley_promise *p = sley_attach(sley_cancelable(&r), "dropped", attach_drop);
    logged[0] = '\0';
    sley_on_termination(p, note_done, "callback");
    sley_cancel(p);
    assert_log("callback");
    sley_drop(p);
    assert_log("callback");
    if (answered) sley_fulfill(&r, sley_unit());
    else sley_resolver_drop(&r);
    assert_log("callback dropped");
  }
}

static sley_promise *next_step(void *ctx, sley_value *v)
{
  (void)v;
  note(ctx);
  return sley_return(sley_unit());
}

static void attach_to_a_chain(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_bind(sley_pending(&r), next_step, "one");
  p = sley_attach(sley_bind(p, next_step, "two"), "dropped", attach_drop);
  sley_fulfill(&r, sley_unit());
  assert_log("one two dropped");
  sley_drop(p);
}

/* On a promise that follows another one: freed with the merged promise. */
static void attach_to_followed(void **state)
{
  (void)state;
  sley_resolver *r, *start;
  sley_promise *inner = sley_attach(sley_pending(&r), "inner", attach_drop);
  sley_promise *outer =
      sley_attach(sley_bind(sley_pending(&start), give_promise, inner), "outer", attach_drop);
  sley_fulfill(&start, sley_unit());
  sley_drop(inner);
  sley_on_termination(outer, note_done, "callback");
  sley_fulfill(&r, sley_unit());
  assert_true(strcmp(logged, "callback outer inner") == 0 ||
              strcmp(logged, "callback inner outer") == 0);
  sley_drop(outer);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(sole_reader_moves),
      TEST(another_handle_duplicates),
      TEST(another_handle_sees_moved),
      TEST(last_registered_takes_first),
      TEST(shared_values),
      TEST(forwarded_to_sole_reader),
      TEST(own_values_move),
      TEST(lists_lend_and_give),
      TEST(lists_share),
      TEST(unwanted_answers_are_dropped),
      TEST(contexts_are_dropped_once),
      TEST(contexts_are_dropped_at_teardown),
      TEST(contexts_without_memory),
      TEST(attach_timing),
      TEST(attach_dies_unsettled),
      TEST(attach_outlives_cancel),
      TEST(attach_to_a_chain),
      TEST(attach_to_followed),
  };
  return RUN_TESTS(tests);
}
