/* Debugging (single_objects, SLEY_DEBUG): every object has a page of its own, nothing freed is used again
 * soon, and every use of a promise is looked at and noted.
 *
 * Cells carry SLEY__ALONE in their domain. No cell passes the quick check then, which costs nothing where
 * this is off: check_at, sley__self_of and the quick ways of bind, fulfill and drop all end up here. */
#include "promise/memory/alone.h"

#if defined(SLAB_CHECKED)
#define HAS_CHECKER true
#elif defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define HAS_CHECKER (RUNNING_ON_VALGRIND != 0)
#endif
#endif
#ifndef HAS_CHECKER
#define HAS_CHECKER false
#endif

#if defined(__ELF__) && !defined(SLAB_CHECKED)
/* The program may have AddressSanitizer where the library has not. */
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

bool sley__has_checker(void) { return HAS_CHECKER; }

enum { MOST_BYTES = 16 << 20, FILLER = 0xdd };

static void page_free(sley_domain *d, struct sley__page *page)
{
  SHOW(page, page->bytes);
  d->allocator.free(d->allocator.ctx, page, page->bytes);
}

static void release_oldest(sley_domain *d)
{
  struct sley__quarantine *q = &d->quarantine;
  struct sley__page *page = sley__page_at(sley__dlist_pop(&q->pages));
  q->bytes -= page->bytes;
  page_free(d, page);
}

/* A lent value or the inside of an object must not look as if it were still good. What tells a stale
 * handle apart stays: the head, and a cell's place. */
static void spoil(bool is_cell, struct sley__page *page)
{
  sley_promise *cell = (sley_promise *)(void *)page->slots;
  if (is_cell) memset(&cell->value, FILLER, sizeof(cell->value));
  else if (page->slot > 16) memset(page->slots + 16, FILLER, page->slot - 16);
  HIDE(page->slots, page->slot);
}

void sley__quarantine(sley_domain *d, bool is_cell, struct sley__page *page)
{
  /* A checker that sees this memory keeps it itself, and knows who freed it. */
  if (HAS_CHECKER) {
    page_free(d, page);
    return;
  }
  struct sley__quarantine *q = &d->quarantine;
  spoil(is_cell, page);
  sley__dlist_append(&q->pages, &page->place);
  q->bytes += page->bytes;
  while (!sley__dlist_is_empty(&q->pages) && q->bytes > MOST_BYTES) release_oldest(d);
}

bool sley__is_quarantined(const sley_domain *d, const void *memory)
{
  const struct sley__dlist *pages = &d->quarantine.pages;
  for (const struct sley__dlist *at = pages->next; at != pages; at = at->next)
    if (sley__page_at(at)->slots == (const char *)memory) return true;
  return false;
}

void sley__quarantine_end(sley_domain *d)
{
  while (!sley__dlist_is_empty(&d->quarantine.pages)) release_oldest(d);
}

/* ---- uses of promises ---- */

static bool is_alone_here(const sley_domain *d, const sley_promise *p)
{
  return d->alone && p != NULL && p->domain == (d->id | SLEY__ALONE);
}

bool sley__check_slow(sley_domain *d, const sley_promise *p, const char *function, const char *site)
{
  if (p != NULL && is_immortal(p)) return false;
  /* Who traces is lent promises that nobody holds. */
  bool may_be_unheld = d->trace != NULL && d->trace != &sley__no_trace;
  if (!is_alone_here(d, p) || (p->refs == 0 && !may_be_unheld)) sley__misuse(d, p, function, site);
  history *h = history_of(p);
  h->function = function;
  h->site = site;
  return true;
}

void sley__check_operand_slow(sley_domain *d, sley_promise *const *ps, size_t i,
                              const char *function, const char *site)
{
  if (!sley__check_slow(d, ps[i], function, site)) return;
  uint32_t times = 1;
  for (size_t k = 0; k < i; k++) times += ps[k] == ps[i];
  if (times > ps[i]->refs)
    sley__abort(
        "%s%s%s was given one promise (made at %s) %u times, which is held only %u: sley_keep it "
        "for every further time",
        function, site[0] != '\0' ? " at " : "", site, ps[i]->site, (unsigned)times,
        (unsigned)ps[i]->refs);
}

void sley__resolver_check_slow(sley_domain *d, sley_promise *p, const char *function, bool answers)
{
  if (!is_alone_here(d, p) || history_of(p)->answered != NULL)
    sley__resolver_misuse(d, p, function);
  if (answers) history_of(p)->answered = function;
}
