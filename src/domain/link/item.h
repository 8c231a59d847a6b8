/* What travels through a domain's inbox: links of new peers, posts of foreign threads, tickets, shutdown requests
 * and their answers. Each begins with an item; its kind is defined with the object that contains it. */
#ifndef SLEY_DOMAIN_ITEM_H
#define SLEY_DOMAIN_ITEM_H

#include <stdbool.h>

#include "queue/queue_floor.h"

typedef struct sley__seat seat;
typedef struct item item;

typedef struct item_kind {
  void (*deliver)(seat *here, item *i); /* in a turn of the receiver; consumes i */
  void (*lose)(item *i);                /* any thread, once the receiver has finished; consumes i */
  /* Foreign posts, and items that must not overtake them, are a source of their own, so that a new link or an answer
   * does not wait behind all of them. */
  bool is_behind_posts;
  bool is_behind_rings; /* then delivered after what the rings hold at that moment has been read */
  bool is_delivered_at_end; /* also if it is found only after the receiver is gone */
} item_kind;

struct item {
  struct sley__inbox_node node; /* first */
  const item_kind *kind;
};

static inline item *sley__item_of(struct sley__inbox_node *node) { return (item *)(void *)node; }

#endif
