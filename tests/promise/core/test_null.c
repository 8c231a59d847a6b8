/* Every function whose callback returns NULL instead of a promise aborts, naming itself or the place of the call; so
 * does every function that gets no error, or a value it cannot use. Each case runs in its own process.
 * Tests src/promise/core/misuse.c, src/promise/core/callback.c. */
#include <signal.h>

#include "support/child.h"
#include "support/world.h"

/* ---- callbacks that return NULL */
static sley_promise *no_start(void *ctx)
{
  (void)ctx;
  return NULL;
}
static sley_promise *no_bind(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return NULL;
}
static sley_promise *no_catch(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  return NULL;
}
static sley_promise *no_sleep(void *ctx, double seconds)
{
  (void)ctx;
  (void)seconds;
  return NULL;
}
static sley_promise *no_body(void *ctx, sley_scope *scope)
{
  (void)ctx;
  (void)scope;
  return NULL;
}
static sley_promise *no_switched(void *ctx, sley_switch *s)
{
  (void)ctx;
  (void)s;
  return NULL;
}
static sley_promise *no_parser(void *ctx, sley_stream *s)
{
  (void)ctx;
  (void)s;
  return NULL;
}
static sley_seq *no_seq(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  return NULL;
}
static sley_error *no_error_of(void *ctx, sley_error *e)
{
  (void)ctx;
  (void)e;
  return NULL;
}

static sley_promise *unit(void *ctx)
{
  (void)ctx;
  return sley_return(sley_unit());
}
static sley_promise *fails(void *ctx)
{
  (void)ctx;
  return sley_fail(error_of(1));
}
static sley_promise *text(void *ctx, sley_value *v)
{
  (void)ctx;
  (void)v;
  sley_value out;
  return sley_text("yes", &out) == NULL ? sley_return(out) : sley_fail(sley_error_nomem());
}
static sley_promise *same(void *ctx, sley_value *v)
{
  (void)ctx;
  return sley_return(*v);
}

static const sley_value two[] = {{.i = 1}, {.i = 2}};
static sley_stream *numbers(void) { return sley_stream_from_values(two, 2); }
static sley_promise *pending(void)
{
  static sley_resolver *never[8];
  static size_t used;
  return sley_pending(&never[used++]);
}
static void begin(sley_promise *p) { sley_drop(p); }
static void read_from(sley_stream *s) { begin(sley_stream_get(s)); }

/* ---- the core */
static void bind_at_once(void) { begin(sley_bind(sley_return(sley_unit()), no_bind, NULL)); }
static void catch_at_once(void) { begin(sley_catch(sley_fail(error_of(1)), no_catch, NULL)); }
static void bind_later(void)
{
  sley_resolver *r;
  sley_promise *p = sley_bind(sley_pending(&r), no_bind, NULL);
  sley_fulfill(&r, sley_unit());
  sley_drop(p);
}
static void cleanup_at_once(void)
{
  begin(sley_finalize(sley_return(sley_unit()), no_start, NULL));
}
static void cleanup_later(void)
{
  sley_resolver *r;
  sley_promise *p = sley_finalize(sley_pending(&r), no_start, NULL);
  sley_fulfill(&r, sley_unit());
  sley_drop(p);
}
static void finalized_start(void) { begin(sley_finalize_with(no_start, unit, NULL)); }
static void applied(void) { begin(sley_apply(sley_unit(), no_bind, NULL)); }
static void dont_wait(void) { sley_dont_wait(no_start, note_error, NULL); }
static const sley_key key = SLEY_KEY("key");
static void with_value(void) { begin(sley_with_value(&key, sley_int(1), no_start, NULL)); }
static void promise_of_nothing(void) { begin(sley_promise_from_resolver(NULL)); }

/* ---- collections */
static void iter_s(void) { begin(sley_values_iter_s(two, 2, no_bind, NULL)); }
static void iter_p(void) { begin(sley_values_iter_p(two, 2, no_bind, NULL)); }
static void predicate_gives_text(void) { begin(sley_values_for_all_s(two, 2, text, NULL)); }
static void seq_next(void) { begin(sley_seq_next(sley_seq_new(no_start, NULL, NULL))); }
static void seq_unfold(void)
{
  begin(sley_seq_next(sley_seq_unfold_promise(sley_int(0), no_bind, NULL)));
}
static void seq_flat_map(void)
{
  begin(sley_seq_next(sley_seq_flat_map(sley_seq_from_values(two, 2), no_seq, NULL)));
}
static void seq_iter(void) { begin(sley_seq_iter_s(sley_seq_from_values(two, 2), no_bind, NULL)); }

/* ---- streams */
static void stream_from(void) { read_from(sley_stream_from(no_start, NULL)); }
static void stream_map_s(void) { read_from(sley_stream_map_s(numbers(), no_bind, NULL)); }
static void stream_map_n(void)
{
  read_from(sley_stream_map_n(numbers(), 2, SLEY_STREAM_ORDER_SOURCE, no_bind, NULL));
}
static void stream_iter_s(void) { begin(sley_stream_iter_s(numbers(), no_bind, NULL)); }
static void stream_iter_n(void) { begin(sley_stream_iter_n(numbers(), 2, no_bind, NULL)); }
static void stream_parse(void) { begin(sley_stream_parse(numbers(), no_parser, NULL)); }
static void bounded_end(void)
{
  sley_stream *s;
  sley_bounded_pusher *push;
  if (sley_stream_new_bounded(1, &s, &push) == NULL)
    begin(sley_bounded_pusher_push(push, sley_none()));
}

/* ---- locks, pools, switches, scopes, attempts */
static void use_pool(sley_start_fn *create, sley_bind_fn *validate, sley_bind_fn *dispose,
                     sley_bind_fn *use)
{
  sley_pool *pool;
  const sley_pool_options options = {
      .size = sizeof options, .max = 1, .create = create, .validate = validate, .dispose = dispose};
  if (sley_pool_new(&options, &pool) != NULL) return;
  for (int i = 0; i < 2; i++) begin(sley_pool_use(pool, use, NULL));
  begin(sley_pool_clear(pool));
}
static void pool_create(void) { use_pool(no_start, NULL, NULL, same); }
static void pool_validate(void) { use_pool(unit, no_bind, NULL, same); }
static void pool_dispose(void) { use_pool(unit, NULL, no_bind, same); }
static void pool_use(void) { use_pool(unit, NULL, NULL, no_bind); }
static void switch_hook(void)
{
  sley_switch *s;
  if (sley_switch_new(&s) != NULL || sley_switch_add_hook(s, no_start, NULL) != NULL) return;
  begin(sley_switch_turn_off(s));
}
static void switch_exec(void)
{
  sley_switch *s;
  if (sley_switch_new(&s) != NULL) return;
  begin(sley_switch_turn_off(s));
  begin(sley_switch_add_hook_or_exec(s, no_start, NULL));
}
static void switched(void) { begin(sley_with_switch(no_switched, NULL)); }
static sley_promise *starts_nothing(void *ctx, sley_scope *scope)
{
  (void)ctx;
  return sley_scope_start(scope, no_start, NULL) == 0 ? unit(NULL) : no_body(NULL, scope);
}
static void scope_start(void) { begin(sley_with_scope(starts_nothing, NULL)); }
static void scope_body(void) { begin(sley_with_scope(no_body, NULL)); }
static sley_promise *fails_of_nothing(void *ctx, sley_scope *scope)
{
  (void)ctx;
  sley_scope_fail(scope, NULL);
  return unit(NULL);
}
static void scope_fail(void) { begin(sley_with_scope(fails_of_nothing, NULL)); }
static void retry_attempt(void) { begin(sley_retry(NULL, no_start, NULL)); }
static void retry_sleep(void)
{
  const sley_retry_options options = {.size = sizeof options, .retries = 1, .sleep = no_sleep};
  begin(sley_retry(&options, fails, NULL));
}
static void condition_error(void)
{
  sley_condition *c;
  if (sley_condition_new(&c) == NULL) sley_condition_broadcast_error(c, NULL);
}

/* ---- results */
static void result_error(void)
{
  sley_value out;
  if (sley_result_new_error(NULL, &out) == NULL) sley_value_drop(&out);
}
static void error_value(void) { (void)sley_error_to_value(NULL); }
static void result_fail(void) { begin(sley_result_fail(NULL)); }
static void result_map_error(void)
{
  begin(sley_result_map_error(sley_result_fail(error_of(1)), no_error_of, NULL));
}

/* ---- events and signals */
static void event_map_s(void)
{
  sley_event *e = sley_event_new();
  sley_event *m = sley_event_map_s(sley_event_keep(e), no_bind, NULL);
  if (m != NULL) (void)sley_event_push(e, sley_int(1));
}
static void event_limit(void)
{
  sley_event *e = sley_event_new();
  sley_event *m = sley_event_limit(sley_event_keep(e), no_start, NULL);
  if (m != NULL) (void)sley_event_push(e, sley_int(1));
}
static void event_from(void)
{
  if (sley_event_from(no_start, NULL) != NULL)
    sley_wakeup_paused(); /* it begins in the next turn */
}
static sley_error *plus_one(void *ctx, sley_value *in, sley_value *out)
{
  (void)ctx;
  *out = sley_int(in->i + 1);
  return NULL;
}
static void event_follows_itself(void)
{
  sley_event *outer = sley_event_new();
  sley_event *made = sley_event_map(sley_event_switch(outer), plus_one, NULL);
  (void)sley_event_push(outer, sley_event_to_value(sley_event_keep(made)));
}
static void signal_map_s(void)
{
  begin(sley_signal_map_s(sley_signal_new(sley_int(1), NULL), NULL, no_bind, NULL));
}

/* ---- values */
static void no_value(void) { (void)sley_value_int(NULL); }
static void type_is_scalar(void)
{
  sley_value v = sley_own(thing_new(1), &type_mover);
  (void)sley_value_double(&v);
}
static void ptr_of_no_value(void) { (void)sley_value_ptr(NULL, &type_mover); }
static void ptr_of_a_scalar(void)
{
  sley_value v = sley_int(1);
  (void)(sley_value_ptr)(&v, &type_mover);
}
static void past_the_pending(void)
{
  sley_promise *p = sley_nchoose_split(SLEY_PROMISES(pending(), sley_return(sley_unit())));
  (void)sley_split_pending(sley_split_in(sley_promise_value(p)), 1);
}

static const struct misuse {
  const char *name;
  void (*run)(void);
  const char *says[2];
} cases[] = {
#define HERE "test_null.c:"
    {"bind_at_once", bind_at_once, {"returned NULL; return a promise", HERE}},
    {"bind_later", bind_later, {"returned NULL; return a promise", HERE}},
    {"catch_at_once", catch_at_once, {"returned NULL; return a promise", HERE}},
    {"cleanup_at_once", cleanup_at_once, {"sley_finalize as cleanup at", HERE}},
    {"cleanup_later", cleanup_later, {"sley_finalize as cleanup at", HERE}},
    {"finalized_start", finalized_start, {"sley_finalize_with at", HERE}},
    {"applied", applied, {"sley_apply returned NULL", "return a promise"}},
    {"dont_wait", dont_wait, {"sley_dont_wait returned NULL", "return a promise"}},
    {"with_value", with_value, {"sley_with_value returned NULL", "return a promise"}},
    {"promise_of_nothing",
     promise_of_nothing,
     {"sley_promise_from_resolver", "has already answered"}},
    {"iter_s", iter_s, {"sley_values_iter_s at", "returned NULL; return a promise"}},
    {"iter_p", iter_p, {"sley_values_iter_p at", HERE}},
    {"predicate_gives_text", predicate_gives_text, {"sley_values_for_all_s", "type text"}},
    {"seq_next", seq_next, {"sley_seq_new returned NULL", "return a promise"}},
    {"seq_unfold", seq_unfold, {"sley_seq_unfold_promise returned NULL", "return a promise"}},
    {"seq_flat_map", seq_flat_map, {"sley_seq_flat_map returned NULL", "return a promise"}},
    {"seq_iter", seq_iter, {"walk over a sley_seq at", HERE}},
    {"stream_from", stream_from, {"sley_stream_from at", HERE}},
    {"stream_map_s", stream_map_s, {"that makes a stream at", HERE}},
    {"stream_map_n", stream_map_n, {"sley_stream_map_n or a similar function at", HERE}},
    {"stream_iter_s", stream_iter_s, {"sley_stream_iter_s at", HERE}},
    {"stream_iter_n", stream_iter_n, {"sley_stream_iter_n at", HERE}},
    {"stream_parse", stream_parse, {"sley_stream_parse at", HERE}},
    {"bounded_end", bounded_end, {"use sley_bounded_pusher_close", HERE}},
    {"pool_create", pool_create, {"sley_pool_new as create", "return a promise"}},
    {"pool_validate", pool_validate, {"sley_pool_new as validate at", HERE}},
    {"pool_dispose", pool_dispose, {"sley_pool_new as dispose", "return a promise"}},
    {"pool_use", pool_use, {"sley_pool_use at", HERE}},
    {"switch_hook", switch_hook, {"sley_switch_add_hook returned NULL", "sley_unit"}},
    {"switch_exec",
     switch_exec,
     {"sley_switch_add_hook_or_exec returned NULL", "return a promise"}},
    {"switched", switched, {"sley_with_switch at", HERE}},
    {"scope_start", scope_start, {"sley_scope_start returned NULL", "return a promise"}},
    {"scope_body", scope_body, {"sley_with_scope at", HERE}},
    {"scope_fail", scope_fail, {"sley_scope_fail was given no error", ""}},
    {"retry_attempt", retry_attempt, {"sley_retry as attempt at", HERE}},
    {"retry_sleep", retry_sleep, {"sley_retry as sleep at", HERE}},
    {"condition_error", condition_error, {"sley_condition_broadcast_error", "no error"}},
    {"result_error", result_error, {"sley_result_new_error", "no error"}},
    {"error_value", error_value, {"sley_error_to_value", "no error"}},
    {"result_fail", result_fail, {"sley_result_fail", "no error"}},
    {"result_map_error", result_map_error, {"sley_result_map_error returned no error", ""}},
    {"event_map_s",
     event_map_s,
     {"that makes an event or signal returned NULL", "return a promise"}},
    {"event_limit", event_limit, {"sley_event_limit returned NULL", "return a promise"}},
    {"event_from", event_from, {"sley_event_from returned NULL", "return a promise"}},
    {"event_follows_itself",
     event_follows_itself,
     {"sley_signal_switch", "depends on the result itself"}},
    {"signal_map_s", signal_map_s, {"that makes a signal", ""}},
    {"no_value", no_value, {"no value (NULL) was read", HERE}},
    {"type_is_scalar", type_is_scalar, {"of type mover", HERE}},
    {"ptr_of_no_value", ptr_of_no_value, {"no value (NULL)", "mover"}},
    {"ptr_of_a_scalar", ptr_of_a_scalar, {"of type scalar", "mover"}},
    {"past_the_pending",
     past_the_pending,
     {"sley_split_pending was asked for pending promise 1 of 1", "counted from 0"}},
};

static void (*case_run)(void);
static void run_case(void)
{
  if (!world_open(0)) _exit(3);
  case_run();
}

static void every_one_says_so(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct misuse *m = &cases[i];
    char said[8192];
    case_run = m->run;
    int status = run_in_child(run_case, said, sizeof said);
    if (!aborted(status))
      fail_msg("%s did not abort: status %x, %s", m->name, (unsigned)status, said);
    if (strncmp(said, "sley: ", 6) != 0) fail_msg("%s: %s", m->name, said);
    for (int k = 0; k < 2; k++)
      if (strstr(said, m->says[k]) == NULL)
        fail_msg("%s does not say \"%s\": %s", m->name, m->says[k], said);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_one_says_so)};
  return RUN_TESTS(tests);
}
