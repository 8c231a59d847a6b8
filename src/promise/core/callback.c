/* Running one callback: what each kind of node is for. resolve.c takes it off its promise's list and knows
 * quicker ways for the two kinds that are most frequent. */
#include "promise/core/promise_internal.h"

static inline void cell_run(sley_domain *d, node *n, sley_promise *source)
{
  sley_promise *cell = &SLEY__CONTAINER(n, single, node)->cell;
  sley__running(d, cell->site);
  if (SLEY__UNLIKELY(cell->kind == KIND_READ)) {
    sley__read_run(d, n, source);
  } else if (cell->kind >= KIND_PROTECTED) {
    sley__guard_run(d, (guard *)(void *)cell, source);
  } else {
    sley__single_run(d, (single *)(void *)cell, source, 0);
  }
}

static inline void observer_run(sley_domain *d, node *n, sley_promise *source)
{
  sley__running(d, source->site);
  sley__observer_run(d, (observer *)(void *)n, source, 0);
}

/* Somebody traces, or measures. */
static SLEY__NOINLINE void watched_run(sley_domain *d, node *n, sley_promise *source)
{
  sley_promise *cell = n->kind == NODE_CELL ? &SLEY__CONTAINER(n, single, node)->cell : NULL;
  const char *site = cell != NULL ? cell->site : source->site; /* neither may be there afterwards */
  TRACE(d, runs, cell);
  if (d->slow != NULL) sley__slow_begin(d);
  if (cell != NULL) cell_run(d, n, source);
  else observer_run(d, n, source);
  if (d->slow != NULL) sley__slow_end(d, site);
}

void sley__callback_run(sley_domain *d, node *n, sley_promise *source)
{
  switch (n->kind) {
    case NODE_CELL:
      mark_read(source);
      if (SLEY__UNLIKELY(d->trace != NULL)) watched_run(d, n, source);
      else cell_run(d, n, source);
      break;
    case NODE_ELEMENT:
      mark_read(source);
      sley__element_run(d, n, source);
      break;
    default:
      if (n->kind != NODE_ON_SUCCESS) mark_read(source);
      if (SLEY__UNLIKELY(d->trace != NULL)) watched_run(d, n, source);
      else observer_run(d, n, source);
      doom_node(d, n);
      break;
  }
}
