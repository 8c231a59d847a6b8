/* The values of several promises as one value, and nchoose_split's pair. */
#include "promise/combine/combine.h"

static size_t list_bytes(size_t capacity)
{
  return sizeof(sley_list) + capacity * sizeof(struct list_entry);
}

sley_list *sley__list_new(sley_domain *d, size_t capacity)
{
  if (capacity > SIZE_MAX / 64) return NULL;
  sley_list *list = sley__alloc(d, list_bytes(capacity));
  if (list == NULL) return NULL;
  list->count = 0;
  list->capacity = capacity;
  return list;
}

sley_list *sley__list_of(sley_domain *d, sley_value *values, size_t n)
{
  sley_list *list = sley__list_new(d, n);
  if (list == NULL) return NULL;
  for (; list->count < n; list->count++) {
    list->entries[list->count] = (struct list_entry){.value = values[list->count]};
    values[list->count] = sley_unit();
  }
  return list;
}

void sley__list_lend(sley_list *list) { list->capacity = 0; }

static bool is_lending(const sley_list *list) { return list->count > list->capacity; }

void sley__list_lent(sley_domain *d, sley_list *list)
{
  sley__free(d, list, list_bytes(list->count));
}

void sley__list_end(sley_domain *d, void *dead)
{
  sley_list *list = dead;
  list->count = list->capacity;
  sley__list_drop(d, list);
}

void sley__list_drop(sley_domain *d, sley_list *list)
{
  for (size_t i = 0; i < list->count; i++) {
    sley__ref_drop(d, list->entries[i].owner);
    sley_value_drop(&list->entries[i].value);
  }
  sley__free(d, list, list_bytes(list->capacity));
}

/* Frees the list, whose entries from at on may own further objects, through the list of objects to free. That
 * overwrites count, the first word, so first make all of the capacity valid entries. */
static SLEY__NOINLINE void list_lose_rest(sley_domain *d, sley_list *list, size_t at)
{
  for (size_t i = 0; i < at; i++) list->entries[i].owner = NULL;
  while (list->count < list->capacity)
    list->entries[list->count++] = (struct list_entry){.value = sley_unit()};
  sley__object_end(d, list, OBJECT_LIST);
}

static void list_lose(sley_domain *d, sley_list *list)
{
  for (size_t i = 0; i < list->count; i++) {
    struct list_entry *entry = &list->entries[i];
    if (SLEY__LIKELY(entry->owner == NULL && entry->value.type == NULL)) continue;
    if (!sley__is_leaf(&entry->value)) {
      list_lose_rest(d, list, i);
      return;
    }
    sley__ref_drop(d, entry->owner);
    if (entry->value.type != NULL) sley_value_drop(&entry->value);
  }
  sley__free(d, list, list_bytes(list->capacity));
}

static void list_value_drop(void *ptr)
{
  sley_domain *d = sley__self();
  list_lose(d, ptr);
  sley__settle_down(d);
}

const sley_type sley_type_list = {
    .size = sizeof(sley_type), .name = "sley_list", .drop = list_value_drop};

sley_list *sley_list_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_list);
}

bool sley_list_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_list); }

size_t sley_list_count(const sley_list *list)
{
  SLEY__NEEDS(list);
  return list->count;
}

static inline void list_check(const char *function, const char *site, const sley_list *list,
                              size_t index)
{
  if (SLEY__UNLIKELY(index >= list->count))
    sley__abort(
        "%s%s%s was asked for element %zu of %zu: elements are counted from 0; sley_list_count "
        "returns their number",
        function, site[0] != '\0' ? " at " : "", site, index, list->count);
}

const sley_value *sley_list_item_at(const char *site, const sley_list *list, size_t index)
{
  SLEY__NEEDS_AT(site, list);
  list_check("sley_list_item", site, list, index);
  const struct list_entry *entry = &list->entries[index];
  return entry->owner != NULL ? &entry->owner->value : &entry->value;
}

/* Copies an element that stays with its owner. */
static int lent_item_copy(const sley_value *v, size_t index, sley_value *out)
{
  if (v->type != NULL && v->type != &sley_type_moved && v->type->dup == NULL)
    sley__abort(
        "sley_list_take_item was asked for element %zu, of type %s, which stays with its signal "
        "and cannot be copied: give the type a dup, or read the element with sley_list_item",
        index, v->type->name);
  *out = sley_unit();
  return v->type == &sley_type_moved ? -SLEY_EMOVED : sley_value_dup(v, out);
}

static bool is_list_in(const sley_value *v, const sley_list *list)
{
  if (v->type == &sley_type_list) return v->ptr == list;
  return v->type == &sley_type_split && ((const sley_split *)v->ptr)->values == list;
}

/* Whether the list is lent to a callback and has another reader, to whom its elements belong as well. */
static bool is_shared(const sley_list *list)
{
  for (const struct sley__lent *lent = sley__current->lent; lent != NULL; lent = lent->outer)
    if (lent->value != NULL && is_list_in(lent->value, list)) return sley__has_other_readers(lent);
  return false;
}

static int own_item_take(const sley_list *list, sley_value *v, sley_value *out)
{
  bool is_plain = v->type == NULL || v->type == &sley_type_moved;
  return !is_plain && is_shared(list) ? sley__take_shared(v, out) : sley_take(v, out);
}

int sley_list_take_item(sley_list *list, size_t index, sley_value *out)
{
  SLEY__NEEDS(list);
  SLEY__NEEDS(out);
  list_check("sley_list_take_item", "", list, index);
  struct list_entry *entry = &list->entries[index];
  if (is_lending(list)) return lent_item_copy(&entry->value, index, out);
  if (entry->owner == NULL) return own_item_take(list, &entry->value, out);
  struct sley__lent lent = {&entry->owner->value, entry->owner, 1, NULL};
  sley_domain *d = sley__self();
  lent.outer = d->lent;
  d->lent = &lent;
  int code = sley_take(lent.value, out);
  d->lent = lent.outer;
  return code;
}

int sley_list_take_all(sley_list *list, sley_value *values)
{
  SLEY__NEEDS(list);
  if (list->count > 0) SLEY__NEEDS(values);
  for (size_t i = 0; i < list->count; i++) {
    int code = sley_list_take_item(list, i, &values[i]);
    if (code == 0) continue;
    while (i > 0) sley_value_drop(&values[--i]);
    return code;
  }
  return 0;
}

static size_t split_bytes(size_t capacity)
{
  return sizeof(sley_split) + capacity * sizeof(sley_promise *);
}

sley_split *sley__split_new(sley_domain *d, size_t capacity)
{
  sley_split *split = sley__alloc(d, split_bytes(capacity));
  if (split == NULL) return NULL;
  split->values = sley__list_new(d, capacity);
  split->count = 0;
  split->capacity = capacity;
  if (split->values != NULL) return split;
  sley__free(d, split, split_bytes(capacity));
  return NULL;
}

void sley__split_drop(sley_domain *d, sley_split *split)
{
  list_lose(d, split->values);
  for (size_t i = 0; i < split->count; i++) sley__ref_drop(d, split->pending[i]);
  sley__free(d, split, split_bytes(split->capacity));
}

static void split_value_drop(void *ptr)
{
  sley_domain *d = sley__self();
  sley__split_drop(d, ptr);
  sley__settle_down(d);
}

const sley_type sley_type_split = {
    .size = sizeof(sley_type), .name = "sley_split", .drop = split_value_drop};

sley_split *sley_split_in_at(const char *site, const sley_value *v)
{
  return sley_value_ptr_at(site, v, &sley_type_split);
}

bool sley_split_is_in(const sley_value *v) { return sley__value_is(v, &sley_type_split); }

sley_list *sley_split_values(const sley_split *split)
{
  SLEY__NEEDS(split);
  return split->values;
}

size_t sley_split_pending_count(const sley_split *split)
{
  SLEY__NEEDS(split);
  return split->count;
}

sley_promise *sley_split_pending(const sley_split *split, size_t index)
{
  SLEY__NEEDS(split);
  if (index >= split->count)
    sley__abort(
        "sley_split_pending was asked for pending promise %zu of %zu: promises are counted from 0; "
        "sley_split_pending_count returns their number",
        index, split->count);
  return split->pending[index];
}
