/* The operations of mutexes, conditions, mvars, pools and switches. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "operations.h"

/* Returns the object in a register; if NULL, the operation is skipped. */
static void *object(call *c, int at)
{
  void *found = object_find(c->m, c->t[at]);
  if (found == NULL) c->skipped = true;
  return found;
}

/* Without memory no object is made: the register stays unset. */
static void keep_object(call *c, const object_kind *kind, sley_error *e, void *made)
{
  if (e == NULL) object_set(c->m, c->t[1], kind, made);
}

static void query(call *c, int result)
{
  text_line(&c->m->trace, "%s %s %d\n", c->t[0], c->t[1], result);
}

/* ---- mutexes */
static void mutex_show(machine *m, text *out, void *mutex)
{
  (void)m;
  text_line(out, "%d %d", sley_mutex_is_locked(mutex), !sley_mutex_has_waiters(mutex));
}

static void mutex_drop(void *mutex) { sley_mutex_drop(mutex); }

static const object_kind kind_mutex = {'m', mutex_show, mutex_drop};

static void do_mutex(call *c)
{
  sley_mutex *m;
  sley_error *e = sley_mutex_new(&m);
  keep_object(c, &kind_mutex, e, m);
}

static void do_lock(call *c)
{
  sley_mutex *m = object(c, 2);
  if (m != NULL) give(c, sley_mutex_lock(m), NULL);
}

static void do_unlock(call *c)
{
  sley_mutex *m = object(c, 1);
  if (m != NULL) sley_mutex_unlock(m);
}

static void do_with_lock(call *c)
{
  sley_mutex *m = object(c, 2);
  if (m == NULL) return;
  closure *k = closure_new(c->m, read_block(c->m, c->t[3]), NULL, 'p', NULL);
  give(c, sley_with_lock(m, on_start, k, closure_drop), NULL);
}

static void do_is_locked(call *c)
{
  sley_mutex *m = object(c, 1);
  if (m != NULL) query(c, sley_mutex_is_locked(m));
}

static void do_no_waiters(call *c)
{
  sley_mutex *m = object(c, 1);
  if (m != NULL) query(c, !sley_mutex_has_waiters(m));
}

/* ---- conditions */
static void condition_drop(void *condition) { sley_condition_drop(condition); }

static const object_kind kind_condition = {'c', NULL, condition_drop};

static void do_cond(call *c)
{
  sley_condition *condition;
  sley_error *e = sley_condition_new(&condition);
  keep_object(c, &kind_condition, e, condition);
}

static void do_cond_wait(call *c)
{
  sley_condition *condition = object(c, 2);
  sley_mutex *m = c->count > 3 ? object(c, 3) : NULL;
  if (!c->skipped) give(c, sley_condition_wait(condition, m), NULL);
}

static void do_signal(call *c)
{
  sley_condition *condition = object(c, 1);
  if (condition == NULL) return;
  sley_value v = value_make(c->m, read_number(c->m, c->env, c->t[2]));
  if (c->t[0][0] == 's') sley_condition_signal(condition, v);
  else sley_condition_broadcast(condition, v);
}

static void do_broadcast_exn(call *c)
{
  sley_condition *condition = object(c, 1);
  if (condition != NULL)
    sley_condition_broadcast_error(condition, read_error(c->m, c->env, c->t[2]));
}

/* ---- mvars */
static void mvar_show(machine *m, text *out, void *box)
{
  (void)m;
  text_line(out, "%d", sley_mvar_is_empty(box));
}

static void mvar_drop(void *box) { sley_mvar_drop(box); }

static const object_kind kind_mvar = {'v', mvar_show, mvar_drop};

static void do_mvar(call *c)
{
  sley_mvar *box;
  sley_error *e =
      c->count > 2 ? sley_mvar_new_full(value_make(c->m, read_number(c->m, c->env, c->t[2])), &box)
                   : sley_mvar_new(&box);
  keep_object(c, &kind_mvar, e, box);
}

static void do_put(call *c)
{
  sley_mvar *box = object(c, 2);
  if (box == NULL) return;
  give(c, sley_mvar_put(box, value_make(c->m, read_number(c->m, c->env, c->t[3]))), NULL);
}

static void do_take(call *c)
{
  sley_mvar *box = object(c, 2);
  if (box != NULL) give(c, sley_mvar_take(box), NULL);
}

static void do_take_available(call *c)
{
  sley_mvar *box = object(c, 1);
  sley_value v;
  if (box == NULL) return;
  bool full = sley_mvar_try_take(box, &v) == 0;
  if (full)
    text_line(&c->m->trace, "take_available %s %" PRId64 "\n", c->t[1],
              value_scalar(c->m, 'p', &v));
  else text_line(&c->m->trace, "take_available %s none\n", c->t[1]);
  sley_value_drop(&v);
}

static void do_mvar_empty(call *c)
{
  sley_mvar *box = object(c, 1);
  if (box != NULL) query(c, sley_mvar_is_empty(box));
}

/* ---- pools */
typedef struct pool_blocks { /* NULL closures: the library's default */
  closure *create, *validate, *check, *dispose;
} pool_blocks;

static void pool_blocks_drop(void *ctx)
{
  pool_blocks *b = ctx;
  closure *all[] = {b->create, b->validate, b->check, b->dispose};
  for (int i = 0; i < 4; i++)
    if (all[i] != NULL) closure_drop(all[i]);
  free(b);
}

static sley_promise *on_create(void *ctx) { return on_start(((pool_blocks *)ctx)->create); }

/* The library needs a scalar here, even if --owned makes other values heap objects. */
static sley_error *to_scalar(void *ctx, sley_value *in, sley_value *out)
{
  *out = sley_int(value_scalar(ctx, 'p', in));
  return NULL;
}

static sley_promise *on_validate(void *ctx, sley_value *v)
{
  closure *k = ((pool_blocks *)ctx)->validate;
  return sley_map(on_bind(k, v), to_scalar, k->machine);
}

static sley_error *on_check(void *ctx, sley_value *v, bool *yes)
{
  closure *k = ((pool_blocks *)ctx)->check;
  argument a = value_argument(k, v);
  const environment env = {&a, NULL};
  outcome o = run_block(k->machine, k->first, &env, V_BLOCK);
  if (o.what == RAISED) return o.error;
  *yes = scalar(o.value) != 0;
  return NULL;
}

static sley_promise *on_dispose(void *ctx, sley_value *v)
{
  return on_bind(((pool_blocks *)ctx)->dispose, v);
}

static void pool_show(machine *m, text *out, void *pool)
{
  (void)m;
  text_line(out, "%zu", sley_pool_waiters(pool));
}

static void pool_drop(void *pool) { sley_pool_drop(pool); }

static const object_kind kind_pool = {'u', pool_show, pool_drop};

static closure *pool_closure(call *c, int at)
{
  if (strcmp(c->t[at], "-") == 0) return NULL;
  return closure_new(c->m, read_block(c->m, c->t[at]), NULL, 'p', NULL);
}

static void do_pool(call *c)
{
  pool_blocks *b = must_alloc(sizeof *b);
  *b =
      (pool_blocks){pool_closure(c, 3), pool_closure(c, 4), pool_closure(c, 5), pool_closure(c, 6)};
  sley_pool_options options = {.size = sizeof options,
                               .max = (size_t)read_number(c->m, c->env, c->t[2]).n,
                               .create = on_create,
                               .validate = b->validate != NULL ? on_validate : NULL,
                               .check = b->check != NULL ? on_check : NULL,
                               .dispose = b->dispose != NULL ? on_dispose : NULL,
                               .ctx = b,
                               .drop = pool_blocks_drop};
  sley_pool *pool;
  sley_error *e = sley_pool_new(&options, &pool);
  keep_object(c, &kind_pool, e, pool);
}

static void do_use(call *c)
{
  sley_pool *pool = object(c, 2);
  if (pool == NULL) return;
  closure *k = closure_new(c->m, read_block(c->m, c->t[3]), NULL, 'p', NULL);
  give(c, sley_pool_use(pool, on_bind, k, closure_drop), NULL);
}

static void do_pool_clear(call *c)
{
  sley_pool *pool = object(c, 2);
  if (pool != NULL) give(c, sley_pool_clear(pool), NULL);
}

static void do_pool_waiters(call *c)
{
  sley_pool *pool = object(c, 1);
  if (pool != NULL) query(c, (int)sley_pool_waiters(pool));
}

/* ---- switches */
static void switch_show(machine *m, text *out, void *s)
{
  (void)m;
  text_line(out, "%d", sley_switch_is_on(s));
}

static void switch_drop(void *s) { sley_switch_drop(s); }

static const object_kind kind_switch = {'w', switch_show, switch_drop};

static void do_switch(call *c)
{
  sley_switch *s;
  sley_error *e = sley_switch_new(&s);
  keep_object(c, &kind_switch, e, s);
}

static void raise_off(call *c, bool is_off)
{
  if (is_off) c->raised = error_make(CODE_OFF);
}

static void do_add_hook(call *c)
{
  sley_switch *s = object(c, 1);
  if (s == NULL) return;
  closure *k = closure_new(c->m, read_block(c->m, c->t[2]), NULL, 'p', NULL);
  raise_off(c, sley_switch_add_hook(s, on_start, k, closure_drop) == sley_error_closed());
}

static void do_add_hook_or_exec(call *c)
{
  sley_switch *s = object(c, 2);
  if (s == NULL) return;
  closure *k = closure_new(c->m, read_block(c->m, c->t[3]), NULL, 'p', NULL);
  give(c, sley_switch_add_hook_or_exec(s, on_start, k, closure_drop), NULL);
}

static void do_turn_off(call *c)
{
  sley_switch *s = object(c, 2);
  if (s != NULL) give(c, sley_switch_turn_off(s), NULL);
}

static void do_check_switch(call *c)
{
  sley_switch *s = object(c, 1);
  if (s != NULL) raise_off(c, sley_switch_check(s) != 0);
}

static void do_is_on(call *c)
{
  sley_switch *s = object(c, 1);
  if (s != NULL) query(c, sley_switch_is_on(s));
}

static sley_promise *on_switch(void *ctx, sley_switch *s)
{
  call *c = ctx;
  argument a = {0};
  object_set(c->m, c->t[2], &kind_switch, sley_switch_keep(s));
  return block_promise(c->m, read_block(c->m, c->t[3]), &a);
}

static void do_with_switch(call *c) { give(c, sley_with_switch(on_switch, c), NULL); }

const operation operations_sync[] = {
    {"mutex", do_mutex, 2, 2, true},
    {"lock", do_lock, 3, 3, true},
    {"unlock", do_unlock, 2, 2, false},
    {"with_lock", do_with_lock, 4, 4, true},
    {"is_locked", do_is_locked, 2, 2, false},
    {"no_waiters", do_no_waiters, 2, 2, false},
    {"cond", do_cond, 2, 2, true},
    {"cond_wait", do_cond_wait, 3, 4, true},
    {"signal", do_signal, 3, 3, false},
    {"broadcast", do_signal, 3, 3, false},
    {"broadcast_exn", do_broadcast_exn, 3, 3, false},
    {"mvar", do_mvar, 2, 3, true},
    {"put", do_put, 4, 4, true},
    {"take", do_take, 3, 3, true},
    {"take_available", do_take_available, 2, 2, false},
    {"mvar_empty", do_mvar_empty, 2, 2, false},
    {"pool", do_pool, 7, 7, true},
    {"use", do_use, 4, 4, true},
    {"pool_clear", do_pool_clear, 3, 3, true},
    {"pool_waiters", do_pool_waiters, 2, 2, false},
    {"switch", do_switch, 2, 2, true},
    {"add_hook", do_add_hook, 3, 3, false},
    {"add_hook_or_exec", do_add_hook_or_exec, 4, 4, true},
    {"turn_off", do_turn_off, 3, 3, true},
    {"check_switch", do_check_switch, 2, 2, false},
    {"is_on", do_is_on, 2, 2, false},
    {"with_switch", do_with_switch, 4, 4, true},
    {0},
};
