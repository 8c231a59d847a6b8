/* Memory of a domain: pages of equal slots, by size class, apart for cells (which reports walk) and
 * for everything else. A free slot is the head of its class's list: last freed, first used, while it
 * is still in the cache. Objects above the largest class have a page of their own, and so has every
 * object of a runtime made with single_objects (see alone.c).
 *
 * Regret: pages are given back only when the domain ends. */
#include "promise/memory/alone.h"

/* A domain that holds many pages gets larger ones: their heads cost a thousandth then. */
enum { PAGE_BYTES = 16384, LARGE_PAGE_BYTES = 65536, MANY_PAGES = 16, LARGEST = 4096 };

_Static_assert(offsetof(struct free_slot, domain) == offsetof(sley_promise, domain), "same place");

#define PAGE_HEAD ((sizeof(struct sley__page) + 63) & ~(size_t)63)

static unsigned class_of(size_t bytes)
{
  if (SLEY__LIKELY(bytes <= SLAB_SMALL)) return slab_class_of_16[(bytes + 15) / 16];
  return bytes <= 1024 ? 13 : bytes <= 2048 ? 14 : 15;
}

static struct sley__page *page_new(sley_domain *d, bool cells, size_t bytes, size_t slot)
{
  struct sley__page *page = d->allocator.alloc(d->allocator.ctx, bytes);
  if (page == NULL) return NULL;
  page->bytes = bytes;
  page->slot = slot;
  page->used = 0;
  uintptr_t start = ((uintptr_t)page + sizeof(struct sley__page) + 63) & ~(uintptr_t)63;
  page->slots = (char *)page + (start - (uintptr_t)page);
  page->count = (bytes - (size_t)(page->slots - (char *)page)) / slot;
  sley__dlist_prepend(&d->pages[cells], &page->place);
  d->counters.bytes += bytes;
  return page;
}

static void page_unlink(sley_domain *d, struct sley__page *page)
{
  sley__dlist_remove(&page->place);
  d->counters.bytes -= page->bytes;
}

static void page_release(sley_domain *d, struct sley__page *page)
{
  page_unlink(d, page);
  SLAB_SHOW(page, page->bytes);
  d->allocator.free(d->allocator.ctx, page, page->bytes);
}

static bool has_own_page(const sley_domain *d, size_t bytes) { return bytes > LARGEST || d->alone; }

/* The page in front of an object that has it to itself. */
static SLEY__NOINLINE void *own_page_alloc(sley_domain *d, bool cells, size_t bytes)
{
  if (bytes > SIZE_MAX - 2 * PAGE_HEAD - 64) return NULL;
  size_t room = (bytes + 15) & ~(size_t)15;
  struct sley__page *page = page_new(d, cells, PAGE_HEAD + sizeof(history) + 64 + room, room);
  if (page == NULL) return NULL;
  page->slots += sizeof(history);
  page->count = page->used = 1;
  *history_of(page->slots) = (history){.page = page};
  return page->slots;
}

static SLEY__NOINLINE void own_page_free(sley_domain *d, bool cells, void *memory)
{
  struct sley__page *page = history_of(memory)->page;
  if (!d->alone) {
    page_release(d, page);
  } else {
    page_unlink(d, page);
    sley__quarantine(d, cells, page);
  }
}

static unsigned slots_of(const sley_domain *d, bool cells)
{
  if (!cells) return SLOTS_OTHER;
  return d->watched ? SLOTS_TRACED : SLOTS_CELLS;
}

static void *slot_carve(sley_domain *d, bool cells, unsigned class)
{
  size_t slot = slab_class_bytes[class];
  bool many = d->counters.bytes >= (uint64_t)MANY_PAGES * PAGE_BYTES;
  struct sley__page *page = page_new(d, cells, many ? LARGE_PAGE_BYTES : PAGE_BYTES, slot);
  if (page == NULL) return NULL;
  page->used = page->count;
  for (size_t i = page->count; i-- > 1;)
    slab_push(d, slots_of(d, cells), class, page->slots + i * slot);
  return page->slots;
}

static inline void *take(sley_domain *d, bool cells, size_t bytes)
{
  if (SLEY__UNLIKELY(has_own_page(d, bytes))) return own_page_alloc(d, cells, bytes);
  unsigned class = class_of(bytes);
  void *slot = slab_pop(d, slots_of(d, cells), class);
  return SLEY__LIKELY(slot != NULL) ? slot : slot_carve(d, cells, class);
}

static inline void give(sley_domain *d, bool cells, void *memory, size_t bytes)
{
  if (SLEY__UNLIKELY(has_own_page(d, bytes))) own_page_free(d, cells, memory);
  else slab_push(d, slots_of(d, cells), class_of(bytes), memory);
}

void *sley__alloc(sley_domain *d, size_t bytes) { return take(d, false, bytes); }

void sley__free(sley_domain *d, void *memory, size_t bytes)
{
  if (memory != NULL) give(d, false, memory, bytes);
}

void *sley__cell_alloc_slow(sley_domain *d, size_t bytes)
{
  void *cell = take(d, true, bytes);
  if (SLEY__LIKELY(cell != NULL)) cell_added(d);
  return cell;
}

void sley__cell_free(sley_domain *d, void *cell, size_t bytes)
{
  cell_removed(d);
  ((struct free_slot *)cell)->domain = SLEY__GONE;
  give(d, true, cell, bytes);
}

void sley__cells_trace(sley_domain *d, bool traced)
{
  bool watched = d->alone || traced;
  if (watched == d->watched) return;
  memcpy(d->free_slots[watched ? SLOTS_TRACED : SLOTS_CELLS],
         d->free_slots[watched ? SLOTS_CELLS : SLOTS_TRACED], sizeof(d->free_slots[0]));
  memset(d->free_slots[watched ? SLOTS_CELLS : SLOTS_TRACED], 0, sizeof(d->free_slots[0]));
  d->watched = watched;
}

void sley__cells_walk(sley_domain *d, void (*f)(void *ctx, sley_promise *p), void *ctx)
{
  const struct sley__dlist *pages = &d->pages[true];
  for (const struct sley__dlist *at = pages->next; at != pages; at = at->next) {
    const struct sley__page *page = sley__page_at(at);
    for (size_t i = 0; i < page->used; i++) {
      sley_promise *p = (sley_promise *)(void *)(page->slots + i * page->slot);
      if (p->domain != SLEY__GONE) f(ctx, p);
    }
  }
}

static bool has_slot_at(const struct sley__page *page, const void *memory)
{
  uintptr_t at = (uintptr_t)memory, first = (uintptr_t)page->slots;
  return at >= first && at - first < page->used * page->slot && (at - first) % page->slot == 0;
}

bool sley__is_slot(const sley_domain *d, const void *memory)
{
  for (int cells = 0; cells < 2; cells++)
    for (const struct sley__dlist *at = d->pages[cells].next; at != &d->pages[cells]; at = at->next)
      if (has_slot_at(sley__page_at(at), memory)) return true;
  return sley__is_quarantined(d, memory);
}

/* ---- reserve ---- */

void *sley__reserve_take(sley_domain *d, bool is_cell)
{
  if (d->reserve_left[is_cell] == 0)
    sley__abort(
        "out of memory for a callback that must not be lost (of sley_finalize, sley_on_any or a "
        "similar function), and the reserve of %d is used up until the next turn of the loop: give "
        "the program more memory, or let it start fewer operations at a time",
        SLEY__RESERVE_NODES);
  d->counters.reserve_used++;
  if (is_cell) cell_added(d);
  return d->reserve[is_cell][--d->reserve_left[is_cell]];
}

void sley__reserve_fill(sley_domain *d)
{
  for (int is_cell = 0; is_cell < 2; is_cell++) {
    while (d->reserve_left[is_cell] < SLEY__RESERVE_NODES) {
      void *memory = take(d, is_cell, SLEY__RESERVE_BYTES);
      if (memory == NULL) return;
      ((sley_promise *)memory)->domain = SLEY__GONE; /* not a cell yet, for those who walk */
      d->reserve[is_cell][d->reserve_left[is_cell]++] = memory;
    }
  }
}

static void reserve_release(sley_domain *d)
{
  for (int is_cell = 0; is_cell < 2; is_cell++)
    while (d->reserve_left[is_cell] > 0)
      give(d, is_cell, d->reserve[is_cell][--d->reserve_left[is_cell]], SLEY__RESERVE_BYTES);
}

void sley__slabs_init(sley_domain *d)
{
  for (int cells = 0; cells < 2; cells++) sley__dlist_init(&d->pages[cells]);
  sley__dlist_init(&d->quarantine.pages);
}

void sley__slabs_release(sley_domain *d, void (*keep)(struct sley__page *page))
{
  reserve_release(d);
  while (keep != NULL && !sley__dlist_is_empty(&d->pages[true])) {
    struct sley__page *page = sley__page_at(d->pages[true].next);
    page_unlink(d, page);
    keep(page);
  }
  for (int cells = 0; cells < 2; cells++)
    while (!sley__dlist_is_empty(&d->pages[cells]))
      page_release(d, sley__page_at(d->pages[cells].next));
  sley__quarantine_end(d);
  memset(d->free_slots, 0, sizeof(d->free_slots));
}
