/* A heap: the memory of one domain, from slabs. Owner thread. slab.c has the slots, alone.c the objects that are
 * allocated alone. */
#ifndef SLEY_MEMORY_HEAP_H
#define SLEY_MEMORY_HEAP_H

#include <sley/promise.h>
#include <sley/runtime.h>

#include "promise/base/base.h"

enum { SLEY__SLAB_CLASSES = 16, SLEY__SLOT_LISTS = 3 };

/* In place of a cell's domain: the immortal out-of-memory rejection, whose counts and flags must not be written; a
 * slot without a cell. No domain has either number. */
#define SLEY__IMMORTAL (UINT32_MAX - 1)
#define SLEY__GONE UINT32_MAX

/* Nodes for what must not be lost when memory runs out; refilled once a turn. */
enum { SLEY__RESERVE_NODES = 16, SLEY__RESERVE_BYTES = 160 };

/* Offset of a cell's outcome, which is overwritten when a cell allocated alone is freed. */
enum { SLEY__CELL_VALUE_AT = 16 };

struct sley__heap {
  int64_t room;   /* peak minus live cells: how many more can live before a new peak */
  uint64_t freed; /* cells */
  bool watched;   /* cells take the slow path: they are traced, or allocated alone */
  bool alone;     /* every object has a page of its own */
  void *free_slots[SLEY__SLOT_LISTS][SLEY__SLAB_CLASSES]; /* see slab.h */

  sley_allocator allocator;    /* its pages come from here */
  struct sley__dlist pages[2]; /* all pages, the newest first, [is cell] */
  struct sley__quarantine {
    struct sley__dlist pages; /* oldest first */
    size_t bytes;
  } quarantine;                          /* see alone.c */
  void *reserve[2][SLEY__RESERVE_NODES]; /* [is cell] */
  unsigned reserve_left[2];
  uint64_t peak, bytes, reserve_used; /* counters: see sley_counters */
};

void sley__heap_init(struct sley__heap *heap, const sley_allocator *allocator, bool alone);
struct sley__page;
/* Frees everything. keep: receives the pages of cells; NULL: these are freed, too. */
void sley__heap_release(struct sley__heap *heap, void (*keep)(struct sley__page *page));

/* Not zeroed, 16-byte aligned. */
void *sley__heap_alloc(struct sley__heap *heap, size_t bytes);
void sley__heap_free(struct sley__heap *heap, void *memory, size_t bytes);
void *sley__heap_cell_alloc(struct sley__heap *heap, size_t bytes);
void sley__heap_cell_free(struct sley__heap *heap, void *cell, size_t bytes);
/* Sends cells through the slow path from now on, or no longer. */
void sley__heap_watch(struct sley__heap *heap, bool traced);
void sley__heap_walk(struct sley__heap *heap, void (*f)(void *ctx, sley_promise *p), void *ctx);
/* Whether memory is, or was, an object of this heap. */
bool sley__heap_has(const struct sley__heap *heap, const void *memory);
void *sley__heap_reserve_take(struct sley__heap *heap, bool is_cell);
bool sley__heap_reserve_fill(struct sley__heap *heap); /* false: partly filled */

#endif
