/* Debugging (single_objects, SLEY_DEBUG): every object has a page of its own, freed memory is not reused soon, and
 * every use of a promise is checked and recorded.
 *
 * Cells carry SLEY__ALONE in their domain, so that no cell passes the fast check: sley__check_at, sley__self_of and
 * the fast paths of bind, fulfill and drop all end up here. This costs nothing while debugging is off. */
#include "promise/memory/alone.h"

#include <string.h>

#if defined(__ELF__) && !defined(SLAB_CHECKED)
/* The program may use AddressSanitizer even if the library is built without it. */
void __asan_poison_memory_region(const volatile void *memory, size_t bytes) __attribute__((weak));
void __asan_unpoison_memory_region(const volatile void *memory, size_t bytes) __attribute__((weak));
#define HIDE(memory, bytes) \
  (__asan_poison_memory_region != NULL ? __asan_poison_memory_region(memory, bytes) : (void)0)
#define SHOW(memory, bytes) \
  (__asan_unpoison_memory_region != NULL ? __asan_unpoison_memory_region(memory, bytes) : (void)0)
#else
#define HIDE(memory, bytes) ((void)0)
#define SHOW(memory, bytes) ((void)0)
#endif

enum { MOST_BYTES = 16 << 20, FILLER = 0xdd };

static void page_free(struct sley__heap *heap, struct sley__page *page)
{
  SHOW(page, page->bytes);
  heap->allocator.free(heap->allocator.ctx, page, page->bytes);
}

static void release_oldest(struct sley__heap *heap)
{
  struct sley__quarantine *q = &heap->quarantine;
  struct sley__page *page = sley__page_at(sley__dlist_pop(&q->pages));
  q->bytes -= page->bytes;
  page_free(heap, page);
}

/* Makes a lent value or the inside of a freed object unusable. What identifies a stale handle stays: the head, and a
 * cell's site. */
static void spoil(bool is_cell, struct sley__page *page)
{
  if (is_cell) memset(page->slots + SLEY__CELL_VALUE_AT, FILLER, sizeof(sley_value));
  else if (page->slot > 16) memset(page->slots + 16, FILLER, page->slot - 16);
  HIDE(page->slots, page->slot);
}

void sley__quarantine(struct sley__heap *heap, bool is_cell, struct sley__page *page)
{
  /* A checker that sees this memory keeps it itself, and knows where it was freed. */
  if (sley__has_checker()) {
    page_free(heap, page);
    return;
  }
  struct sley__quarantine *q = &heap->quarantine;
  spoil(is_cell, page);
  sley__dlist_append(&q->pages, &page->place);
  q->bytes += page->bytes;
  while (!sley__dlist_is_empty(&q->pages) && q->bytes > MOST_BYTES) release_oldest(heap);
}

bool sley__is_quarantined(const struct sley__heap *heap, const void *memory)
{
  const struct sley__dlist *pages = &heap->quarantine.pages;
  for (const struct sley__dlist *at = pages->next; at != pages; at = at->next)
    if (sley__page_at(at)->slots == (const char *)memory) return true;
  return false;
}

void sley__quarantine_end(struct sley__heap *heap)
{
  while (!sley__dlist_is_empty(&heap->quarantine.pages)) release_oldest(heap);
}
