/* Cross-domain once. Each caller is a ticket; the one whose turn it is runs its start and keeps its ticket until
 * that has finished. A turn without success passes to the next ticket in the list. */
#include <sley/cross.h>

#include "domain/shared/cross.h"

typedef struct asker {
  ticket ticket;
  sley_cross_once *once; /* one hold */
  sley_start_fn *start;
  void *ctx;
  enum { QUEUED, CALLED, RUNNING } state; /* under the once's lock */
  bool done;                              /* called because it is done, not to run start */
} asker;

struct sley_cross_once {
  shared_object shared;
  enum { IDLE, BUSY, DONE } state; /* under the lock */
  struct sley__dlist waiting;
};

static asker *asker_of(ticket *t) { return SLEY__CONTAINER(t, asker, ticket); }

/* The turn ended without success: passes it to the next ticket. Any thread. */
static void once_pass_on(sley_cross_once *o)
{
  pthread_mutex_lock(&o->shared.lock);
  ticket *t = sley__ticket_pop(&o->waiting);
  o->state = t != NULL ? BUSY : IDLE;
  if (t != NULL) asker_of(t)->state = CALLED;
  pthread_mutex_unlock(&o->shared.lock);
  if (t != NULL) sley__ticket_send(t);
}

static void once_tell_all(sley_cross_once *o)
{
  pthread_mutex_lock(&o->shared.lock);
  struct sley__dlist all;
  o->state = DONE;
  sley__dlist_move(&all, &o->waiting);
  for (struct sley__dlist *i = all.next; i != &all; i = i->next) {
    asker *a = asker_of(sley__ticket_at(i));
    a->state = CALLED;
    a->done = true;
  }
  pthread_mutex_unlock(&o->shared.lock);
  sley__tickets_send(&all);
}

static void asker_free(asker *a)
{
  sley_cross_once_drop(a->once);
  sley__ticket_free(&a->ticket);
}

/* ---- a turn ---- */

static void once_succeeded(void *ctx, sley_value *v)
{
  asker *a = ctx;
  (void)v;
  a->done = true;
  once_tell_all(a->once);
  sley_resolver *r = sley__ticket_end(&a->ticket);
  sley__operation_fulfill(&r, sley_unit());
}

static void once_failed(void *ctx, sley_error *e)
{
  asker *a = ctx;
  a->done = true;
  once_pass_on(a->once);
  sley_resolver *r = sley__ticket_end(&a->ticket);
  if (r != NULL) sley_reject(&r, sley_error_keep(e));
}

/* Not done: start's promise was never settled; its domain has ended. */
static void once_turn_drop(void *ctx)
{
  asker *a = ctx;
  if (!a->done) once_pass_on(a->once);
  asker_free(a);
}

static void once_turn(asker *a)
{
  sley_promise *p = a->start(a->ctx);
  sley__returned(p, "sley_cross_once_run", "");
  sley_on_any(p, once_succeeded, once_failed, a, once_turn_drop);
  sley_drop(p);
}

static bool once_withdraw(ticket *t)
{
  asker *a = asker_of(t);
  sley_cross_once *o = a->once;
  pthread_mutex_lock(&o->shared.lock);
  bool queued = a->state == QUEUED;
  if (queued) sley__dlist_remove(&t->place);
  pthread_mutex_unlock(&o->shared.lock);
  if (queued) sley_cross_once_drop(o);
  return queued;
}

static bool once_arrived(ticket *t)
{
  asker *a = asker_of(t);
  if (!a->done && t->resolver != NULL) {
    a->state = RUNNING; /* no other thread uses it now */
    once_turn(a);
    return false;
  }
  if (!a->done) once_pass_on(a->once);
  sley_resolver *r = sley__ticket_end(t);
  sley_cross_once_drop(a->once);
  sley__operation_fulfill(&r, sley_unit());
  return true;
}

static void once_lost(ticket *t)
{
  asker *a = asker_of(t);
  if (!a->done) once_pass_on(a->once);
  sley_cross_once_drop(a->once);
}

static const ticket_type once_asker = {.operation = {"once", sley__ticket_cancel},
                                       .size = sizeof(asker),
                                       .withdraw = once_withdraw,
                                       .arrived = once_arrived,
                                       .lost = once_lost};

sley_promise *sley_cross_once_run_at(const char *site, sley_cross_once *once, sley_start_fn *start,
                                     void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, once);
  SLEY__NEEDS_AT(site, start);
  sley__shared_use_at(site, once, "a once");
  sley_promise *p, *refused;
  ticket *t = sley__ticket_new(site, &once_asker, &p, &refused);
  if (t == NULL) {
    if (drop != NULL) drop(ctx);
    return refused;
  }
  asker *a = asker_of(t);
  a->once = sley_cross_once_keep(once);
  a->start = start;
  a->ctx = ctx;
  pthread_mutex_lock(&once->shared.lock);
  bool mine = once->state == IDLE, waits = once->state == BUSY;
  if (mine) {
    once->state = BUSY;
    a->state = RUNNING;
  } else if (waits) {
    sley__dlist_append(&once->waiting, &t->place);
  }
  pthread_mutex_unlock(&once->shared.lock);
  if (mine) {
    once_turn(a);
  } else if (!waits) {
    sley_resolver *r = sley__ticket_end(t);
    asker_free(a);
    sley__operation_fulfill(&r, sley_unit());
  }
  return drop != NULL ? sley_attach(p, ctx, drop) : p;
}

/* ---- handles ---- */

sley_error *sley_cross_once_new(sley_cross_once **out)
{
  SLEY__NEEDS(out);
  *out = sley__shared_new(sizeof(**out));
  if (*out == NULL) return sley_error_nomem();
  sley__dlist_init(&(*out)->waiting);
  return NULL;
}

sley_cross_once *sley_cross_once_keep(sley_cross_once *once)
{
  SLEY__NEEDS(once);
  sley__shared_keep(once);
  return once;
}

void sley_cross_once_drop(sley_cross_once *once)
{
  if (once != NULL && sley__shared_release(once)) sley__shared_free(once);
}

static void *once_dup(void *ptr) { return sley_cross_once_keep(ptr); }

static void once_value_drop(void *ptr) { sley_cross_once_drop(ptr); }

const sley_type sley_type_cross_once = {.size = sizeof(sley_type),
                                        .name = "cross-domain once",
                                        .drop = once_value_drop,
                                        .dup = once_dup,
                                        .send = sley_send_plain};
