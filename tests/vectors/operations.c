/* What the operations do. Every call of the library here is a public one.
 *
 * Ownership: registers hold a reference each; what a function consumes is sley_keep(register). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

/* ---- literals */
static number read_number(machine *m, const environment *env, const char *token)
{
  char *end;
  if (strcmp(token, "none") == 0) return (number){NONE, 0};
  if (strcmp(token, "$") == 0) return value_number(m, env->argument);
  if (strcmp(token, "@") == 0) return (number){NUMBER, env->second != NULL ? *env->second : 0};
  bool relative = token[0] == '$' && token[1] == '+';
  const char *digits = relative ? token + 2 : token;
  int64_t n = strtoll(digits, &end, 10);
  if (*digits == '\0' || *end != '\0') machine_break(m, "malformed value %s", token);
  if (!relative) return (number){NUMBER, n};
  number base = value_number(m, env->argument);
  return (number){NUMBER, (env->argument->type == 'o' ? scalar(base) : base.n) + n};
}

static sley_error *read_error(machine *m, const environment *env, const char *token)
{
  if (strcmp(token, "$") == 0)
    return env->argument->what == ERROR_ARGUMENT ? sley_error_keep(env->argument->error)
                                                 : error_make(0);
  if (strcmp(token, "CANCELED") == 0) return sley_error_canceled();
  if (token[0] == 'E' && token[1] >= '0' && token[1] <= '9' && token[2] == '\0')
    return error_make(token[1] - '0');
  machine_break(m, "malformed error %s", token);
  return error_make(0);
}

static block *read_block(machine *m, const char *token)
{
  block *b = program_block(m->program, token);
  if (b == NULL) machine_break(m, "there is no block %s", token);
  return b;
}

/* ---- running a block */
static void trace_enter(machine *m, const block *b, const argument *a)
{
  text_line(&m->trace, "enter %s ", b->name);
  switch (a->what) {
    case NO_ARGUMENT: text_line(&m->trace, "-"); break;
    case VALUE_ARGUMENT: value_show(m, &m->trace, a->type, a->value, a->names); break;
    case ERROR_ARGUMENT: text_line(&m->trace, "%s", error_name(a->error)); break;
  }
  text_line(&m->trace, "\n");
}

static void trace_leave(machine *m, const block *b, block_context c, const outcome *out)
{
  const char *name = b->name;
  switch (out->what) {
    case RETURNED:
      if (c != O_BLOCK && c != VO_BLOCK)
        text_line(&m->trace, "leave %s ret %" PRId64 "\n", name, scalar(out->value));
      else if (out->value.shape == NONE) text_line(&m->trace, "leave %s ret none\n", name);
      else text_line(&m->trace, "leave %s ret some:%" PRId64 "\n", name, out->value.n);
      break;
    case RETURNED_PROMISE: text_line(&m->trace, "leave %s retp %s\n", name, out->name); break;
    case FAILED: text_line(&m->trace, "leave %s fail %s\n", name, error_name(out->error)); break;
    case RAISED: text_line(&m->trace, "leave %s raise %s\n", name, error_name(out->error)); break;
  }
}

static outcome run_block_here(machine *m, block *b, const argument *a, block_context c)
{
  outcome out = {.what = RETURNED};
  if (m->finished || m->exhausted || m->broken != NULL || b == NULL) return out;
  const environment env = {a, NULL};
  size_t at = b->calls < b->count ? b->calls : b->count - 1;
  b->calls++;
  trace_enter(m, b, a);
  frame f = {&b->segments[at], 0, m->frames};
  m->frames = &f;
  progress p = GO_ON;
  while (p == GO_ON && f.at < f.segment->count && !m->exhausted && m->broken == NULL) {
    p = execute(m, c, &env, &f.segment->ops[f.at], &out);
    f.at++;
    if (p == GO_ON) machine_sweep(m);
  }
  if (p == RAISING) out.what = RAISED;
  if (out.what == FAILED || out.what == RAISED)
    out.what = c == P_BLOCK || c == O_BLOCK ? FAILED : RAISED;
  trace_leave(m, b, c, &out);
  m->frames = f.below;
  return out;
}

/* With --shallow a block uses more stack than immediate callbacks may: those in it queue. */
static outcome run_block(machine *m, block *b, const argument *a, block_context c)
{
  if (!m->options.shallow) return run_block_here(m, b, a, c);
  volatile char waste[8192];
  waste[0] = 0;
  outcome out = run_block_here(m, b, a, c);
  waste[sizeof waste - 1] = 0;
  return out;
}

static sley_promise *block_promise(machine *m, block *b, const argument *a)
{
  outcome out = run_block(m, b, a, P_BLOCK);
  if (out.what == RETURNED_PROMISE) return out.promise;
  if (out.what == FAILED) return sley_fail(out.error);
  return sley_return(value_make(m, (number){NUMBER, scalar(out.value)}));
}

static void block_observe(machine *m, block *b, const argument *a, const char *complaint)
{
  outcome out = run_block(m, b, a, U_BLOCK);
  if (out.what != RAISED) return;
  text_line(&m->trace, "%s %s\n", complaint, error_name(out.error));
  sley_error_drop(out.error);
}

/* ---- the library's callbacks; ctx is a closure */
static argument value_argument(const closure *c, const sley_value *v)
{
  return (argument){VALUE_ARGUMENT, c->type, v, c->names, NULL};
}

static argument error_argument(sley_error *e)
{
  return (argument){.what = ERROR_ARGUMENT, .error = e};
}

static sley_promise *on_bind(void *ctx, sley_value *v)
{
  closure *c = ctx;
  argument a = value_argument(c, v);
  return block_promise(c->machine, c->first, &a);
}

static sley_promise *on_catch(void *ctx, sley_error *e)
{
  closure *c = ctx;
  argument a = error_argument(e);
  return block_promise(c->machine, c->second, &a);
}

static sley_promise *on_start(void *ctx)
{
  closure *c = ctx;
  argument a = {0};
  return block_promise(c->machine, c->first, &a);
}

static sley_promise *on_cleanup(void *ctx)
{
  closure *c = ctx;
  argument a = {0};
  return block_promise(c->machine, c->second, &a);
}

static sley_error *compute(closure *c, const argument *a, sley_value *out)
{
  outcome o = run_block(c->machine, c->first, a, V_BLOCK);
  if (o.what == RAISED) return o.error;
  *out = value_make(c->machine, (number){NUMBER, scalar(o.value)});
  return NULL;
}

static sley_error *on_map(void *ctx, sley_value *in, sley_value *out)
{
  argument a = value_argument(ctx, in);
  return compute(ctx, &a, out);
}

static sley_error *on_wrap(void *ctx, sley_value *in, sley_value *out)
{
  argument a = {0};
  (void)in;
  return compute(ctx, &a, out);
}

static void on_value(void *ctx, sley_value *v)
{
  closure *c = ctx;
  argument a = value_argument(c, v);
  block_observe(c->machine, c->first, &a, "hook");
}

static void on_error(void *ctx, sley_error *e)
{
  closure *c = ctx;
  argument a = error_argument(e);
  block_observe(c->machine, c->second, &a, "hook");
}

static void on_done(void *ctx)
{
  closure *c = ctx;
  argument a = {0};
  block_observe(c->machine, c->first, &a, "hook");
}

static void on_dont_wait(void *ctx, sley_error *e)
{
  closure *c = ctx;
  argument a = error_argument(e);
  block_observe(c->machine, c->second, &a, "escaped");
  if (c->second != NULL) c->second->holds--; /* runs once: early dropping may rely on that */
  c->second = NULL;
}

static void on_pause(void *ctx, size_t count)
{
  closure *c = ctx;
  sley_value v = sley_int((int64_t)count);
  argument a = value_argument(c, &v);
  block_observe(c->machine, c->first, &a, "escaped");
}

/* ---- operations. `t` are the operation's tokens. */
typedef struct call {
  machine *m;
  const environment *env;
  char **t;
  int count;
  sley_error *raised; /* owned */
  bool skipped;
} call;

static promise_register *operand(call *c, int at)
{
  promise_register *r = promise_find(c->m, c->t[at]);
  if (r == NULL) c->skipped = true;
  return r;
}

static void give(call *c, sley_promise *p, names *known)
{
  promise_set(c->m, c->t[1], p, names_keep(known));
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
  sley_promise *p = c->t[0][0] == 'w' ? sley_wait(&r->resolver) : sley_task(&r->resolver);
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

/* Whether a resolver can still be answered, which Lwt tells by raising. */
static verdict judge(machine *m, resolver_register *r)
{
  if (m->replay)
    return m->verdict_at < m->verdict_count ? (verdict)m->verdicts[m->verdict_at++] : ANSWER;
  verdict v = ANSWER;
  if (!sley_is_pending(r->watched)) {
    const sley_error *e = sley_error_of(r->watched);
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
  /* The register may be overwritten or dropped while callbacks run; the library was lent a handle,
   * so one is kept for it. */
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
       c->t[0][0] == 'b' ? sley_bind_own(p, on_bind, k, closure_drop)
                         : sley_map_own(p, on_map, k, closure_drop),
       NULL);
}

/* Runs the block as the body of catch and its like. */
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
  give(c, sley_catch_own(p, on_catch, k, closure_drop), NULL);
}

static void do_try_bind(call *c)
{
  block *ok = read_block(c->m, c->t[3]), *failed = read_block(c->m, c->t[4]);
  sley_promise *p = body(c, 2);
  closure *k = closure_new(c->m, ok, failed, 'p', NULL);
  give(c, sley_try_bind_own(p, on_bind, on_catch, k, closure_drop), NULL);
}

static void do_finalize(call *c)
{
  block *cleanup = read_block(c->m, c->t[3]);
  if (c->m->turn++ % 2 == 0) {
    sley_promise *p = body(c, 2);
    closure *k = closure_new(c->m, NULL, cleanup, 'p', NULL);
    give(c, sley_finalize_own(p, on_cleanup, k, closure_drop), NULL);
  } else { /* the form with a start function means the same */
    closure *k = closure_new(c->m, read_block(c->m, c->t[2]), cleanup, 'p', NULL);
    give(c, sley_finalize_with_own(on_start, on_cleanup, k, closure_drop), NULL);
  }
}

static void do_apply(call *c)
{
  closure k = {.machine = c->m, .first = read_block(c->m, c->t[2]), .type = 'p'};
  number n = read_number(c->m, c->env, c->t[3]);
  give(c, sley_apply(on_bind, &k, value_make(c->m, n)), NULL);
}

static void do_wrap(call *c)
{
  closure k = {.machine = c->m, .first = read_block(c->m, c->t[2]), .type = 'p'};
  give(c, sley_wrap(on_wrap, &k, sley_unit()), NULL);
}

/* on_success, on_failure, on_termination, on_any, on_cancel. The handle is the library's to borrow
 * until it returns, whatever the block does to the register. */
static void do_observe(call *c)
{
  promise_register *r = operand(c, 1);
  if (r == NULL) return;
  block *b = read_block(c->m, c->t[2]);
  sley_promise *p = sley_keep(r->promise);
  switch (c->t[0][3]) {
    case 's':
      sley_on_success_own(p, on_value, closure_new(c->m, b, NULL, r->name[0], r->names),
                          closure_drop);
      break;
    case 'f':
      sley_on_failure_own(p, on_error, closure_new(c->m, NULL, b, 'p', NULL), closure_drop);
      break;
    case 't':
      sley_on_termination_own(p, on_done, closure_new(c->m, b, NULL, 'p', NULL), closure_drop);
      break;
    case 'a':
      sley_on_any_own(p, on_value, on_error,
                      closure_new(c->m, b, read_block(c->m, c->t[3]), r->name[0], r->names),
                      closure_drop);
      break;
    default:
      sley_on_cancel_own(p, on_done, closure_new(c->m, b, NULL, 'p', NULL), closure_drop);
      break;
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
  if (b != NULL) b->holds--; /* a notifier that was replaced runs no more: see m->notifier */
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
  const sley_value *v = sley_get(&k->key);
  if (v == NULL) text_line(&c->m->trace, "getkey %s none\n", k->name);
  else text_line(&c->m->trace, "getkey %s %" PRId64 "\n", k->name, value_scalar(c->m, 'p', v));
}

static const struct operation {
  const char *name;
  void (*run)(call *c);
  int least, most; /* tokens */
  bool has_target;
} operations[] = {
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
};

static const struct operation *operation_find(const char *name)
{
  for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
    if (strcmp(operations[i].name, name) == 0) return &operations[i];
  return NULL;
}

static bool ends_block(const char *name)
{
  return strcmp(name, "ret") == 0 || strcmp(name, "retp") == 0 || strcmp(name, "fail") == 0 ||
         strcmp(name, "raise") == 0;
}

bool operation_is_built(const char *name)
{
  return ends_block(name) || operation_find(name) != NULL;
}

bool operation_has_target(const char *name)
{
  const struct operation *o = operation_find(name);
  return o != NULL && o->has_target;
}

static progress end_block(machine *m, block_context c, const environment *env, char **t,
                          outcome *out)
{
  if (strcmp(t[0], "ret") == 0) {
    *out = (outcome){.what = RETURNED, .value = read_number(m, env, t[1])};
  } else if (strcmp(t[0], "retp") == 0) {
    promise_register *r = promise_find(m, t[1]);
    if (r != NULL && ((c == P_BLOCK && t[1][0] == 'p') || (c == O_BLOCK && t[1][0] == 'o'))) {
      *out = (outcome){.what = RETURNED_PROMISE, .promise = sley_keep(r->promise)};
      snprintf(out->name, sizeof out->name, "%s", t[1]);
    } else {
      text_line(&m->trace, "skip retp\n");
      bool option = c == O_BLOCK || c == VO_BLOCK;
      *out = (outcome){.what = RETURNED, .value = {option ? NONE : NUMBER, 0}};
    }
  } else {
    *out = (outcome){.what = t[0][0] == 'f' ? FAILED : RAISED, .error = read_error(m, env, t[1])};
  }
  return ENDED;
}

progress execute(machine *m, block_context c, const environment *env, const op *o, outcome *out)
{
  if (--m->budget < 0) m->exhausted = true;
  if (m->exhausted || m->broken != NULL) return GO_ON;
  if (ends_block(o->tokens[0]) && o->count == 2 && c != TOP)
    return end_block(m, c, env, o->tokens, out);
  const struct operation *operation = operation_find(o->tokens[0]);
  if (operation == NULL || o->count < operation->least || o->count > operation->most) {
    machine_break(m, "malformed operation %s", o->tokens[0]);
    return GO_ON;
  }
  call k = {m, env, o->tokens, o->count, NULL, false};
  operation->run(&k);
  if (k.skipped) text_line(&m->trace, "skip %s\n", o->tokens[0]);
  if (k.raised == NULL) return GO_ON;
  out->error = k.raised;
  return RAISING;
}
