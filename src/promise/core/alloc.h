/* Memory of a domain: its heap, by the domain. Owner thread. */
#ifndef SLEY_CORE_ALLOC_H
#define SLEY_CORE_ALLOC_H

#include "promise/core/domain_state.h"

static inline void *sley__alloc(sley_domain *d, size_t bytes)
{
  return sley__heap_alloc(&d->heap, bytes);
}
static inline void sley__free(sley_domain *d, void *memory, size_t bytes)
{
  sley__heap_free(&d->heap, memory, bytes);
}

/* An uninitialized cell; NULL: out of memory. The quick variant succeeds only if a free slot is at hand; it works on
 * the stand-in of a thread without a domain, too. */
static inline void *sley__cell_alloc_quick(sley_domain *d, size_t bytes)
{
  return sley__heap_cell_quick(&d->heap, bytes);
}
static inline void *sley__cell_alloc_slow(sley_domain *d, size_t bytes)
{
  return sley__heap_cell_alloc(&d->heap, bytes);
}
static inline void *sley__cell_alloc(sley_domain *d, size_t bytes)
{
  void *cell = sley__cell_alloc_quick(d, bytes);
  return SLEY__LIKELY(cell != NULL) ? cell : sley__cell_alloc_slow(d, bytes);
}
static inline void sley__cell_free(sley_domain *d, void *cell, size_t bytes)
{
  sley__heap_cell_free(&d->heap, cell, bytes);
}
static inline void sley__cells_walk(sley_domain *d, void (*f)(void *ctx, sley_promise *p),
                                    void *ctx)
{
  sley__heap_walk(&d->heap, f, ctx);
}
static inline void *sley__reserve_take(sley_domain *d, bool is_cell)
{
  return sley__heap_reserve_take(&d->heap, is_cell);
}
static inline uint64_t sley__live(const sley_domain *d)
{
  return d->heap.peak - (uint64_t)d->heap.room;
}

#endif
