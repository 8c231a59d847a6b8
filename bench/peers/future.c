#include "future.h"

#include <stdbool.h>
#include <stdlib.h>

struct future {
  unsigned count;
  bool settled;
  int waits; /* join: how many are still pending */
  int64_t value;
  future *first, *next; /* waiters for this one, and the next waiter in its list */
  future_fn *fn;        /* NULL: a join, or passes the value on unchanged */
  void *ctx;
};

static future *free_list;

static future *make(void)
{
  future *f = free_list;
  if (f == NULL) f = malloc(sizeof(*f));
  else free_list = f->next;
  if (f == NULL) abort();
  *f = (future){.count = 1};
  return f;
}

void future_drop(future *f)
{
  if (--f->count > 0) return;
  f->next = free_list;
  free_list = f;
}

future *future_keep(future *f)
{
  f->count++;
  return f;
}

future *future_new(void) { return make(); }

future *future_of(int64_t value)
{
  future *f = make();
  f->settled = true;
  f->value = value;
  return f;
}

static void settle(future *f, int64_t value);

static void wait_on(future *waiter, future *f)
{
  waiter->count++;
  waiter->next = f->first;
  f->first = waiter;
}

static void take(future *waiter, int64_t value)
{
  if (waiter->waits > 0) {
    if (--waiter->waits == 0) settle(waiter, 0);
  } else if (waiter->fn == NULL) {
    settle(waiter, value);
  } else {
    future *inner = waiter->fn(waiter->ctx, value);
    waiter->fn = NULL;
    if (inner->settled) settle(waiter, inner->value);
    else wait_on(waiter, inner);
    future_drop(inner);
  }
  future_drop(waiter);
}

static void settle(future *f, int64_t value)
{
  f->settled = true;
  f->value = value;
  future *waiter = f->first;
  f->first = NULL;
  while (waiter != NULL) {
    future *next = waiter->next;
    take(waiter, value);
    waiter = next;
  }
}

void future_fulfill(future *f, int64_t value) { settle(f, value); }

future *future_bind(future *f, future_fn *fn, void *ctx)
{
  future *result;
  if (f->settled) {
    result = fn(ctx, f->value);
  } else {
    result = make();
    result->fn = fn;
    result->ctx = ctx;
    wait_on(result, f);
  }
  future_drop(f);
  return result;
}

/* A future fits in only one list, so each element needs a node, counted like any future. */
future *future_join(future **fs, int n)
{
  future *all = make();
  all->waits = 1;
  for (int i = 0; i < n; i++) {
    if (fs[i]->settled) continue;
    future *node = make();
    node->waits = 0;
    node->fn = NULL;
    wait_on(node, fs[i]);
    wait_on(all, node);
    all->waits++;
    future_drop(node);
  }
  for (int i = 0; i < n; i++) future_drop(fs[i]);
  if (--all->waits == 0) settle(all, 0);
  return all;
}
