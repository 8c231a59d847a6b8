/* The graph behind dumps. Edges come from the weak back edges that canceling uses: from a node to the promise
 * whose list it is on, and from a promise to the cell of the one that it follows. */
#include <stdlib.h>

#include "promise/dump/dump_graph.h"
#include "promise/scope/scope.h"

static bool is_pending(const sley_promise *p)
{
  return p->state == STATE_PENDING || p->state == STATE_PROXY;
}

static bool grow(const graph *g, void **array, size_t *capacity, size_t size)
{
  size_t more = *capacity == 0 ? 64 : *capacity * 2;
  void *bigger = sley__runtime_alloc(g->runtime, more * size);
  if (bigger == NULL) return false;
  if (*capacity > 0) memcpy(bigger, *array, *capacity * size);
  sley__runtime_free(g->runtime, *array, *capacity * size);
  *array = bigger;
  *capacity = more;
  return true;
}

static void entry_add(void *ctx, sley_promise *p)
{
  graph *g = ctx;
  if (!is_pending(p)) g->settled++;
  if (g->failed || !is_pending(p)) return;
  if (g->count == g->capacity && !grow(g, (void **)&g->entries, &g->capacity, sizeof(entry))) {
    g->failed = true;
    return;
  }
  g->entries[g->count++] = (entry){.cell = p};
}

static int by_address(const void *a, const void *b)
{
  uintptr_t x = (uintptr_t)((const entry *)a)->cell, y = (uintptr_t)((const entry *)b)->cell;
  return x < y ? -1 : x > y;
}

static size_t find(const graph *g, const sley_promise *cell)
{
  entry key = {.cell = cell};
  const entry *found = bsearch(&key, g->entries, g->count, sizeof(entry), by_address);
  return found == NULL ? g->count : (size_t)(found - g->entries);
}

static void edge_add(graph *g, size_t from, const sley_promise *source)
{
  size_t to = source == NULL ? g->count : find(g, source);
  if (to == g->count || g->failed) return;
  if (g->edge_count == g->edge_capacity &&
      !grow(g, (void **)&g->edges, &g->edge_capacity, sizeof(size_t))) {
    g->failed = true;
    return;
  }
  g->edges[g->edge_count++] = to;
  g->entries[from].edge_count++;
  g->entries[to].waiters++;
}

/* Adds the children that a scope waits for: they are on no list of its promise. */
static void children_add(graph *g, size_t at, const single *s)
{
  const sley_scope *scope = sley__scope_behind(s);
  if (scope == NULL) return;
  for (const child *c = scope->first_child; c != NULL; c = c->next_child)
    if (c->promise != NULL) edge_add(g, at, c->promise);
  if (s->node.source != scope->gone) edge_add(g, at, scope->gone);
}

static void edges_add(graph *g, size_t at)
{
  const sley_promise *p = g->entries[at].cell;
  g->entries[at].edges = g->edge_count;
  if (p->flags & FLAG_FOLLOWS) {
    edge_add(g, at, p->delegate);
  } else {
    uint32_t count;
    const node *inputs = sley__inputs_of(g->entries[at].cell, &count);
    for (uint32_t i = 0; i < count; i++) edge_add(g, at, inputs[i].source);
    if (sley__kind_is(p, IS_SINGLE)) children_add(g, at, (const single *)(const void *)p);
  }
}

/* ---- what nothing can settle ---- */

static void judge(graph *g, size_t at)
{
  entry *e = &g->entries[at];
  size_t lost = 0;
  for (size_t i = 0; i < e->edge_count; i++)
    if (g->entries[g->edges[e->edges + i]].marks & ENTRY_ORPHAN) lost++;
  bool is_alone = e->cell->producers == 0 && !sley__is_cancelable_alone(e->cell);
  if (is_alone || (lost > 0 && (sley__kind_is(e->cell, NEEDS_ALL) || lost == e->edge_count)))
    e->marks |= ENTRY_ORPHAN;
}

static void mark_cycle(graph *g, size_t depth, size_t back_to)
{
  while (g->path[depth] != back_to) g->entries[g->path[depth--]].marks |= ENTRY_CYCLE;
  g->entries[back_to].marks |= ENTRY_CYCLE;
}

/* Depth first from one entry: finds cycles on the way down, and orphans on the way up. */
static void graph_walk(graph *g, size_t from)
{
  size_t depth = 0;
  if (g->entries[from].marks & ENTRY_SEEN) return;
  g->path[0] = from;
  g->next_edge[0] = 0;
  g->entries[from].marks |= ENTRY_SEEN | ENTRY_OPEN;
  for (;;) {
    size_t at = g->path[depth];
    entry *e = &g->entries[at];
    if (g->next_edge[depth] < e->edge_count) {
      size_t to = g->edges[e->edges + g->next_edge[depth]++];
      if (g->entries[to].marks & ENTRY_OPEN) mark_cycle(g, depth, to);
      if (g->entries[to].marks & ENTRY_SEEN) continue;
      g->entries[to].marks |= ENTRY_SEEN | ENTRY_OPEN;
      g->path[++depth] = to;
      g->next_edge[depth] = 0;
    } else {
      judge(g, at);
      e->marks &= ~(unsigned)ENTRY_OPEN;
      if (depth == 0) return;
      depth--;
    }
  }
}

bool sley__graph_make(sley_domain *d, graph *g)
{
  *g = (graph){.runtime = d->runtime};
  sley__cells_walk(d, entry_add, g);
  if (g->count > 0) qsort(g->entries, g->count, sizeof(entry), by_address);
  for (size_t i = 0; i < g->count && !g->failed; i++) edges_add(g, i);
  if (!g->failed) {
    g->path = sley__runtime_alloc(g->runtime, (g->count + 1) * sizeof(size_t));
    g->next_edge = sley__runtime_alloc(g->runtime, (g->count + 1) * sizeof(size_t));
    g->failed = g->path == NULL || g->next_edge == NULL;
  }
  if (g->failed) {
    sley__graph_free(g);
    return false;
  }
  for (size_t i = 0; i < g->count; i++) graph_walk(g, i);
  return true;
}

void sley__graph_free(graph *g)
{
  sley__runtime_free(g->runtime, g->entries, g->capacity * sizeof(entry));
  sley__runtime_free(g->runtime, g->edges, g->edge_capacity * sizeof(size_t));
  sley__runtime_free(g->runtime, g->path, (g->count + 1) * sizeof(size_t));
  sley__runtime_free(g->runtime, g->next_edge, (g->count + 1) * sizeof(size_t));
}

/* ---- words ---- */

const char *sley__kind_name(const sley_promise *cell)
{
  if (cell->kind == KIND_OPERATION) return ((const operation *)(const void *)cell)->type->name;
  return sley__kind_of(cell)->name;
}

int64_t sley__age_turns(const sley_domain *d, const sley_promise *cell)
{
  if (cell->state != STATE_PENDING || cell->born == 0) return -1;
  return (int64_t)((uintptr_t)d->turn - cell->born);
}

sley_time sley__age_time(const sley_domain *d, int64_t turns)
{
  if (turns < 0 || d->turn_age == NULL) return -1;
  return d->turn_age(d, (uint64_t)turns);
}
