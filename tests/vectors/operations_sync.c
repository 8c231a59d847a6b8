/* The operations of mutexes, conditions, mvars, pools and switches. */
#include <inttypes.h>

#include "operations.h"

/* The object in a register, or NULL; then the operation is skipped. */
static void *object(call *c, int at)
{
  void *found = object_find(c->m, c->t[at]);
  if (found == NULL) c->skipped = true;
  return found;
}

/* New objects are not made where memory is out: their register stays unset. */
static void keep_object(call *c, const object_kind *kind, int code, void *made)
{
  if (code == 0) object_set(c->m, c->t[1], kind, made);
}

static void query(call *c, int result)
{
  text_line(&c->m->trace, "%s %s %d\n", c->t[0], c->t[1], result);
}

/* ---- mutexes */
static void mutex_show(machine *m, text *out, void *mutex)
{
  (void)m;
  text_line(out, "%d %d", sley_mutex_is_locked(mutex), sley_mutex_is_empty(mutex));
}

static void mutex_drop(void *mutex) { sley_mutex_drop(mutex); }

static const object_kind kind_mutex = {'m', mutex_show, mutex_drop};

static void do_mutex(call *c)
{
  sley_mutex *m;
  int code = sley_mutex_new(&m);
  keep_object(c, &kind_mutex, code, m);
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
  give(c, sley_with_lock_own(m, on_start, k, closure_drop), NULL);
}

static void do_is_locked(call *c)
{
  sley_mutex *m = object(c, 1);
  if (m != NULL) query(c, sley_mutex_is_locked(m));
}

static void do_no_waiters(call *c)
{
  sley_mutex *m = object(c, 1);
  if (m != NULL) query(c, sley_mutex_is_empty(m));
}

/* ---- conditions */
static void condition_drop(void *condition) { sley_condition_drop(condition); }

static const object_kind kind_condition = {'c', NULL, condition_drop};

static void do_cond(call *c)
{
  sley_condition *condition;
  int code = sley_condition_new(&condition);
  keep_object(c, &kind_condition, code, condition);
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
  int code = c->count > 2
                 ? sley_mvar_new_full(value_make(c->m, read_number(c->m, c->env, c->t[2])), &box)
                 : sley_mvar_new(&box);
  keep_object(c, &kind_mvar, code, box);
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
  bool full = sley_mvar_take_available(box, &v);
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
    {0},
};
