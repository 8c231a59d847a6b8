/* A dump as a tree for people: depth first, without recursion, on the graph's stack. */
#include <string.h>

#include "promise/dump/dump_graph.h"

enum { DEEPEST_INDENT = 24, INDENT_BYTES = 3 * DEEPEST_INDENT + 1 };

typedef struct tree {
  sley_domain *domain;
  graph *g;
  const writer *w;
  bool last[DEEPEST_INDENT]; /* for each level of the path: it has no later sibling */
} tree;

static void write_age(const tree *t, const sley_promise *cell)
{
  int64_t turns = sley__age_turns(t->domain, cell);
  sley_time time = sley__age_time(t->domain, turns);
  if (time >= 0) sley__write(t->w, ", %.3f s", (double)time / 1e9);
  else if (turns >= 0) sley__write(t->w, ", %lld turns", (long long)turns);
}

static void write_indent(const tree *t, size_t depth)
{
  char indent[INDENT_BYTES] = "";
  size_t shown = depth < DEEPEST_INDENT ? depth : DEEPEST_INDENT;
  if (shown == 0) return;
  for (size_t i = 1; i < shown; i++) memcpy(indent + 3 * (i - 1), t->last[i] ? "   " : "|  ", 4);
  memcpy(indent + 3 * (shown - 1), t->last[shown < DEEPEST_INDENT ? shown : 0] ? "'- " : "|- ", 4);
  sley__write(t->w, "%s", indent);
  if (depth > DEEPEST_INDENT) sley__write(t->w, "(%zu deep) ", depth);
}

/* Writes one line. False: the entry was written before, so what it waits for is not repeated. */
static bool write_entry(const tree *t, size_t at, size_t depth)
{
  entry *e = &t->g->entries[at];
  const sley_promise *cell = e->cell;
  const char *name = sley__name_of(t->domain, cell);
  write_indent(t, depth);
  sley__write(t->w, "%s%s", cell->state == STATE_PROXY ? "returned " : "", sley__kind_name(cell));
  if (cell->site[0] != '\0') sley__write(t->w, " at %s", cell->site);
  if (name != NULL) sley__write(t->w, " \"%s\"", name);
  write_age(t, cell);
  if (e->marks & ENTRY_ORPHAN) sley__write(t->w, ", orphan: nothing can settle it");
  if (e->marks & ENTRY_CYCLE) sley__write(t->w, ", cycle: it waits for itself");
  if (e->marks & ENTRY_SEEN) {
    sley__write(t->w, e->edge_count > 0 ? " (see above)\n" : "\n");
    return false;
  }
  e->marks |= ENTRY_SEEN;
  sley__write(t->w, "\n");
  return true;
}

static void note_last(tree *t, size_t depth, bool last)
{
  if (depth < DEEPEST_INDENT) t->last[depth] = last;
}

static void write_tree(tree *t, size_t root)
{
  graph *g = t->g;
  size_t depth = 0;
  g->path[0] = root;
  g->next_edge[0] = 0;
  if (!write_entry(t, root, 0)) return;
  for (;;) {
    const entry *e = &g->entries[g->path[depth]];
    if (g->next_edge[depth] == e->edge_count) {
      if (depth-- == 0) return;
      continue;
    }
    size_t to = g->edges[e->edges + g->next_edge[depth]++];
    note_last(t, depth + 1, g->next_edge[depth] == e->edge_count);
    if (!write_entry(t, to, depth + 1)) continue;
    g->path[++depth] = to;
    g->next_edge[depth] = 0;
  }
}

void sley__dump_text(sley_domain *d, graph *g, const writer *w)
{
  tree t = {.domain = d, .g = g, .w = w};
  sley__write(w, "domain %s: %zu pending promise%s, %zu settled, turn %llu", d->name, g->count,
              g->count == 1 ? "" : "s", g->settled, (unsigned long long)d->turn);
  if (d->engine_runs != NULL) sley__write(w, ", engine %s", d->engine_runs);
  sley__write(w, "\n");
  for (size_t i = 0; i < g->count; i++) g->entries[i].marks &= ~(unsigned)ENTRY_SEEN;
  for (size_t i = 0; i < g->count; i++)
    if (g->entries[i].waiters == 0) write_tree(&t, i);
  for (size_t i = 0; i < g->count; i++) /* entries reachable only from cycles */
    if (!(g->entries[i].marks & ENTRY_SEEN)) write_tree(&t, i);
}
