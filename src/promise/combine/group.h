/* Groups: what join, choose and the like share. A group is a cell with one node for each element. It is decided
 * immediately if elements are already settled, otherwise by the first or last one that settles.
 *
 *   group.c   making, waiting, an element settles      all.c       join, all, both
 *   choose.c  choose, pick and how losers end          nchoose.c   nchoose, npick, nchoose_split */
#ifndef SLEY_COMBINE_GROUP_H
#define SLEY_COMBINE_GROUP_H

#include "promise/combine/guard.h"
#include "promise/combine/list_value.h"

/* ---- group.c */
/* Returns whether all promises are pending; aborts if one of them cannot be used here. */
bool sley__group_check(sley_domain *d, const char *site, sley_promise *const *ps, size_t n,
                       const char *function);
void sley__group_drop_all(sley_domain *d, sley_promise *const *ps, size_t n);
/* The rejection of choosing among no promises. */
sley_promise *sley__group_of_none(const char *site, const char *function);
/* A group with uninitialized nodes; NULL: out of memory. */
group *sley__group_new(sley_domain *d, const char *site, int kind, size_t n);
/* Makes the group (NULL: out of memory) wait for ps, all pending. Consumes ps. */
sley_promise *sley__group_pending(sley_domain *d, group *g, sley_promise *const *ps, size_t n);
/* Takes all nodes off their lists. */
void sley__group_unlink(sley_domain *d, group *g);

/* Functions of struct sley__kind that the kinds of groups share. */
sley_promise *sley__group_cancel(sley_domain *d, sley_promise *p, sley_promise *how,
                                 group **groups);
size_t sley__group_bytes(const sley_promise *cell);
void sley__group_release(sley_domain *d, sley_promise *cell);
bool sley__group_is_useless(const sley_domain *d, sley_promise *cell);
bool sley__pick_is_useless(const sley_domain *d, sley_promise *cell);
void sley__pick_step(sley_domain *d, sley_promise *frame);
#define GROUP_KIND                                                               \
  .shape = SHAPE_MANY, .cancel = sley__group_cancel, .bytes = sley__group_bytes, \
  .release = sley__group_release
static inline group *sley__group_of(node *n) { return SLEY__CONTAINER(n - n->index, group, nodes); }

/* ---- choose.c, nchoose.c */
/* Settles the group with what it has collected, or with its error. */
void sley__nchoose_settle(sley_domain *d, group *g, const sley_promise *from);
/* Cancels the losers of a pick, on a frame of its own: see sley__pick_step. */
void sley__pick_begin(sley_domain *d, group *g);
/* Cancels one operand immediately. */
void sley__element_cancel(sley_domain *d, sley_promise *p);

/* sley_join for endings that must all be done: errors after the first are reported. */
sley_promise *sley__join_of_ends(const char *site, sley_promise *const *ps, size_t n);

/* Every node of a group is initialized by one of these two functions. */
static inline void sley__element_idle(group *g, uint32_t i)
{
  g->nodes[i].kind = NODE_ELEMENT;
  g->nodes[i].index = i;
  g->nodes[i].source = NULL;
}

static inline void sley__element_listen(sley_domain *d, group *g, uint32_t i, sley_promise *source)
{
  g->cell.producers++;
  g->nodes[i].kind = NODE_ELEMENT;
  g->nodes[i].index = i;
  sley__node_listen(source, &g->nodes[i]);
  TRACE(d, waits, &g->cell, source);
  (void)d;
}

/* For a group that is decided immediately: marks u, underlying, as listened to. */
static inline void sley__mark_operand(sley_promise *u)
{
  if (u->state == STATE_PENDING || (u->state == STATE_REJECTED && !sley__is_immortal(u)))
    u->flags |= FLAG_READ;
}

static inline void sley__list_put(sley_list *list, size_t at, sley_promise *source, uint32_t held)
{
  struct list_entry *entry = &list->entries[at];
  if (SLEY__LIKELY(sley__is_scalar(source))) {
    sley__value_put(&entry->value, &source->value);
    entry->owner = NULL;
  } else {
    sley__value_share(source, held, &entry->value, &entry->owner);
  }
}

#endif
