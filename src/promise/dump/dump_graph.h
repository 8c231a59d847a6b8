/* The graph of a domain's pending promises: cells, and by index what each waits for. dump.c requests it,
 * dump_graph.c makes it, dump_text.c and dump_json.c write it; name.c has the names that promises were given. */
#ifndef SLEY_PROMISE_DUMP_GRAPH_H
#define SLEY_PROMISE_DUMP_GRAPH_H

#include <sley/dump.h>

#include "promise/dump/floor.h"
#include "promise/react/react.h"
#include "promise/scope/scope.h"

enum { ENTRY_ORPHAN = 1, ENTRY_CYCLE = 2, ENTRY_SEEN = 4, ENTRY_OPEN = 8 };

typedef struct entry {
  const sley_promise *cell;
  size_t edges, edge_count; /* a range of graph.edges: what it waits for */
  size_t waiters;           /* entries that wait for it */
  unsigned marks;
} entry;

typedef struct graph {
  sley_runtime *runtime;
  entry *entries; /* sorted by address */
  size_t count, capacity;
  size_t *edges;
  size_t edge_count, edge_capacity;
  size_t *path, *next_edge; /* the traversal's stack: an entry, and its next edge */
  size_t settled;
  bool failed;
} graph;

/* All of d's pending cells and proxies. False: out of memory; there is nothing to free. */
bool sley__graph_make(sley_domain *d, graph *g);
void sley__graph_free(graph *g);

/* The function or operation that made the cell. */
const char *sley__kind_name(const sley_promise *cell);
/* The cell's age, in turns and nanoseconds; -1: unknown. */
int64_t sley__age_turns(const sley_domain *d, const sley_promise *cell);
sley_time sley__age_time(const sley_domain *d, int64_t turns);

/* Writes formatted text piece by piece. */
typedef struct writer {
  sley_write_fn *write;
  void *ctx;
} writer;
void sley__write(const writer *w, const char *format, ...) SLEY_PRINTF(2, 3);

void sley__dump_text(sley_domain *d, graph *g, const writer *w);
void sley__dump_json(sley_domain *d, const graph *g, const writer *w);

#endif
