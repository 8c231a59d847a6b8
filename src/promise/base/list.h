/* Intrusive lists: whatever is on a list holds its own links, so nothing here allocates.
 *
 * struct sley__dlist is the doubly linked list with a sentinel; the same struct is the list and the place of
 * a member on it. SLEY__CONTAINER gives the member. A place that was removed has next NULL, which is how a
 * member knows that it is on no list; a place in zeroed memory is on none either.
 *
 * SLEY__LIST_... is for lists whose head is one pointer, SLEY__FIFO_... for singly linked queues that know
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

/* Puts place in front of another one, or of the sentinel: at the end. */
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

/* Takes place out, and leaves its own links as they are: an iterator that stands on it finds its way on. */
static inline void sley__dlist_bypass(const struct sley__dlist *place)
{
  place->prev->next = place->next;
  place->next->prev = place->prev;
}

/* Takes place, which is on a list, off it. */
static inline void sley__dlist_remove(struct sley__dlist *place)
{
  sley__dlist_bypass(place);
  place->next = NULL;
}

/* The same where place may be on no list. */
static inline void sley__dlist_leave(struct sley__dlist *place)
{
  if (sley__dlist_is_on(place)) sley__dlist_remove(place);
}

/* Takes the first place off the list; NULL where the list is empty. */
static inline struct sley__dlist *sley__dlist_pop(struct sley__dlist *list)
{
  struct sley__dlist *first = list->next;
  if (first == list) return NULL;
  sley__dlist_remove(first);
  return first;
}

/* Moves all members of from, in order, in front of before, which is on another list or is its sentinel. */
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

/* Moves all members of from to a list that is made here. */
static inline void sley__dlist_move(struct sley__dlist *to, struct sley__dlist *from)
{
  sley__dlist_init(to);
  sley__dlist_splice(to, from);
}

/* Lists whose head is a pointer to the first item, NULL where empty, and whose items have next and place: the
 * pointer that points to the item. An item leaves without the head. */
#define SLEY__LIST_PREPEND(first, item, next, place) \
  ((item)->next = (first), (item)->place = &(first), \
   (first) != NULL ? (void)((first)->place = &(item)->next) : (void)0, (first) = (item))
#define SLEY__LIST_REMOVE(item, next, place) \
  (*(item)->place = (item)->next,            \
   (item)->next != NULL ? (void)((item)->next->place = (item)->place) : (void)0)

/* first: the queue's first item or NULL; end: points to first, or to the next pointer of the last item, where the
 * next item goes. */
#define SLEY__FIFO_APPEND(end, item, next) (*(end) = (item), (end) = &(item)->next)
#define SLEY__FIFO_POP(first, end, next) \
  ((first) = (first)->next, (first) == NULL ? (void)((end) = &(first)) : (void)0)

#endif
