/* Intrusive lists: members hold their own links, so nothing here allocates.
 *
 * struct sley__dlist is the doubly linked list with a sentinel; the same struct is the list and a member's place on
 * it. SLEY__CONTAINER returns the member. A removed place has next NULL, so a member can tell that it is on no list;
 * nor is a zeroed place.
 *
 * SLEY__LIST_... is for lists whose head is one pointer, SLEY__FIFO_... for singly linked queues with a pointer to
 * where the next item goes. */
#ifndef SLEY_BASE_LIST_H
#define SLEY_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct sley__dlist {
  struct sley__dlist *next, *prev;
};

static inline void sley__dlist_init(struct sley__dlist *list) { list->next = list->prev = list; }

static inline bool sley__dlist_is_empty(const struct sley__dlist *list)
{
  return list->next == list;
}

/* Whether place is on a list. */
static inline bool sley__dlist_is_on(const struct sley__dlist *place)
{
  return place->next != NULL;
}

/* Inserts place before another one; before the sentinel means at the end. */
static inline void sley__dlist_insert(struct sley__dlist *before, struct sley__dlist *place)
{
  place->next = before;
  place->prev = before->prev;
  before->prev->next = place;
  before->prev = place;
}

static inline void sley__dlist_append(struct sley__dlist *list, struct sley__dlist *place)
{
  sley__dlist_insert(list, place);
}

static inline void sley__dlist_prepend(struct sley__dlist *list, struct sley__dlist *place)
{
  sley__dlist_insert(list->next, place);
}

/* Takes place out but keeps its own links, so that an iterator standing on it can continue. */
static inline void sley__dlist_bypass(const struct sley__dlist *place)
{
  place->prev->next = place->next;
  /* The links of a member are never NULL. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
  place->next->prev = place->prev;
}

/* Removes place, which must be on a list. */
static inline void sley__dlist_remove(struct sley__dlist *place)
{
  sley__dlist_bypass(place);
  place->next = NULL;
}

/* Removes place if it is on a list. */
static inline void sley__dlist_leave(struct sley__dlist *place)
{
  if (sley__dlist_is_on(place)) sley__dlist_remove(place);
}

/* Removes and returns the first place; NULL if the list is empty. */
static inline struct sley__dlist *sley__dlist_pop(struct sley__dlist *list)
{
  struct sley__dlist *first = list->next;
  if (first == list) return NULL;
  /* Members leave before they are freed. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
  sley__dlist_remove(first);
  return first;
}

/* Moves all members of from, in order, to before `before`, a place on another list or its sentinel. */
static inline void sley__dlist_splice(struct sley__dlist *before, struct sley__dlist *from)
{
  if (sley__dlist_is_empty(from)) return;
  struct sley__dlist *first = from->next, *last = from->prev;
  first->prev = before->prev;
  before->prev->next = first;
  last->next = before;
  before->prev = last;
  sley__dlist_init(from);
}

/* Moves all members of from to the uninitialized list to. */
static inline void sley__dlist_move(struct sley__dlist *to, struct sley__dlist *from)
{
  sley__dlist_init(to);
  sley__dlist_splice(to, from);
}

/* Lists whose head points to the first item (NULL if empty), and whose items have next and place: the pointer that
 * points to the item. So an item can be removed without the head. */
#define SLEY__LIST_PREPEND(first, item, next, place) \
  ((item)->next = (first), (item)->place = &(first), \
   (first) != NULL ? (void)((first)->place = &(item)->next) : (void)0, (first) = (item))
#define SLEY__LIST_REMOVE(item, next, place) \
  (*(item)->place = (item)->next,            \
   (item)->next != NULL ? (void)((item)->next->place = (item)->place) : (void)0)

/* first: the queue's first item or NULL; end: points to first, or to the last item's next, where the next item goes. */
#define SLEY__FIFO_APPEND(end, item, next) (*(end) = (item), (end) = &(item)->next)
#define SLEY__FIFO_POP(first, end, next) \
  ((first) = (first)->next, (first) == NULL ? (void)((end) = &(first)) : (void)0)

#endif
