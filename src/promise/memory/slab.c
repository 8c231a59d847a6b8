/* Memory of a domain: pages of equal slots, by size class, separate for cells (which reports walk) and for everything
 * else. A free slot is the head of its class's list: the last freed is used first, while it is still in the cache.
 * Objects above the largest class have a page of their own, and so does every object of a runtime with single_objects
 * (see alone.c).
 *
 * Regret: pages are freed only when the domain ends. */
#include "promise/memory/slab.h"

#include <string.h>

#include "promise/memory/alone.h"

/* A domain with many pages gets larger ones, whose heads then take a thousandth. */
enum { PAGE_BYTES = 16384, LARGE_PAGE_BYTES = 65536, MANY_PAGES = 16, LARGEST = 4096 };

#define PAGE_HEAD ((sizeof(struct sley__page) + 63) & ~(size_t)63)

static unsigned class_of(size_t bytes)
{
  if (SLEY__LIKELY(bytes <= SLAB_SMALL)) return sley__slab_class_of_16[(bytes + 15) / 16];
  return bytes <= 1024 ? 13 : bytes <= 2048 ? 14 : 15;
}

static struct sley__page *page_new(struct sley__heap *heap, bool cells, size_t bytes, size_t slot)
{
  struct sley__page *page = heap->allocator.alloc(heap->allocator.ctx, bytes);
  if (page == NULL) return NULL;
  page->bytes = bytes;
  page->slot = slot;
  page->used = 0;
  uintptr_t start = ((uintptr_t)page + sizeof(struct sley__page) + 63) & ~(uintptr_t)63;
  page->slots = (char *)page + (start - (uintptr_t)page);
  page->count = (bytes - (size_t)(page->slots - (char *)page)) / slot;
  sley__dlist_prepend(&heap->pages[cells], &page->place);
  heap->bytes += bytes;
  return page;
}

static void page_unlink(struct sley__heap *heap, struct sley__page *page)
{
  sley__dlist_remove(&page->place);
  heap->bytes -= page->bytes;
}

static void page_release(struct sley__heap *heap, struct sley__page *page)
{
  page_unlink(heap, page);
  SLAB_SHOW(page, page->bytes);
  heap->allocator.free(heap->allocator.ctx, page, page->bytes);
}

static bool has_own_page(const struct sley__heap *heap, size_t bytes)
{
  return bytes > LARGEST || heap->alone;
}

/* A page that holds a single object. */
static SLEY__NOINLINE void *own_page_alloc(struct sley__heap *heap, bool cells, size_t bytes)
{
  if (bytes > SIZE_MAX - 2 * PAGE_HEAD - 64) return NULL;
  size_t room = (bytes + 15) & ~(size_t)15;
  struct sley__page *page = page_new(heap, cells, PAGE_HEAD + sizeof(history) + 64 + room, room);
  if (page == NULL) return NULL;
  page->slots += sizeof(history);
  page->count = page->used = 1;
  *sley__history_of(page->slots) = (history){.page = page};
  return page->slots;
}

static SLEY__NOINLINE void own_page_free(struct sley__heap *heap, bool cells, void *memory)
{
  struct sley__page *page = sley__history_of(memory)->page;
  if (!heap->alone) {
    page_release(heap, page);
  } else {
    page_unlink(heap, page);
    sley__quarantine(heap, cells, page);
  }
}

static unsigned slots_of(const struct sley__heap *heap, bool cells)
{
  if (!cells) return SLOTS_OTHER;
  return heap->watched ? SLOTS_TRACED : SLOTS_CELLS;
}

static void *slot_carve(struct sley__heap *heap, bool cells, unsigned class)
{
  size_t slot = sley__slab_class_bytes[class];
  bool many = heap->bytes >= (uint64_t)MANY_PAGES * PAGE_BYTES;
  struct sley__page *page = page_new(heap, cells, many ? LARGE_PAGE_BYTES : PAGE_BYTES, slot);
  if (page == NULL) return NULL;
  page->used = page->count;
  for (size_t i = page->count; i-- > 1;)
    sley__slab_push(heap, slots_of(heap, cells), class, page->slots + i * slot);
  return page->slots;
}

static inline void *take(struct sley__heap *heap, bool cells, size_t bytes)
{
  if (SLEY__UNLIKELY(has_own_page(heap, bytes))) return own_page_alloc(heap, cells, bytes);
  unsigned class = class_of(bytes);
  void *slot = sley__slab_pop(heap, slots_of(heap, cells), class);
  return SLEY__LIKELY(slot != NULL) ? slot : slot_carve(heap, cells, class);
}

static inline void give(struct sley__heap *heap, bool cells, void *memory, size_t bytes)
{
  if (SLEY__UNLIKELY(has_own_page(heap, bytes))) own_page_free(heap, cells, memory);
  else sley__slab_push(heap, slots_of(heap, cells), class_of(bytes), memory);
}

void *sley__heap_alloc(struct sley__heap *heap, size_t bytes) { return take(heap, false, bytes); }

void sley__heap_free(struct sley__heap *heap, void *memory, size_t bytes)
{
  if (memory != NULL) give(heap, false, memory, bytes);
}

void *sley__heap_cell_alloc(struct sley__heap *heap, size_t bytes)
{
  void *cell = take(heap, true, bytes);
  if (SLEY__LIKELY(cell != NULL)) sley__heap_cell_added(heap);
  return cell;
}

void sley__heap_cell_free(struct sley__heap *heap, void *cell, size_t bytes)
{
  sley__heap_cell_removed(heap);
  ((struct free_slot *)cell)->domain = SLEY__GONE;
  give(heap, true, cell, bytes);
}

void sley__heap_watch(struct sley__heap *heap, bool traced)
{
  bool watched = heap->alone || traced;
  if (watched == heap->watched) return;
  memcpy(heap->free_slots[watched ? SLOTS_TRACED : SLOTS_CELLS],
         heap->free_slots[watched ? SLOTS_CELLS : SLOTS_TRACED], sizeof(heap->free_slots[0]));
  memset(heap->free_slots[watched ? SLOTS_CELLS : SLOTS_TRACED], 0, sizeof(heap->free_slots[0]));
  heap->watched = watched;
}

void sley__heap_walk(struct sley__heap *heap, void (*f)(void *ctx, sley_promise *p), void *ctx)
{
  const struct sley__dlist *pages = &heap->pages[true];
  for (const struct sley__dlist *at = pages->next; at != pages; at = at->next) {
    const struct sley__page *page = sley__page_at(at);
    for (size_t i = 0; i < page->used; i++) {
      void *slot = page->slots + i * page->slot;
      if (((const struct free_slot *)slot)->domain != SLEY__GONE) f(ctx, slot);
    }
  }
}

static bool has_slot_at(const struct sley__page *page, const void *memory)
{
  uintptr_t at = (uintptr_t)memory, first = (uintptr_t)page->slots;
  return at >= first && at - first < page->used * page->slot && (at - first) % page->slot == 0;
}

bool sley__heap_has(const struct sley__heap *heap, const void *memory)
{
  for (int cells = 0; cells < 2; cells++)
    for (const struct sley__dlist *at = heap->pages[cells].next; at != &heap->pages[cells];
         at = at->next)
      if (has_slot_at(sley__page_at(at), memory)) return true;
  return sley__is_quarantined(heap, memory);
}

/* ---- reserve ---- */

void *sley__heap_reserve_take(struct sley__heap *heap, bool is_cell)
{
  if (heap->reserve_left[is_cell] == 0)
    sley__abort(
        "out of memory for a callback that must not be lost (of sley_finalize, sley_on_any or a "
        "similar function), and the reserve of %d is used up until the next turn of the loop: give "
        "the program more memory, or let it start fewer operations at a time",
        SLEY__RESERVE_NODES);
  heap->reserve_used++;
  if (is_cell) sley__heap_cell_added(heap);
  return heap->reserve[is_cell][--heap->reserve_left[is_cell]];
}

bool sley__heap_reserve_fill(struct sley__heap *heap)
{
  for (int is_cell = 0; is_cell < 2; is_cell++) {
    while (heap->reserve_left[is_cell] < SLEY__RESERVE_NODES) {
      void *memory = take(heap, is_cell, SLEY__RESERVE_BYTES);
      if (memory == NULL) return false;
      ((struct free_slot *)memory)->domain = SLEY__GONE; /* walks of cells skip it */
      heap->reserve[is_cell][heap->reserve_left[is_cell]++] = memory;
    }
  }
  return true;
}

static void reserve_release(struct sley__heap *heap)
{
  for (int is_cell = 0; is_cell < 2; is_cell++)
    while (heap->reserve_left[is_cell] > 0)
      give(heap, is_cell, heap->reserve[is_cell][--heap->reserve_left[is_cell]],
           SLEY__RESERVE_BYTES);
}

void sley__heap_init(struct sley__heap *heap, const sley_allocator *allocator, bool alone)
{
  heap->allocator = *allocator;
  heap->alone = heap->watched = alone;
  for (int cells = 0; cells < 2; cells++) sley__dlist_init(&heap->pages[cells]);
  sley__dlist_init(&heap->quarantine.pages);
}

void sley__heap_release(struct sley__heap *heap, void (*keep)(struct sley__page *page))
{
  reserve_release(heap);
  while (keep != NULL && !sley__dlist_is_empty(&heap->pages[true])) {
    struct sley__page *page = sley__page_at(heap->pages[true].next);
    page_unlink(heap, page);
    keep(page);
  }
  for (int cells = 0; cells < 2; cells++)
    while (!sley__dlist_is_empty(&heap->pages[cells]))
      page_release(heap, sley__page_at(heap->pages[cells].next));
  sley__quarantine_end(heap);
  memset(heap->free_slots, 0, sizeof(heap->free_slots));
}
