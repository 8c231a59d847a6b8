/* Lists of nodes: rings whose heads point to the first. */
#ifndef SLEY_CORE_NODE_H
#define SLEY_CORE_NODE_H

#include "promise/core/kind.h"

static inline void sley__node_unlink_from(node **list, node *n)
{
  if (n->next == n) {
    *list = NULL;
  } else {
    n->next->prev = n->prev;
    n->prev->next = n->next;
    if (*list == n) *list = n->next;
  }
  n->source = NULL;
}
static inline void sley__node_append(node **list, node *n)
{
  if (*list == NULL) {
    n->next = n->prev = n;
    *list = n;
  } else {
    n->next = *list;
    n->prev = (*list)->prev;
    n->prev->next = n;
    (*list)->prev = n;
  }
}
static inline void sley__node_prepend(node **list, node *n)
{
  sley__node_append(list, n);
  *list = n;
}
/* Registers a callback of another cell or observer on a pending promise. */
static inline void sley__node_listen(sley_promise *source, node *n)
{
  n->source = source;
  sley__node_prepend(&source->callbacks, n);
}
static inline void sley__node_listen_cancel(sley_promise *source, node *n)
{
  n->source = source;
  sley__node_prepend(&source->cancel_nodes, n);
}
static inline bool sley__has_callbacks(const sley_promise *p)
{
  return p->callbacks != NULL && p->callbacks->kind != NODE_ATTACH;
}

/* Frees n once no callback of its promise is running. */
static inline void sley__node_schedule_free(sley_domain *d, node *n)
{
  n->next = d->to_free.nodes;
  d->to_free.nodes = n;
  d->untidy = true;
}
/* Discards a node of neither a cell nor a group, which is off its list and will never be called. */
static inline void sley__node_discard(sley_domain *d, node *n)
{
  void (*discard)(sley_domain *, node *) = sley__node_kinds[n->kind]->discard;
  if (discard != NULL) discard(d, n);
}

static inline bool sley__is_alone_on(const node *list, const node *n)
{
  return list == n && n->next == n;
}
/* The cell's own node among its cancel callbacks; NULL: it has none. */
static inline const node *sley__own_cancel_node(const sley_promise *p)
{
  size_t at = sley__kind_of(p)->cancel_node_at;
  return at != 0 ? (const node *)(const void *)((const char *)p + at) : NULL;
}
/* Whether p has no cancel callbacks but its own. */
static inline bool sley__has_no_cancel_callback(const sley_promise *p)
{
  return p->cancel_nodes == NULL || sley__is_alone_on(p->cancel_nodes, sley__own_cancel_node(p));
}
/* The nodes of a cell, by its shape. */
static inline node *sley__inputs_of(const sley_promise *p, uint32_t *count)
{
  union {
    const sley_promise *in;
    void *out;
  } u = {p};
  uint8_t shape = sley__kind_of(p)->shape;
  *count = shape == SHAPE_MANY ? ((group *)u.out)->count : shape == SHAPE_ONE ? 1 : 0;
  if (shape == SHAPE_NONE) return NULL;
  return shape == SHAPE_MANY ? ((group *)u.out)->nodes : &((single *)u.out)->node;
}

#endif
