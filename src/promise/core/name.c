/* Names of promises: a side table, keyed by address, that exists only once something has a name. Open addressing with
 * linear probing; removal moves later entries up (Knuth 6.4, algorithm R), so there are no tombstones. */
#include <sley/dump.h>
#include <string.h>

#include "promise/core/core.h"

enum { NAME_BYTES = 64 };

struct named {
  const sley_promise *cell; /* NULL: free */
  char *text;
};

struct sley__names {
  struct named *slots;
  size_t count, capacity; /* a power of two */
};

static size_t home_of(const struct sley__names *names, const sley_promise *cell)
{
  uint64_t mixed = ((uint64_t)(uintptr_t)cell >> 4) * 0x9e3779b97f4a7c15u;
  return (size_t)(mixed >> 32) & (names->capacity - 1);
}

static struct named *slot_of(const struct sley__names *names, const sley_promise *cell)
{
  size_t at = home_of(names, cell);
  while (names->slots[at].cell != NULL && names->slots[at].cell != cell)
    at = (at + 1) & (names->capacity - 1);
  return &names->slots[at];
}

static void slots_free(sley_domain *d, struct sley__names *names)
{
  sley__runtime_free(d->runtime, names->slots, names->capacity * sizeof(struct named));
}

static bool grow(sley_domain *d, struct sley__names *names)
{
  struct sley__names bigger = {.capacity = names->capacity == 0 ? 16 : names->capacity * 2,
                               .count = names->count};
  size_t bytes = bigger.capacity * sizeof(struct named);
  bigger.slots = sley__runtime_alloc(d->runtime, bytes);
  if (bigger.slots == NULL) return false;
  memset(bigger.slots, 0, bytes);
  for (size_t i = 0; i < names->capacity; i++)
    if (names->slots[i].cell != NULL) *slot_of(&bigger, names->slots[i].cell) = names->slots[i];
  slots_free(d, names);
  *names = bigger;
  return true;
}

static struct sley__names *table(sley_domain *d)
{
  if (d->names == NULL) {
    d->names = sley__runtime_alloc(d->runtime, sizeof(*d->names));
    if (d->names == NULL) return NULL;
    *d->names = (struct sley__names){0};
  }
  bool has_room = d->names->count * 2 < d->names->capacity || grow(d, d->names);
  return has_room ? d->names : NULL;
}

static void close_gap(struct sley__names *names, size_t gap)
{
  size_t mask = names->capacity - 1;
  for (size_t at = (gap + 1) & mask; names->slots[at].cell != NULL; at = (at + 1) & mask) {
    size_t from_home = (at - home_of(names, names->slots[at].cell)) & mask;
    if (from_home < ((at - gap) & mask)) continue; /* its home is behind the gap */
    names->slots[gap] = names->slots[at];
    gap = at;
  }
  names->slots[gap].cell = NULL;
}

void sley__name_forget(sley_domain *d, sley_promise *cell)
{
  struct named *slot = slot_of(d->names, cell);
  cell->flags &= (uint16_t)~FLAG_NAMED;
  sley__free(d, slot->text, NAME_BYTES);
  d->names->count--;
  close_gap(d->names, (size_t)(slot - d->names->slots));
}

const char *sley__name_of(const sley_domain *d, const sley_promise *cell)
{
  return cell->flags & FLAG_NAMED ? slot_of(d->names, cell)->text : NULL;
}

void sley__names_release(sley_domain *d)
{
  if (d->names == NULL) return;
  slots_free(d, d->names); /* the texts are freed with the slabs */
  sley__runtime_free(d->runtime, d->names, sizeof(*d->names));
  d->names = NULL;
}

void sley_promise_set_name(sley_promise *p, const char *text)
{
  sley_domain *d = sley__self();
  /* Shared cells stay nameless: the immortal rejection and the unit promise. */
  if (!sley__check(d, p, "sley_promise_set_name") || p == d->unit) return;
  if (text == NULL) {
    if (p->flags & FLAG_NAMED) sley__name_forget(d, p);
    return;
  }
  struct sley__names *names = table(d);
  struct named *slot = names == NULL ? NULL : slot_of(names, p);
  if (slot == NULL) return;
  if (slot->cell == NULL) {
    char *room = sley__alloc(d, NAME_BYTES);
    if (room == NULL) return;
    *slot = (struct named){p, room};
    names->count++;
    p->flags |= FLAG_NAMED;
  }
  size_t length = strnlen(text, NAME_BYTES - 1);
  memcpy(slot->text, text, length);
  slot->text[length] = '\0';
}

const char *sley_promise_name(const sley_promise *p)
{
  sley_domain *d = sley__self();
  return sley__check(d, p, "sley_promise_name") ? sley__name_of(d, p) : NULL;
}
