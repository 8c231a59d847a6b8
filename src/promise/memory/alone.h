/* Objects allocated alone, to find lifetime errors: what is recorded of each, and the quarantine. */
#ifndef SLEY_MEMORY_ALONE_H
#define SLEY_MEMORY_ALONE_H

#include "promise/memory/slab.h"

struct sley__page {
  struct sley__dlist place;
  size_t bytes; /* of the whole page */
  size_t slot;  /* bytes of a slot */
  size_t count;
  size_t used; /* slots in use or on a free list */
  char *slots;
};

/* In front of an object that has its page to itself. */
typedef struct history {
  const char *function, *site; /* a cell's last use; NULL: none yet */
  const char *answered;        /* the function that used its resolver; NULL: not used yet */
  struct sley__page *page;
} history;
_Static_assert(sizeof(history) % 16 == 0, "objects are aligned");

static inline struct sley__page *sley__page_at(const struct sley__dlist *place)
{
  return SLEY__CONTAINER(place, struct sley__page, place);
}

static inline history *sley__history_of(const void *memory)
{
  return (history *)((uintptr_t)memory - sizeof(history));
}

/* Keeps the page of a freed object while there is room; otherwise frees it. */
void sley__quarantine(struct sley__heap *heap, bool is_cell, struct sley__page *page);
bool sley__is_quarantined(const struct sley__heap *heap, const void *memory);
void sley__quarantine_end(struct sley__heap *heap);

#endif
