/* The operations of the promise core. They only call public functions of the library. */
#include <inttypes.h>
#include <string.h>

#include "operations.h"

static void on_dont_wait(void *ctx, sley_error *e)
{
  closure *c = ctx;
  argument a = error_argument(e);
  block_observe(c->machine, c->second, &a, "escaped");
  if (c->second != NULL) c->second->holds--; /* runs once, which early dropping can rely on */
  c->second = NULL;
}

static void on_pause(void *ctx, size_t count)
{
  closure *c = ctx;
  sley_value v = sley_int((int64_t)count);
  argument a = value_argument(c, &v);
  block_observe(c->machine, c->first, &a, "escaped");
}

static void do_return(call *c)
{
  number n = read_number(c->m, c->env, c->t[2]);
  give(c, sley_return(value_make(c->m, n)), NULL);
}

static void do_failed(call *c) { give(c, sley_fail(read_error(c->m, c->env, c->t[2])), NULL); }

static void do_wait(call *c)
{
  resolver_register *r = must_alloc(sizeof *r);
  sley_promise *p = c->t[0][0] == 'w' ? sley_pending(&r->resolver) : sley_cancelable(&r->resolver);
  for (resolver_register *old = c->m->resolvers; old != NULL; old = old->next)
    if (strcmp(old->name, c->t[2]) == 0) old->current = false;
  snprintf(r->name, sizeof r->name, "%s", c->t[2]);
  r->watched = c->m->replay ? NULL : sley_keep(p);
  r->type = c->t[1][0];
  r->current = true;
  r->next = c->m->resolvers;
  c->m->resolvers = r;
  give(c, p, NULL);
}

/* Whether a resolver can still be used; Lwt reports that by raising. */
static verdict judge(machine *m, resolver_register *r)
{
  if (m->replay)
    return m->verdict_at < m->verdict_count ? (verdict)m->verdicts[m->verdict_at++] : ANSWER;
  verdict v = ANSWER;
  if (!sley_is_pending(r->watched)) {
    const sley_error *e = sley_promise_error(r->watched);
    v = e != NULL && sley_error_is_canceled(e) ? ANSWER_IN_VAIN : ANSWER_INVALID;
  }
  m->verdicts = must_grow(m->verdicts, m->verdict_count + 1);
  m->verdicts[m->verdict_count++] = (unsigned char)v;
  return v;
}

static void do_wakeup(call *c)
{
  resolver_register *r = c->m->resolvers;
  while (r != NULL && (!r->current || strcmp(r->name, c->t[1]) != 0)) r = r->next;
  if (r == NULL) {
    c->skipped = true;
    return;
  }
  bool later = strncmp(c->t[0], "wakeup_later", 12) == 0;
  bool rejects = strstr(c->t[0], "_exn") != NULL;
  number n = rejects ? (number){NUMBER, 0} : read_number(c->m, c->env, c->t[2]);
  sley_error *e = rejects ? read_error(c->m, c->env, c->t[2]) : NULL;
  if (judge(c->m, r) == ANSWER_INVALID) {
    sley_error_drop(e);
    c->raised = error_make(CODE_INVALID);
  } else if (rejects) {
    (later ? sley_reject : sley_reject_now)(&r->resolver, e);
  } else {
    sley_value v = r->type == 'o' ? value_make_option(c->m, n) : value_make(c->m, n);
    (later ? sley_fulfill : sley_fulfill_now)(&r->resolver, v);
  }
}

static void do_cancel(call *c)
{
  promise_register *r = operand(c, 1);
  /* The register can be overwritten or dropped while callbacks run, but the library borrows the handle, so one is
   * kept for it. */
  if (r == NULL) return;
  sley_promise *p = sley_keep(r->promise);
  sley_cancel(p);
  sley_drop(p);
}

static void do_guard(call *c)
{
  promise_register *r = operand(c, 2);
  if (r == NULL) return;
  sley_promise *p = sley_keep(r->promise);
  names *known = names_keep(r->names);
  switch (c->t[0][0]) {
    case 'p': p = sley_protected(p); break;
    case 'n': p = sley_no_cancel(p); break;
    default: p = sley_wrap_in_cancelable(p); break;
  }
  give(c, p, known);
  names_drop(known);
}

static void do_bind(call *c)
{
  promise_register *r = operand(c, 2);
  if (r == NULL) return;
  closure *k = closure_new(c->m, read_block(c->m, c->t[3]), NULL, r->name[0], r->names);
  sley_promise *p = sley_keep(r->promise);
  give(c,
       c->t[0][0] == 'b' ? sley_bind(p, on_bind, k, closure_drop)
                         : sley_map(p, on_map, k, closure_drop),
       NULL);
}

/* Runs the block as the body of catch and similar functions. */
static sley_promise *body(call *c, int at)
{
  argument a = {0};
  return block_promise(c->m, read_block(c->m, c->t[at]), &a);
}

static void do_catch(call *c)
{
  block *handler = read_block(c->m, c->t[3]);
  sley_promise *p = body(c, 2);
  closure *k = closure_new(c->m, NULL, handler, 'p', NULL);
  give(c, sley_catch(p, on_catch, k, closure_drop), NULL);
}

static void do_try_bind(call *c)
{
  block *ok = read_block(c->m, c->t[3]), *failed = read_block(c->m, c->t[4]);
  sley_promise *p = body(c, 2);
  closure *k = closure_new(c->m, ok, failed, 'p', NULL);
  give(c, sley_try_bind(p, on_bind, on_catch, k, closure_drop), NULL);
}

static void do_finalize(call *c)
{
  block *cleanup = read_block(c->m, c->t[3]);
  if (c->m->turn++ % 2 == 0) {
    sley_promise *p = body(c, 2);
    closure *k = closure_new(c->m, NULL, cleanup, 'p', NULL);
    give(c, sley_finalize(p, on_cleanup, k, closure_drop), NULL);
  } else { /* the form with a start function is equivalent */
    closure *k = closure_new(c->m, read_block(c->m, c->t[2]), cleanup, 'p', NULL);
    give(c, sley_finalize_with(on_start, on_cleanup, k, closure_drop), NULL);
  }
}

static void do_apply(call *c)
{
  closure k = {.machine = c->m, .first = read_block(c->m, c->t[2]), .type = 'p'};
  number n = read_number(c->m, c->env, c->t[3]);
  give(c, sley_apply(value_make(c->m, n), on_bind, &k), NULL);
}

static void do_wrap(call *c)
{
  closure k = {.machine = c->m, .first = read_block(c->m, c->t[2]), .type = 'p'};
  give(c, sley_wrap(sley_unit(), on_wrap, &k), NULL);
}

/* on_success, on_failure, on_termination, on_any, on_cancel. The library borrows the handle until the call returns,
 * even if the block changes the register. */
static void do_observe(call *c)
{
  promise_register *r = operand(c, 1);
  if (r == NULL) return;
  block *b = read_block(c->m, c->t[2]);
  sley_promise *p = sley_keep(r->promise);
  switch (c->t[0][3]) {
    case 's':
      sley_on_success(p, on_value, closure_new(c->m, b, NULL, r->name[0], r->names), closure_drop);
      break;
    case 'f':
      sley_on_failure(p, on_error, closure_new(c->m, NULL, b, 'p', NULL), closure_drop);
      break;
    case 't':
      sley_on_termination(p, on_done, closure_new(c->m, b, NULL, 'p', NULL), closure_drop);
      break;
    case 'a':
      sley_on_any(p, on_value, on_error,
                  closure_new(c->m, b, read_block(c->m, c->t[3]), r->name[0], r->names),
                  closure_drop);
      break;
    default: sley_on_cancel(p, on_done, closure_new(c->m, b, NULL, 'p', NULL), closure_drop); break;
  }
  sley_drop(p);
}

static void do_async(call *c)
{
  closure k = {.machine = c->m, .first = read_block(c->m, c->t[1]), .type = 'p'};
  sley_async(on_start, &k);
}

static void do_dont_wait(call *c)
{
  block *start = read_block(c->m, c->t[1]), *handler = read_block(c->m, c->t[2]);
  closure *k = closure_new(c->m, start, handler, 'p', NULL);
  k->borrowed = true;
  sley_dont_wait(on_start, on_dont_wait, k);
  if (k->first != NULL) k->first->holds--;
  k->first = NULL;
}

static void do_ignore_result(call *c)
{
  promise_register *r = operand(c, 1);
  if (r != NULL) c->raised = sley_ignore_result(sley_keep(r->promise));
}

static sley_promise *concurrent(const char *name, sley_promise *const *ps, size_t n)
{
  if (strcmp(name, "join") == 0) return sley_join(ps, n);
  if (strcmp(name, "all") == 0) return sley_all(ps, n);
  if (strcmp(name, "both") == 0) return sley_both(ps[0], ps[1]);
  if (strcmp(name, "choose") == 0) return sley_choose(ps, n);
  if (strcmp(name, "pick") == 0) return sley_pick(ps, n);
  if (strcmp(name, "nchoose") == 0) return sley_nchoose(ps, n);
  if (strcmp(name, "npick") == 0) return sley_npick(ps, n);
  return sley_nchoose_split(ps, n);
}

static void do_concurrent(call *c)
{
  size_t n = (size_t)c->count - 2;
  sley_promise *ps[MAX_TOKENS];
  names *known = NULL;
  for (int i = 2; i < c->count; i++)
    if (operand(c, i) == NULL) return;
  if (strcmp(c->t[0], "nchoose_split") == 0) {
    known = must_alloc(sizeof *known + n * sizeof known->entries[0]);
    *known = (names){.refs = 1, .count = n, .next = c->m->names};
    c->m->names = known;
  }
  for (size_t i = 0; i < n; i++) {
    ps[i] = sley_keep(operand(c, (int)i + 2)->promise);
    if (known == NULL) continue;
    known->entries[i].promise = sley_keep(ps[i]);
    snprintf(known->entries[i].name, NAME_BYTES, "%s", c->t[i + 2]);
  }
  sley_promise *p = concurrent(c->t[0], ps, n);
  if (known != NULL) known->reversed = !sley_is_pending(p);
  give(c, p, known);
  names_drop(known);
}

static void do_state(call *c)
{
  promise_register *r = operand(c, 1);
  if (r == NULL) return;
  text_line(&c->m->trace, "state %s ", r->name);
  state_show(c->m, &c->m->trace, r);
  text_line(&c->m->trace, "\n");
}

static void do_poll(call *c)
{
  promise_register *r = operand(c, 1);
  const sley_value *v = NULL;
  sley_error *e = NULL;
  if (r == NULL) return;
  switch (sley_poll(r->promise, &v, &e)) {
    case 0: text_line(&c->m->trace, "poll %s none\n", r->name); break;
    case 1:
      text_line(&c->m->trace, "poll %s some ", r->name);
      value_show(c->m, &c->m->trace, r->name[0], v, r->names);
      text_line(&c->m->trace, "\n");
      break;
    default: c->raised = sley_error_keep(e); break;
  }
}

static void do_pause(call *c) { give(c, sley_pause(), NULL); }

static void do_run_paused(call *c)
{
  (void)c;
  sley_wakeup_paused();
}

static void do_paused_count(call *c)
{
  text_line(&c->m->trace, "paused_count %zu\n", sley_paused_count());
}

static void do_abandon_paused(call *c)
{
  (void)c;
  sley_abandon_paused();
}

static void do_pause_notifier(call *c)
{
  block *b = read_block(c->m, c->t[1]);
  closure *k = closure_new(c->m, b, NULL, 'p', NULL);
  k->borrowed = true;
  if (b != NULL) b->holds--; /* a replaced notifier no longer runs: see m->notifier */
  c->m->notifier = b;
  sley_set_pause_notifier(on_pause, k);
}

static key_register *key_find(call *c, int at)
{
  for (key_register *k = c->m->keys; k != NULL; k = k->next)
    if (k->current && strcmp(k->name, c->t[at]) == 0) return k;
  c->skipped = true;
  return NULL;
}

static void do_key(call *c)
{
  key_register *k = must_alloc(sizeof *k);
  for (key_register *old = c->m->keys; old != NULL; old = old->next)
    if (strcmp(old->name, c->t[1]) == 0) old->current = false;
  snprintf(k->name, sizeof k->name, "%s", c->t[1]);
  k->key.name = k->name;
  k->current = true;
  k->next = c->m->keys;
  c->m->keys = k;
}

static void do_with_value(call *c)
{
  key_register *k = key_find(c, 2);
  if (k == NULL) return;
  closure start = {.machine = c->m, .first = read_block(c->m, c->t[4]), .type = 'p'};
  number n = read_number(c->m, c->env, c->t[3]);
  give(c,
       n.shape == NONE ? sley_without_value(&k->key, on_start, &start)
                       : sley_with_value(&k->key, value_make(c->m, n), on_start, &start),
       NULL);
}

static void do_getkey(call *c)
{
  key_register *k = key_find(c, 1);
  if (k == NULL) return;
  const sley_value *v = sley_storage_get(&k->key);
  if (v == NULL) text_line(&c->m->trace, "getkey %s none\n", k->name);
  else text_line(&c->m->trace, "getkey %s %" PRId64 "\n", k->name, value_scalar(c->m, 'p', v));
}

const operation operations_core[] = {
    {"return", do_return, 3, 3, true},
    {"failed", do_failed, 3, 3, true},
    {"wait", do_wait, 3, 3, true},
    {"task", do_wait, 3, 3, true},
    {"wakeup", do_wakeup, 3, 3, false},
    {"wakeup_exn", do_wakeup, 3, 3, false},
    {"wakeup_later", do_wakeup, 3, 3, false},
    {"wakeup_later_exn", do_wakeup, 3, 3, false},
    {"cancel", do_cancel, 2, 2, false},
    {"protected", do_guard, 3, 3, true},
    {"no_cancel", do_guard, 3, 3, true},
    {"wrap_in_cancelable", do_guard, 3, 3, true},
    {"bind", do_bind, 4, 4, true},
    {"map", do_bind, 4, 4, true},
    {"catch", do_catch, 4, 4, true},
    {"try_bind", do_try_bind, 5, 5, true},
    {"finalize", do_finalize, 4, 4, true},
    {"apply", do_apply, 4, 4, true},
    {"wrap", do_wrap, 3, 3, true},
    {"on_success", do_observe, 3, 3, false},
    {"on_failure", do_observe, 3, 3, false},
    {"on_termination", do_observe, 3, 3, false},
    {"on_any", do_observe, 4, 4, false},
    {"on_cancel", do_observe, 3, 3, false},
    {"async", do_async, 2, 2, false},
    {"dont_wait", do_dont_wait, 3, 3, false},
    {"ignore_result", do_ignore_result, 2, 2, false},
    {"join", do_concurrent, 2, MAX_TOKENS, true},
    {"both", do_concurrent, 4, 4, true},
    {"all", do_concurrent, 2, MAX_TOKENS, true},
    {"choose", do_concurrent, 2, MAX_TOKENS, true},
    {"pick", do_concurrent, 2, MAX_TOKENS, true},
    {"nchoose", do_concurrent, 2, MAX_TOKENS, true},
    {"npick", do_concurrent, 2, MAX_TOKENS, true},
    {"nchoose_split", do_concurrent, 2, MAX_TOKENS, true},
    {"state", do_state, 2, 2, false},
    {"poll", do_poll, 2, 2, false},
    {"pause", do_pause, 2, 2, true},
    {"run_paused", do_run_paused, 1, 1, false},
    {"paused_count", do_paused_count, 1, 1, false},
    {"abandon_paused", do_abandon_paused, 1, 1, false},
    {"pause_notifier", do_pause_notifier, 2, 2, false},
    {"key", do_key, 2, 2, false},
    {"with_value", do_with_value, 5, 5, true},
    {"getkey", do_getkey, 2, 2, false},
    {0},
};
