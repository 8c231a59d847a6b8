/* Groups: what join, choose and their like share. A group is a cell with one node for each element. Decided at once
 * where elements are settled, otherwise by the first or last that settles.
 *
 *   group.c   making, waiting, an element settles      all.c       join, all, both
 *   choose.c  choose, pick and how losers end          nchoose.c   nchoose, npick, nchoose_split */
#ifndef SLEY_COMBINE_GROUP_H
#define SLEY_COMBINE_GROUP_H

#include "promise/combine/guard.h"
#include "promise/combine/list_value.h"

/* ---- group.c */
/* Aborts where one of ps cannot be used here. Whether all are pending. */
bool sley__group_check(sley_domain *d, const char *site, sley_promise *const *ps, size_t n,
                       const char *function);
void sley__group_drop_all(sley_domain *d, sley_promise *const *ps, size_t n);
/* The rejection of choosing among no promises. */
sley_promise *sley__group_of_none(const char *site, const char *function);
/* A group whose nodes are yet to be started; NULL: out of memory. */
group *sley__group_new(sley_domain *d, const char *site, int kind, size_t n);
/* Lets a group (NULL: out of memory) wait for ps, all pending, which it consumes. */
sley_promise *sley__group_pending(sley_domain *d, group *g, sley_promise *const *ps, size_t n);
/* Takes all nodes off the lists they are on. */
void sley__group_unlink(sley_domain *d, group *g);

/* What the kinds of groups share, as in struct sley__kind. */
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
/* Gives the group what it has collected, or its error. */
void sley__nchoose_settle(sley_domain *d, group *g, const sley_promise *from);
/* The losers of a pick are canceled on a frame of its own: see sley__pick_step. */
void sley__pick_begin(sley_domain *d, group *g);
/* Cancels one operand, here and now. */
void sley__element_cancel(sley_domain *d, sley_promise *p);

/* sley_join of what must all be done at an end: errors after the first are not lost. */
sley_promise *sley__join_of_ends(const char *site, sley_promise *const *ps, size_t n);

/* Every node of a group goes through one of these two before anything else is done with it. */
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

/* Of a group that is decided at once: what becomes of u, underlying, has been listened to. */
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
