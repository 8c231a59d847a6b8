/* Executing operations: their literals, the blocks they run, the library's callbacks that run blocks.
 *
 * Ownership: each register holds a reference; functions consume sley_keep(register). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "operations.h"

/* ---- literals */
number read_number(machine *m, const environment *env, const char *token)
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

sley_error *read_error(machine *m, const environment *env, const char *token)
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

block *read_block(machine *m, const char *token)
{
  block *b = program_block(m->program, token);
  if (b == NULL) machine_break(m, "there is no block %s", token);
  return b;
}

/* ---- running a block */
static void trace_enter(machine *m, const block *b, const environment *env)
{
  const argument *a = env->argument;
  text_line(&m->trace, "enter %s ", b->name);
  switch (a->what) {
    case NO_ARGUMENT: text_line(&m->trace, "-"); break;
    case VALUE_ARGUMENT: value_show(m, &m->trace, a->type, a->value, a->names); break;
    case ERROR_ARGUMENT: text_line(&m->trace, "%s", error_name(a->error)); break;
  }
  if (env->second != NULL) text_line(&m->trace, " %" PRId64, *env->second);
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

/* Without a run to take part in, as at the end, when dropped resolvers settle what still waits. A block that gives
 * options gives none: as the source of a stream it would otherwise feed an iteration without end. */
static outcome block_passed_over(block_context c)
{
  bool option = c == O_BLOCK || c == VO_BLOCK;
  return (outcome){.what = RETURNED, .value = {option ? NONE : NUMBER, 0}};
}

static outcome run_block_here(machine *m, block *b, const environment *env, block_context c)
{
  outcome out = {.what = RETURNED};
  if (m->finished || m->exhausted || m->broken != NULL || b == NULL) return block_passed_over(c);
  size_t at = b->calls < b->count ? b->calls : b->count - 1;
  b->calls++;
  trace_enter(m, b, env);
  frame f = {&b->segments[at], 0, m->frames};
  m->frames = &f;
  progress p = GO_ON;
  while (p == GO_ON && f.at < f.segment->count && !m->exhausted && m->broken == NULL) {
    p = execute(m, c, env, &f.segment->ops[f.at], &out);
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

/* With --shallow a block uses more stack than immediate callbacks are given: nested ones are queued. */
outcome run_block(machine *m, block *b, const environment *env, block_context c)
{
  if (!m->options.shallow) return run_block_here(m, b, env, c);
  volatile char waste[8192];
  waste[0] = 0;
  outcome out = run_block_here(m, b, env, c);
  waste[sizeof waste - 1] = 0;
  return out;
}

/* With --fibers: runs a P block as a fiber that awaits the promise the block returns. The argument is lent until the
 * fiber waits, and used only before. */
typedef struct block_fiber {
  machine *machine;
  block *block;
  const argument *argument;
} block_fiber;

static sley_promise *block_in_fiber(void *ctx)
{
  const block_fiber *f = ctx;
  machine *m = f->machine;
  const environment env = {f->argument, NULL};
  outcome out = run_block(m, f->block, &env, P_BLOCK);
  if (out.what == FAILED) return sley_fail(out.error);
  if (out.what != RETURNED_PROMISE)
    return sley_return(value_make(m, (number){NUMBER, scalar(out.value)}));
  sley_value v;
  sley_error *e = sley_await(out.promise, &v);
  return e != NULL ? sley_fail(e) : sley_return(v);
}

sley_promise *block_promise(machine *m, block *b, const argument *a)
{
  if (m->options.fibers) return sley_spawn(block_in_fiber, &(block_fiber){m, b, a});
  const environment env = {a, NULL};
  outcome out = run_block(m, b, &env, P_BLOCK);
  if (out.what == RETURNED_PROMISE) return out.promise;
  if (out.what == FAILED) return sley_fail(out.error);
  return sley_return(value_make(m, (number){NUMBER, scalar(out.value)}));
}

sley_promise *block_option(machine *m, block *b, const argument *a)
{
  const environment env = {a, NULL};
  outcome out = run_block(m, b, &env, O_BLOCK);
  if (out.what == RETURNED_PROMISE) return out.promise;
  if (out.what == FAILED) return sley_fail(out.error);
  return sley_return(value_make_option(m, out.value));
}

sley_promise *block_promise_of_two(machine *m, block *b, const argument *a, int64_t second)
{
  const environment env = {a, &second};
  outcome out = run_block(m, b, &env, P_BLOCK);
  if (out.what == RETURNED_PROMISE) return out.promise;
  if (out.what == FAILED) return sley_fail(out.error);
  return sley_return(value_make(m, (number){NUMBER, scalar(out.value)}));
}

void block_observe(machine *m, block *b, const argument *a, const char *complaint)
{
  const environment env = {a, NULL};
  outcome out = run_block(m, b, &env, U_BLOCK);
  if (out.what != RAISED) return;
  text_line(&m->trace, "%s %s\n", complaint, error_name(out.error));
  sley_error_drop(out.error);
}

/* ---- the library's callbacks; ctx is a closure */
argument value_argument(const closure *c, const sley_value *v)
{
  return (argument){VALUE_ARGUMENT, c->type, v, c->names, NULL};
}

argument error_argument(sley_error *e) { return (argument){.what = ERROR_ARGUMENT, .error = e}; }

sley_promise *on_bind(void *ctx, sley_value *v)
{
  closure *c = ctx;
  argument a = value_argument(c, v);
  return block_promise(c->machine, c->first, &a);
}

sley_promise *on_catch(void *ctx, sley_error *e)
{
  closure *c = ctx;
  argument a = error_argument(e);
  return block_promise(c->machine, c->second, &a);
}

sley_promise *on_start(void *ctx)
{
  closure *c = ctx;
  argument a = {0};
  return block_promise(c->machine, c->first, &a);
}

sley_promise *on_cleanup(void *ctx)
{
  closure *c = ctx;
  argument a = {0};
  return block_promise(c->machine, c->second, &a);
}

static sley_error *compute(closure *c, const argument *a, sley_value *out)
{
  const environment env = {a, NULL};
  outcome o = run_block(c->machine, c->first, &env, V_BLOCK);
  if (o.what == RAISED) return o.error;
  *out = value_make(c->machine, (number){NUMBER, scalar(o.value)});
  return NULL;
}

sley_error *on_map(void *ctx, sley_value *in, sley_value *out)
{
  argument a = value_argument(ctx, in);
  return compute(ctx, &a, out);
}

sley_error *on_wrap(void *ctx, sley_value *in, sley_value *out)
{
  argument a = {0};
  (void)in;
  return compute(ctx, &a, out);
}

void on_value(void *ctx, sley_value *v)
{
  closure *c = ctx;
  argument a = value_argument(c, v);
  block_observe(c->machine, c->first, &a, "hook");
}

void on_error(void *ctx, sley_error *e)
{
  closure *c = ctx;
  argument a = error_argument(e);
  block_observe(c->machine, c->second, &a, "hook");
}

void on_done(void *ctx)
{
  closure *c = ctx;
  argument a = {0};
  block_observe(c->machine, c->first, &a, "hook");
}

/* ---- operands and results */
promise_register *operand(call *c, int at)
{
  promise_register *r = promise_find(c->m, c->t[at]);
  if (r == NULL) c->skipped = true;
  return r;
}

void give(call *c, sley_promise *p, names *known)
{
  promise_set(c->m, c->t[1], p, names_keep(known));
}

/* ---- executing */
static const operation *const tables[] = {operations_core, operations_sync, operations_stream,
                                          operations_list};

static const operation *operation_find(const char *name)
{
  for (size_t k = 0; k < sizeof tables / sizeof tables[0]; k++)
    for (const operation *o = tables[k]; o->name != NULL; o++)
      if (strcmp(o->name, name) == 0) return o;
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
  const operation *o = operation_find(name);
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
  const operation *known = operation_find(o->tokens[0]);
  if (known == NULL || o->count < known->least || o->count > known->most) {
    machine_break(m, "malformed operation %s", o->tokens[0]);
    return GO_ON;
  }
  call k = {m, env, o->tokens, o->count, NULL, false};
  known->run(&k);
  if (k.skipped) text_line(&m->trace, "skip %s\n", o->tokens[0]);
  if (k.raised == NULL) return GO_ON;
  out->error = k.raised;
  return RAISING;
}
