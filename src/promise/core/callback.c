/* Running one callback, by the kind of its node. resolve.c takes it off its promise's list and has fast paths for the
 * most frequent kinds. */
#include "promise/core/core.h"

static inline void cell_run(sley_domain *d, node *n, sley_promise *source)
{
  const sley_promise *cell = &SLEY__CONTAINER(n, single, node)->cell;
  sley__running(d, cell->site);
  sley__kind_of(cell)->run(d, n, source, 0);
}

static inline void observer_run(sley_domain *d, node *n, sley_promise *source)
{
  sley__running(d, source->site);
  sley__node_kinds[n->kind]->run(d, n, source, 0);
}

static inline void element_run(sley_domain *d, node *n, sley_promise *source)
{
  group *g = SLEY__CONTAINER(n - n->index, group, nodes);
  TRACE(d, runs, &g->cell);
  /* A group that is about to be freed has no use for its elements. */
  if (SLEY__LIKELY(!(g->cell.flags & FLAG_FREE_SCHEDULED)))
    sley__kind_of(&g->cell)->run(d, n, source, 0);
  sley__producer_drop(d, &g->cell);
}

/* For tracing and measuring. */
static SLEY__NOINLINE void watched_run(sley_domain *d, node *n, sley_promise *source)
{
  sley_promise *cell = n->kind == NODE_CELL ? &SLEY__CONTAINER(n, single, node)->cell : NULL;
  const char *site = cell != NULL ? cell->site : source->site; /* running may free both */
  TRACE(d, runs, cell);
  if (d->hooks.slow != NULL) sley__slow_begin(d);
  if (cell != NULL) cell_run(d, n, source);
  else observer_run(d, n, source);
  if (d->hooks.slow != NULL) sley__slow_end(d, site);
}

void sley__callback_run(sley_domain *d, node *n, sley_promise *source)
{
  switch (n->kind) {
    case NODE_CELL:
      sley__mark_read(source);
      if (SLEY__UNLIKELY(d->trace != NULL)) watched_run(d, n, source);
      else cell_run(d, n, source);
      break;
    case NODE_ELEMENT:
      sley__mark_read(source);
      element_run(d, n, source);
      break;
    default:
      if (!sley__node_kinds[n->kind]->ignores_errors) sley__mark_read(source);
      if (SLEY__UNLIKELY(d->trace != NULL)) watched_run(d, n, source);
      else observer_run(d, n, source);
      sley__node_schedule_free(d, n);
      break;
  }
}
