/* Dumps: the tree as text, JSON, names, ages, orphans, cycles.
 * Tests src/promise/dump/dump.c, src/promise/dump/dump_graph.c, src/promise/dump/dump_json.c,
 * src/promise/dump/dump_text.c, src/promise/core/name.c. */
#include "support/page.h"
#include "support/world.h"

/* Never called. */
static sley_error *map_unused(void *ctx, sley_value *v, sley_value *out)
{
  (void)ctx;
  (void)v;
  (void)out;
  return NULL;
}

static const char *dump(sley_dump_format format)
{
  page_clear();
  assert_null(sley_dump(format, collect, NULL));
  return page.text;
}

static sley_promise *never_called(void *ctx, sley_value *v)
{
  (void)v;
  return ctx;
}

static void shows_who_waits_for_whom(void **state)
{
  (void)state;
  sley_resolver *r, *s;
  sley_promise *task = sley_cancelable_at("conn.c:22", &r);
  sley_promise *bind = sley_bind_at("server.c:38", sley_keep(task), never_called, NULL, NULL);
  sley_promise *timer = sley_pending_at("server.c:40", &s);
  sley_promise *ps[] = {bind, timer};
  sley_promise *pick = sley_pick_at("server.c:40", ps, 2);
  sley_promise *settled = sley_return(sley_unit());
  sley_promise_set_name(pick, "request 7");
  assert_string_equal(dump(SLEY_DUMP_FORMAT_TEXT),
                      "domain test: 4 pending promises, 1 settled, turn 1\n"
                      "pick at server.c:40 \"request 7\", 0 turns\n"
                      "|- bind at server.c:38, 0 turns\n"
                      "|  '- cancelable at conn.c:22, 0 turns\n"
                      "'- pending at server.c:40, 0 turns\n");
  sley_drop(settled);
  sley_drop(pick);
  sley_drop(task);
  sley_resolver_drop(&r);
  sley_resolver_drop(&s);
}

static sley_promise *given(void *ctx) { return ctx; }

static sley_promise *with_children(void *ctx, sley_scope *scope)
{
  sley_promise **ps = ctx;
  assert_int_equal(sley_scope_start(scope, given, ps[0]), 0);
  assert_int_equal(sley_scope_start(scope, given, ps[1]), 0);
  return ps[2];
}

/* Including children that were canceled and continue. */
static void scopes_have_their_children_below(void **state)
{
  (void)state;
  sley_resolver *r[3];
  sley_promise *ps[] = {sley_cancelable_at("a.c:1", &r[0]), sley_pending_at("b.c:2", &r[1]),
                        sley_pending_at("body.c:3", &r[2])};
  sley_promise *p = sley_with_scope_at("scope.c:4", with_children, ps, NULL);
  assert_string_equal(dump(SLEY_DUMP_FORMAT_TEXT),
                      "domain test: 5 pending promises, 0 settled, turn 1\n"
                      "finalize at scope.c:4, 0 turns\n"
                      "|- pending at body.c:3, 0 turns\n"
                      "|- pending at b.c:2, 0 turns\n"
                      "|- cancelable at a.c:1, 0 turns\n"
                      "'- pending at scope.c:4, 0 turns\n");
  sley_fulfill(&r[2], sley_unit());
  assert_string_equal(dump(SLEY_DUMP_FORMAT_TEXT),
                      "domain test: 4 pending promises, 2 settled, turn 1\n"
                      "finalize, cleaning up at scope.c:4, 0 turns\n"
                      "'- bind at scope.c:4, 0 turns\n"
                      "   |- pending at scope.c:4, 0 turns\n"
                      "   '- pending at b.c:2, 0 turns\n");
  sley_fulfill(&r[1], sley_unit());
  sley_resolver_drop(&r[0]);
  assert_int_equal(sley_state(p), SLEY_PROMISE_STATE_FULFILLED);
  sley_drop(p);
}

static void shows_guards_and_choices(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *task = sley_cancelable_at("a.c:1", &r);
  sley_promise *chosen[] = {sley_protected_at("b.c:2", sley_keep(task)),
                            sley_no_cancel_at("c.c:3", sley_keep(task)),
                            sley_wrap_in_cancelable_at("d.c:4", task)};
  sley_promise *split = sley_nchoose_split_at("e.c:5", chosen, 3);
  assert_string_equal(dump(SLEY_DUMP_FORMAT_TEXT),
                      "domain test: 5 pending promises, 0 settled, turn 1\n"
                      "nchoose_split at e.c:5, 0 turns\n"
                      "|- protected at b.c:2, 0 turns\n"
                      "|  '- cancelable at a.c:1, 0 turns\n"
                      "|- no_cancel at c.c:3, 0 turns\n"
                      "|  '- cancelable at a.c:1, 0 turns\n"
                      "'- wrap_in_cancelable at d.c:4, 0 turns\n"
                      "   '- cancelable at a.c:1, 0 turns\n");
  sley_resolver_drop(&r);
  sley_drop(split);
}

static void repeats_nothing(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_map_at("b.c:2", sley_pending_at("a.c:1", &r), map_unused, NULL, NULL);
  sley_promise *ps[] = {sley_keep(p), p};
  sley_promise *join = sley_join_at("c.c:3", ps, 2);
  assert_string_equal(dump(SLEY_DUMP_FORMAT_TEXT),
                      "domain test: 3 pending promises, 0 settled, turn 1\n"
                      "join at c.c:3, 0 turns\n"
                      "|- map at b.c:2, 0 turns\n"
                      "|  '- pending at a.c:1, 0 turns\n"
                      "'- map at b.c:2, 0 turns (see above)\n");
  sley_reject(&r, error_of(1));
  sley_drop(join);
}

static sley_promise *give_inner(void *ctx, sley_value *v)
{
  (void)v;
  return ctx;
}

static void shows_what_a_callback_returned(void **state)
{
  (void)state;
  sley_resolver *r, *s;
  sley_promise *inner =
      sley_bind_at("inner.c:7", sley_pending_at("deep.c:1", &s), never_called, NULL, NULL);
  sley_promise *outer = sley_bind_at("outer.c:9", sley_pending(&r), give_inner, inner, NULL);
  sley_fulfill(&r, sley_unit());
  assert_string_equal(dump(SLEY_DUMP_FORMAT_TEXT),
                      "domain test: 3 pending promises, 0 settled, turn 1\n"
                      "bind at outer.c:9, 0 turns\n"
                      "'- returned bind at inner.c:7\n"
                      "   '- pending at deep.c:1, 0 turns\n");
  sley_drop(outer);
  sley_reject(&s, error_of(1));
}

static sley_promise *give_cell(void *ctx, sley_value *v)
{
  (void)v;
  return sley_keep(*(sley_promise **)ctx);
}

static void marks_orphans(void **state)
{
  (void)state;
  sley_resolver *r, *kept;
  sley_promise *self;
  self = sley_bind_at("self.c:1", sley_pending(&r), give_cell, &self, NULL);
  sley_fulfill(&r, sley_unit()); /* waits for itself: nothing can settle it */
  sley_promise *both[] = {sley_keep(self), sley_cancelable_at("live.c:2", &r)};
  sley_promise *join = sley_join_at("join.c:3", both, 2);
  sley_promise *either[] = {sley_keep(self), sley_cancelable_at("live.c:4", &kept)};
  sley_promise *pick = sley_choose_at("choose.c:5", either, 2);
  const char *text = dump(SLEY_DUMP_FORMAT_TEXT);
  assert_non_null(strstr(text, "bind at self.c:1, orphan: nothing can settle it\n"));
  assert_non_null(strstr(text, "join at join.c:3, 0 turns, orphan: nothing can settle it\n"));
  assert_non_null(strstr(text, "choose at choose.c:5, 0 turns\n"));
  sley_drop(self);
  sley_drop(pick);
  sley_cancel(join);
  sley_drop(join);
  sley_resolver_drop(&r);
  sley_resolver_drop(&kept);
}

static void json_is_a_graph(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *task = sley_cancelable_at("a\\b\".c:1", &r);
  sley_promise_set_name(task, "tab\there");
  dump(SLEY_DUMP_FORMAT_JSON);
  char wanted[512];
  snprintf(
      wanted, sizeof wanted,
      "{\"domain\":\"test\",\"id\":%u,\"turn\":1,\"settled\":0,\"promises\":["
      "{\"id\":0,\"kind\":\"cancelable\",\"site\":\"a\\\\b\\\".c:1\",\"name\":\"tab\\u0009here\","
      "\"turns\":0,\"seconds\":null,\"references\":1,\"producers\":1,\"orphan\":false,"
      "\"cycle\":false,\"waits_for\":[]}]}\n",
      sley_domain_id(world.domain));
  assert_string_equal(page.text, wanted);
  sley_drop(task);
  sley_resolver_drop(&r);
}

static void names_come_and_go(void **state)
{
  (void)state;
  enum { MANY = 200 };
  static sley_promise *ps[MANY];
  sley_resolver *r[MANY];
  char text[32];
  for (int i = 0; i < MANY; i++) {
    ps[i] = sley_pending(&r[i]);
    snprintf(text, sizeof text, "number %d", i);
    sley_promise_set_name(ps[i], text);
  }
  for (int i = 0; i < MANY; i += 3) { /* holes in the table */
    sley_drop(ps[i]);
    sley_resolver_drop(&r[i]);
    ps[i] = NULL;
  }
  for (int i = 1; i < MANY; i += 3) sley_promise_set_name(ps[i], NULL);
  for (int i = 0; i < MANY; i++) {
    if (ps[i] == NULL) continue;
    snprintf(text, sizeof text, "number %d", i);
    if (i % 3 == 1) assert_null(sley_promise_name(ps[i]));
    else assert_string_equal(sley_promise_name(ps[i]), text);
    sley_drop(ps[i]);
    sley_resolver_drop(&r[i]);
  }
}

static void name_one_that_dies(void)
{
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  sley_promise_set_name(p, "short-lived");
  assert_string_equal(sley_promise_name(p), "short-lived");
  sley_fulfill(&r, sley_unit());
  sley_drop(p);
}

/* A new promise can reuse the memory of a named one: it has no name and can get its own. */
static void names_die_with_their_promises(void **state)
{
  (void)state;
  does_not_grow(name_one_that_dies, 1000);
}

static void a_long_name_is_cut(void **state)
{
  (void)state;
  sley_promise *p = sley_return(sley_unit());
  sley_promise_set_name(p,
                        "0123456789012345678901234567890123456789012345678901234567890123456789");
  assert_int_equal(strlen(sley_promise_name(p)), 63);
  sley_promise_set_name(p, "short");
  assert_string_equal(sley_promise_name(p), "short");
  sley_drop(p);
}

static void a_deep_chain_does_not_recurse(void **state)
{
  (void)state;
  enum { LINKS = 100000 };
  sley_resolver *r;
  sley_promise *p = sley_pending(&r);
  for (int i = 0; i < LINKS; i++) p = sley_bind_at("link.c:1", p, never_called, NULL, NULL);
  FILE *nowhere = fopen("/dev/null", "w");
  assert_non_null(nowhere);
  assert_null(sley_dump(SLEY_DUMP_FORMAT_TEXT, sley_write_file, nowhere));
  assert_null(sley_dump(SLEY_DUMP_FORMAT_JSON, sley_write_file, nowhere));
  fclose(nowhere);
  sley_drop(p);
  sley_reject(&r, error_of(1));
}

/* Longer than the search for promises that wait for themselves can follow. */
static void marks_cycles(void **state)
{
  (void)state;
  enum { LINKS = 200 };
  sley_resolver *r;
  static sley_promise *inner;
  sley_promise *outer = sley_bind_at("outer.c:1", sley_pending(&r), give_cell, &inner, NULL);
  inner = sley_keep(outer);
  for (int i = 0; i < LINKS; i++) inner = sley_bind_at("link.c:2", inner, never_called, NULL, NULL);
  sley_fulfill(&r, sley_unit());
  const char *text = dump(SLEY_DUMP_FORMAT_TEXT);
  assert_non_null(strstr(text, "bind at outer.c:1, 0 turns, cycle: it waits for itself\n"));
  assert_non_null(strstr(text, "bind at link.c:2, 0 turns, cycle: it waits for itself\n"));
  sley_drop(outer);
  sley_drop(inner);
  assert_int_equal(live(), LINKS + 1);
  sley_domain_leave(world.domain); /* a promise that keeps itself alive is freed with its domain */
  assert_int_equal(sley_domain_end(world.domain), 0);
  assert_null(sley_domain_new(world.runtime, "test", &world.domain));
  sley_domain_enter(world.domain);
}

static void fails_without_memory(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_map(sley_pending(&r), map_unused, NULL);
  int failures = 0;
  for (size_t at = 1;; at++) {
    heap.count = 0;
    heap.fail_at = at;
    page.length = 0;
    sley_promise_set_name(p, "named");
    const sley_error *e = sley_dump(SLEY_DUMP_FORMAT_TEXT, collect, NULL);
    assert_true(e == NULL || (e == sley_error_nomem() && page.length == 0));
    bool failed = heap.count >= at;
    heap.fail_at = 0;
    if (!failed) break;
    failures++;
  }
  assert_true(failures >= 2);
  assert_string_equal(sley_promise_name(p), "named");
  sley_drop(p);
  sley_reject(&r, error_of(1));
}

/* Fails for every size of the dump's memory, with more edges than promises. */
static void each_allocation_of_a_wide_graph_fails(void **state)
{
  (void)state;
  sley_resolver *r;
  sley_promise *p = sley_pending(&r), *ps[40];
  for (int i = 0; i < 40; i++) ps[i] = sley_protected(sley_keep(p));
  sley_promise *join = sley_join(ps, 40);
  for (int i = 0; i < 40; i++) ps[i] = sley_keep(p);
  sley_promise *wide = sley_join(ps, 40);
  size_t failures = 0;
  for (size_t at = 1;; at++) {
    heap.count = 0;
    heap.fail_at = at;
    page.length = 0;
    const sley_error *e = sley_dump(SLEY_DUMP_FORMAT_JSON, collect, NULL);
    bool failed = heap.count >= at;
    heap.fail_at = 0;
    assert_ptr_equal(e, failed ? sley_error_nomem() : NULL);
    assert_true(!failed || page.length == 0);
    if (!failed) break;
    failures++;
  }
  assert_true(failures >= 4);
  sley_drop(wide);
  sley_drop(join);
  sley_drop(p);
  sley_resolver_drop(&r);
}

static void publishes_the_running_callback(void **state)
{
  (void)state;
  sley_published seen = {.size = sizeof seen};
  sley_published_get(world.domain, &seen);
  assert_null(seen.running);
  assert_int_equal(seen.turn, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(shows_who_waits_for_whom),
      TEST(scopes_have_their_children_below),
      TEST(shows_guards_and_choices),
      TEST(repeats_nothing),
      TEST(shows_what_a_callback_returned),
      TEST(marks_orphans),
      TEST(json_is_a_graph),
      TEST(names_come_and_go),
      TEST(names_die_with_their_promises),
      TEST(a_long_name_is_cut),
      TEST(a_deep_chain_does_not_recurse),
      TEST(marks_cycles),
      TEST(fails_without_memory),
      TEST(each_allocation_of_a_wide_graph_fails),
      TEST(publishes_the_running_callback),
  };
  return RUN_TESTS(tests);
}
