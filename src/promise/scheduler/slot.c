/* State of libraries in domains. A slot's index is one bit of a map of the process, claimed at the first use anywhere. A
 * domain's table has the states by index; an entry names its slot, so that an index which means another slot by now, or
 * comes from another copy of the library, is noticed by the comparison that every look-up makes. */
#include <sley/domain_slot.h>

#include "promise/scheduler/scheduler.h"

enum { WORD = 64, WORDS = 16, ROOM_FIRST = 8 };
enum { NOT_MADE, MAKING, MADE };

typedef struct entry {
  sley_domain_slot *slot; /* NULL: free */
  void *state;
  uint32_t before; /* made before this one: its index; 0: none */
  int step;
} entry;

struct sley__slots {
  uint32_t room, last; /* index of the one made last; 0: none */
  entry entries[];
};

static uint64_t claimed[WORDS] = {1}; /* any thread, __atomic; index 0 means none */

/* ---- the process's indices */

static unsigned index_claim(void)
{
  for (unsigned i = 0; i < WORDS; i++) {
    uint64_t word = __atomic_load_n(&claimed[i], __ATOMIC_RELAXED);
    while (~word != 0) {
      unsigned bit = (unsigned)__builtin_ctzll(~word);
      if (__atomic_compare_exchange_n(&claimed[i], &word, word | UINT64_C(1) << bit, false,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return i * WORD + bit;
    }
  }
  return 0;
}

static void index_free(unsigned index)
{
  __atomic_and_fetch(&claimed[index / WORD], ~(UINT64_C(1) << index % WORD), __ATOMIC_RELAXED);
}

static void refuse_foreign(const sley_domain_slot *slot, const char *function)
{
  uintptr_t copy = __atomic_load_n(&slot->sley__own.copy, __ATOMIC_ACQUIRE);
  if (copy != 0 && copy != (uintptr_t)&sley__copy)
    sley__refuse_foreign_slow(copy, function, "a slot");
}

/* The slot's index; 0: there are too many slots. Any thread. */
static unsigned index_of(sley_domain_slot *slot)
{
  uintptr_t none = 0;
  __atomic_compare_exchange_n(&slot->sley__own.copy, &none, (uintptr_t)&sley__copy, false,
                              __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
  refuse_foreign(slot, "sley_domain_slot_get");
  unsigned index = __atomic_load_n(&slot->sley__own.index, __ATOMIC_ACQUIRE);
  if (index != 0) return index;
  unsigned mine = index_claim();
  if (mine == 0 || __atomic_compare_exchange_n(&slot->sley__own.index, &index, mine, false,
                                               __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return mine;
  index_free(mine); /* another thread was first */
  return index;
}

/* Counts the domains with state; in the child of a fork, which has none of its parent's, from 0. */
static unsigned states_add(sley_domain_slot *slot, int n)
{
  sley__process_lock(SLEY__LOCK_SLOTS);
  if (slot->sley__own.origin != sley__origin) {
    slot->sley__own.states = 0;
    slot->sley__own.origin = sley__origin;
  }
  unsigned states = slot->sley__own.states += (unsigned)n;
  sley__process_unlock(SLEY__LOCK_SLOTS);
  return states;
}

/* ---- a domain's table */

static size_t table_bytes(uint32_t room)
{
  return sizeof(struct sley__slots) + room * sizeof(entry);
}

/* The entry whether it is used or not; NULL: the table has no such index. */
static inline entry *entry_at(const sley_domain *d, unsigned index)
{
  struct sley__slots *slots = d->slots;
  return slots != NULL && index < slots->room ? &slots->entries[index] : NULL;
}

static inline entry *entry_of(const sley_domain *d, const sley_domain_slot *slot)
{
  entry *e = entry_at(d, __atomic_load_n(&slot->sley__own.index, __ATOMIC_ACQUIRE));
  return e != NULL && e->slot == slot ? e : NULL;
}

static bool table_grow(sley_domain *d, unsigned index)
{
  struct sley__slots *old = d->slots;
  uint32_t room = old != NULL ? old->room : ROOM_FIRST;
  while (room <= index) room *= 2;
  if (old != NULL && room == old->room) return true;
  struct sley__slots *slots = sley__alloc(d, table_bytes(room));
  if (slots == NULL) return false;
  memset(slots, 0, table_bytes(room));
  if (old != NULL) {
    memcpy(slots, old, table_bytes(old->room));
    sley__free(d, old, table_bytes(old->room));
  }
  slots->room = room;
  d->slots = slots;
  return true;
}

static void entry_unlink(struct sley__slots *slots, unsigned index)
{
  uint32_t *place = &slots->last;
  while (*place != index) place = &slots->entries[*place].before;
  *place = slots->entries[index].before;
}

/* The entry is free before drop runs: its slot is as if it had never been made. */
static void entry_drop(sley_domain *d, unsigned index)
{
  entry e = d->slots->entries[index];
  entry_unlink(d->slots, index);
  d->slots->entries[index] = (entry){.slot = NULL};
  if (e.slot->drop != NULL) e.slot->drop(e.state);
  states_add(e.slot, -1); /* last: then it can be unloaded */
}

static void slots_end(sley_domain *d)
{
  d->slots_over = true;
  if (d->slots == NULL) return;
  while (d->slots->last != 0) entry_drop(d, d->slots->last);
  sley__free(d, d->slots, table_bytes(d->slots->room));
  d->slots = NULL;
}

const struct sley__part sley__slots_part = {.end = slots_end};

/* ---- the public functions */

static SLEY__NOINLINE sley_error *slot_make(sley_domain *d, sley_domain_slot *slot, void **out)
{
  *out = NULL;
  if (slot->make == NULL) sley__abort("sley_domain_slot_get: the slot %s has no make", slot->name);
  unsigned index = index_of(slot);
  if (index == 0)
    return sley_error_new(&sley_kind_sley, SLEY_EAGAIN,
                          "sley_domain_slot_get: no room for the slot %s: the process has %d",
                          slot->name, WORD * WORDS - 1);
  const entry *there = entry_of(d, slot);
  if (there != NULL)
    return sley_error_new(&sley_kind_sley, SLEY_EDEADLOCK,
                          "sley_domain_slot_get: the slot %s is being made: its make, or what it "
                          "awaits, asked for it",
                          slot->name);
  if (d->slots_over)
    return sley_error_new(&sley_kind_sley, SLEY_EGONE,
                          "sley_domain_slot_get: domain %s ends and makes no state of the slot %s",
                          d->name, slot->name);
  if (!table_grow(d, index)) return sley_error_nomem();
  d->slots->entries[index] = (entry){.slot = slot, .step = MAKING};
  void *state = NULL;
  sley_error *error = slot->make(slot->ctx, &state);
  entry *e = &d->slots->entries[index]; /* make may have used other slots */
  if (error != NULL) {
    *e = (entry){.slot = NULL};
    return error;
  }
  *e = (entry){.slot = slot, .state = state, .before = d->slots->last, .step = MADE};
  d->slots->last = index;
  states_add(slot, 1);
  *out = state;
  return NULL;
}

sley_error *sley_domain_slot_get(sley_domain_slot *slot, void **out)
{
  SLEY__NEEDS(slot);
  SLEY__NEEDS(out);
  sley_domain *d = sley__self();
  const entry *e = entry_of(d, slot);
  if (SLEY__UNLIKELY(e == NULL || e->step != MADE)) return slot_make(d, slot, out);
  *out = e->state;
  return NULL;
}

void *sley_domain_slot_peek(const sley_domain_slot *slot)
{
  SLEY__NEEDS(slot);
  const entry *e = entry_of(sley__current, slot);
  return e != NULL && e->step == MADE ? e->state : NULL;
}

void sley_domain_slot_drop(sley_domain_slot *slot)
{
  SLEY__NEEDS(slot);
  refuse_foreign(slot, "sley_domain_slot_drop");
  sley_domain *d = sley__self();
  const entry *e = entry_of(d, slot);
  if (e == NULL) return;
  if (e->step != MADE)
    sley__abort("sley_domain_slot_drop: the slot %s is being made in domain %s", slot->name,
                d->name);
  entry_drop(d, slot->sley__own.index);
}

int sley_domain_slot_try_release(sley_domain_slot *slot)
{
  SLEY__NEEDS(slot);
  refuse_foreign(slot, "sley_domain_slot_try_release");
  if (states_add(slot, 0) != 0) return -SLEY_EAGAIN;
  if (slot->sley__own.index != 0) index_free(slot->sley__own.index);
  __atomic_store_n(&slot->sley__own.index, 0, __ATOMIC_RELEASE);
  __atomic_store_n(&slot->sley__own.copy, 0, __ATOMIC_RELEASE);
  return 0;
}
