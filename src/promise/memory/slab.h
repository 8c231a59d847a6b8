/* The fast paths of slab.c: taking a cell from its class's list of free slots, and putting it back.
 *
 * The fast path makes one test: whether the list of its class has a slot. Everything that needs the slow path keeps
 * that list empty: a thread without a domain, a page to be started, objects allocated alone, and a trace table (while
 * one is installed, free cells are on separate lists). */
#ifndef SLEY_MEMORY_SLAB_H
#define SLEY_MEMORY_SLAB_H

#include "promise/memory/heap.h"

#if defined(__SANITIZE_ADDRESS__)
#define SLAB_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLAB_CHECKED 1
#endif
#endif
#ifdef SLAB_CHECKED
#include <sanitizer/asan_interface.h>
#define SLAB_HIDE(memory, bytes) ASAN_POISON_MEMORY_REGION(memory, bytes)
#define SLAB_SHOW(memory, bytes) ASAN_UNPOISON_MEMORY_REGION(memory, bytes)
#else
#define SLAB_HIDE(memory, bytes) ((void)0)
#define SLAB_SHOW(memory, bytes) ((void)0)
#endif

enum { SLAB_FREE_HEAD = 24, SLAB_SMALL = 512 };

/* A free slot. In a cell's slot, domain is where a cell has it: so a stale handle fails the owner check, and walks of
 * the pages skip the slot. */
struct free_slot {
  uint64_t counts;
  uint32_t domain; /* SLEY__GONE */
  uint32_t head;
  void *next;
};
_Static_assert(sizeof(struct free_slot) <= SLAB_FREE_HEAD,
               "the head of a free slot stays readable");

static const uint16_t sley__slab_class_bytes[SLEY__SLAB_CLASSES] = {
    32, 48, 64, 80, 96, 112, 128, 144, 160, 192, 256, 384, 512, 1024, 2048, 4096};
/* Class of a small size, by 16 bytes. */
static const uint8_t sley__slab_class_of_16[SLAB_SMALL / 16 + 1] = {
    0,  0,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  9,  10, 10, 10, 10,
    11, 11, 11, 11, 11, 11, 11, 11, 12, 12, 12, 12, 12, 12, 12, 12};

/* sley__slab_class_of_16 as a constant expression, for sizes from 32 to 160. */
#define SLAB_CLASS(bytes) \
  ((bytes) <= 160 ? ((bytes) + 15) / 16 - 2 : (bytes) <= 192 ? 9 : (bytes) <= 256 ? 10 : 11)

/* Lists of free slots: for everything but cells, for cells, for cells while tracing. */
enum { SLOTS_OTHER, SLOTS_CELLS, SLOTS_TRACED };

static inline void sley__slab_push(struct sley__heap *h, unsigned list, unsigned class,
                                   void *memory)
{
  struct free_slot *slot = memory;
  slot->domain = SLEY__GONE;
  slot->next = h->free_slots[list][class];
  h->free_slots[list][class] = slot;
  SLAB_HIDE((char *)memory + SLAB_FREE_HEAD,
            sley__slab_class_bytes[class] - (size_t)SLAB_FREE_HEAD);
}

/* NULL if the list is empty, as it always is when objects are allocated alone. */
static inline void *sley__slab_pop(struct sley__heap *h, unsigned list, unsigned class)
{
  struct free_slot *slot = h->free_slots[list][class];
  if (SLEY__UNLIKELY(slot == NULL)) return NULL;
  h->free_slots[list][class] = slot->next;
  SLAB_SHOW(slot, sley__slab_class_bytes[class]);
  return slot;
}

/* Count a cell added or removed. Two counts hold four: live = peak - room, created = freed + live. */
static inline void sley__heap_cell_added(struct sley__heap *h)
{
  if (SLEY__UNLIKELY(--h->room < 0)) {
    h->room = 0;
    h->peak++;
  }
}

static inline void sley__heap_cell_removed(struct sley__heap *h)
{
  h->room++;
  h->freed++;
}

/* NULL: take the slow path. d may be the stand-in of a thread without a domain. */
static inline void *sley__heap_cell_quick(struct sley__heap *h, size_t bytes)
{
  if (bytes > SLAB_SMALL) return NULL;
  void *cell = sley__slab_pop(h, SLOTS_CELLS, sley__slab_class_of_16[(bytes + 15) / 16]);
  if (SLEY__LIKELY(cell != NULL)) sley__heap_cell_added(h);
  return cell;
}

/* class: a constant, or from sley__slab_class_of_16. Only if h->watched is not set. */
static inline void sley__heap_cell_push(struct sley__heap *h, void *cell, unsigned class)
{
  sley__heap_cell_removed(h);
  sley__slab_push(h, SLOTS_CELLS, class, cell);
}

#endif
