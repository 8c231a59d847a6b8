/* Fibers: awaiting, and the other operations of the running fiber. */
#include "promise/fiber/fiber_run.h"

static _Noreturn SLEY__NOINLINE void await_misuse(const char *site, const char *function)
{
  const sley_domain *d = sley__self();
  if (d->fiber == NULL)
    sley__abort(
        "%s at %s outside a fiber: wait in a function started with sley_spawn, continue in a "
        "callback with sley_bind, or use sley_run at the top of the program",
        function, site);
  sley__abort(
      "%s at %s in a callback that runs on the stack of fiber %s but is not part of it: let the "
      "callback return the promise, or start a fiber of its own with sley_spawn",
      function, site, sley__fiber_name(d->fiber));
}

void sley__refuse_in_fiber(sley_domain *d, const char *function)
{
  if (d->fiber != NULL)
    sley__abort(
        "%s inside fiber %s: use sley_await there, which lets the rest of the domain run while the "
        "fiber waits",
        function, sley__fiber_name(d->fiber));
}

static inline bool is_here(const sley_domain *d, const fiber *f)
{
  return f->frames == d->frames && d->immediate == 0 && f->lent == d->lent &&
         f->depth == d->depth && f->freeing == d->freeing;
}

static fiber *fiber_here(const sley_domain *d, const char *site, const char *function)
{
  fiber *f = d->fiber;
  if (f == NULL || !is_here(d, f)) await_misuse(site, function);
  return f;
}

fiber *sley__fiber_here(sley_domain *d, const char *site, const char *function)
{
  return fiber_here(d, site, function);
}

void sley__fiber_needed(const char *site, const char *function)
{
  (void)fiber_here(sley__current, site, function);
}

/* ---- awaiting ---- */

_Noreturn void sley__await_not_an_int(const char *site, const sley_value *v)
{
  sley__abort("sley_await_int at %s was given a value of type %s; use sley_await_ptr", site,
              v->type->name);
}

static SLEY__NOINLINE sley_error *settled_at(const char *site, sley_promise *u, sley_promise *p,
                                             int wants, void *out)
{
  sley_value v = sley_unit();
  if (u->state == STATE_REJECTED) sley__error_pass(u->error, site);
  sley_error *e = sley__finish(p, wants == WANTS_NOTHING ? NULL : &v);
  if (wants == WANTS_VALUE) *(sley_value *)out = v;
  if (wants != WANTS_INT) return e;
  if (v.type != NULL) sley__await_not_an_int(site, &v);
  *(int64_t *)out = v.i;
  return e;
}

static _Noreturn SLEY__NOINLINE void its_own_result(const fiber *f, const char *site,
                                                    const char *function)
{
  sley__abort("%s at %s: fiber %s awaits its own result, which can never settle", function, site,
              sley__fiber_name(f));
}

static SLEY__NOINLINE sley_error *await_slowly(const char *site, sley_promise *p, int wants,
                                               void *out, const char *function)
{
  sley_domain *d = sley__self();
  fiber *f = fiber_here(d, site, function);
  sley__check_at(d, p, function, site);
  sley_promise *u = sley__underlying(d, p);
  if (u->state == STATE_PENDING && d->fibers_ending) {
    sley_error *e = sley__await_refused(d, f, site, p);
    if (e != NULL) return e;
    u = sley__underlying(d, p);
  }
  if (u->state != STATE_PENDING) return settled_at(site, u, p, wants, out);
  if (u == sley__underlying(d, &f->result->cell)) its_own_result(f, site, function);
  if (sley__kind_is(u, IS_GUARD)) f->result->awaits_guard = true;
  sley__node_listen(u, &f->result->node);
  TRACE(d, waits, &f->result->cell, u);
  sley__ref_drop(d, p); /* frees after the switch, because freeing could resume f */
  f->awaits_at = site;
  f->wants = (uint8_t)wants;
  f->out = out;
  return sley__fiber_park(d, f, FIBER_PARKED);
}

/* Whether p is pending, and dropping the consumed reference frees nothing. */
static inline bool waits_plainly(const sley_domain *d, const sley_promise *p)
{
  return p != NULL && p->domain == d->id && p->state == STATE_PENDING && p->producers != 0 &&
         !(p->flags & FLAG_FOLLOWS) && !sley__calls_nobody(p);
}

/* out: a value or an integer, depending on wants, already 0. Called in tail position and without a C frame. */
static SLEY__ALWAYS_INLINE sley_error *await(const char *site, sley_promise *p, int wants,
                                             void *out, const char *function)
{
  sley_domain *d = sley__current;
  fiber *f = d->fiber;
  if (SLEY__UNLIKELY(f == NULL || !is_here(d, f) || !waits_plainly(d, p) || f->swapped ||
                     d->untidy || d->heap.watched || d->fibers_ending))
    return await_slowly(site, p, wants, out, function);
  fiber_cell *result = f->result;
  if (SLEY__UNLIKELY(p == &result->cell || result->cell.state == STATE_PROXY))
    return await_slowly(site, p, wants, out, function);
  sley__node_listen(p, &result->node);
  p->refs--;
  f->awaits_at = site;
  f->wants = (uint8_t)wants;
  f->out = out;
  return sley__fiber_park(d, f, FIBER_PARKED);
}

/* ---- the public functions ---- */

sley_error *sley_await_at(const char *site, sley_promise *p, sley_value *out)
{
  if (out != NULL) *out = sley_unit();
  return await(site, p, out != NULL ? WANTS_VALUE : WANTS_NOTHING, out, "sley_await");
}

sley_error *sley_await_int_at(const char *site, sley_promise *p, int64_t *out)
{
  *out = 0;
  return await(site, p, WANTS_INT, out, "sley_await_int");
}

sley_error *sley_await_ptr_at(const char *site, sley_promise *p, const sley_type *type, void **out)
{
  sley_value v = sley_unit();
  sley_error *e = await(site, p, WANTS_VALUE, &v, "sley_await_ptr");
  if (e == NULL && v.type != type)
    sley__abort(
        "sley_await_ptr at %s was given a value of type %s instead of %s: check what the promise "
        "is fulfilled with",
        site, v.type != NULL ? v.type->name : "scalar", type != NULL ? type->name : "scalar");
  *out = e == NULL ? v.ptr : NULL;
  return e;
}

sley_error *sley_yield_at(const char *site)
{
  fiber_here(sley__self(), site, "sley_yield");
  return await(site, sley_pause_at(site), WANTS_NOTHING, NULL, "sley_yield");
}

const char *sley_fiber_name(void)
{
  const fiber *f = sley__self()->fiber;
  return f != NULL ? sley__fiber_name(f) : NULL;
}

sley_error *sley_fiber_set(const sley_key *key, sley_value v)
{
  fiber_here(sley__self(), "an unknown place", "sley_fiber_set");
  return sley__storage_set(key, &v) == 0 ? NULL : sley_error_nomem();
}

sley_error *sley_fiber_unset(const sley_key *key)
{
  fiber_here(sley__self(), "an unknown place", "sley_fiber_unset");
  bool is_unset = sley_storage_get(key) == NULL || sley__storage_set(key, NULL) == 0;
  return is_unset ? NULL : sley_error_nomem();
}
