/* The values of several promises as one value, and the pair of nchoose_split. */
#ifndef SLEY_COMBINE_LIST_VALUE_H
#define SLEY_COMBINE_LIST_VALUE_H

#include "promise/combine/floor.h"
#include "promise/core/core.h"

struct sley_list {
  size_t count;
  size_t capacity; /* 0 with elements: the list lends what somebody else owns */
  struct list_entry {
    sley_value value;
    sley_promise *owner; /* NULL: the list owns value */
  } entries[];
};

/* The value in an entry of a list, wherever it is stored. */
static inline sley_value *sley__entry_value(struct list_entry *entry)
{
  return entry->owner != NULL ? &entry->owner->value : &entry->value;
}

struct sley_split {
  sley_list *values;
  size_t count, capacity;
  sley_promise *pending[];
};

sley_list *sley__list_new(sley_domain *d, size_t capacity);
void sley__list_drop(sley_domain *d, sley_list *list);
/* Makes a list, whose entries are set, lend copies of its values; and frees such a list. */
void sley__list_lend(sley_list *list);
void sley__list_lent(sley_domain *d, sley_list *list);
sley__object_end_fn sley__list_end; /* frees lists scheduled with OBJECT_LIST */
sley_split *sley__split_new(sley_domain *d, size_t capacity);
void sley__split_drop(sley_domain *d, sley_split *split);

#endif
