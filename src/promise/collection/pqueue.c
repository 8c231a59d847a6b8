/* Priority queues: see sley/pqueue.h. The forest is a list of trees of increasing rank. */
#include <sley/pqueue.h>

#include "promise/combine/combine.h"

typedef struct tree {
  struct tree *next;     /* in the forest, or among a tree's children, where ranks decrease */
  struct tree *children; /* rank of them */
  unsigned rank;
  sley_value value;
} tree;

struct sley_pqueue {
  sley_compare_fn *compare;
  void *ctx;
  sley_drop_fn *drop;
  tree *forest;
  size_t size;
};

sley_error *sley_pqueue_new(sley_compare_fn *compare, void *ctx, sley_drop_fn *drop,
                            sley_pqueue **out)
{
  SLEY__NEEDS(compare);
  SLEY__NEEDS(out);
  sley_pqueue *queue = sley__alloc(sley__self(), sizeof(*queue));
  *out = queue;
  if (queue == NULL) {
    if (drop != NULL) drop(ctx);
    return sley_error_nomem();
  }
  *queue = (sley_pqueue){.compare = compare, .ctx = ctx, .drop = drop};
  return NULL;
}

void sley_pqueue_drop(sley_pqueue *queue)
{
  if (queue == NULL) return;
  sley_domain *d = sley__self();
  tree *left = queue->forest;
  while (left != NULL) { /* children go in front of the remaining forest */
    tree *t = left;
    left = t->next;
    for (tree *child = t->children, *next; child != NULL; child = next) {
      next = child->next;
      child->next = left;
      left = child;
    }
    sley_value_drop(&t->value);
    sley__free(d, t, sizeof(*t));
  }
  sley_drop_fn *drop = queue->drop;
  void *ctx = queue->ctx;
  sley__free(d, queue, sizeof(*queue));
  if (drop != NULL) drop(ctx);
  sley__settle_down(d);
}

bool sley_pqueue_is_empty(const sley_pqueue *queue)
{
  SLEY__NEEDS(queue);
  return queue->forest == NULL;
}

size_t sley_pqueue_count(const sley_pqueue *queue)
{
  SLEY__NEEDS(queue);
  return queue->size;
}

static tree *link_trees(const sley_pqueue *queue, tree *a, tree *b)
{
  tree *root = queue->compare(queue->ctx, &a->value, &b->value) <= 0 ? a : b;
  tree *child = root == a ? b : a;
  child->next = root->children;
  root->children = child;
  root->rank++;
  return root;
}

/* Puts t before a forest whose trees have its rank or more. */
static tree *insert(const sley_pqueue *queue, tree *t, tree *forest)
{
  while (forest != NULL && t->rank >= forest->rank) {
    tree *rest = forest->next;
    t = link_trees(queue, t, forest);
    forest = rest;
  }
  t->next = forest;
  return t;
}

/* Recurses at most once per tree of a forest: the logarithm of the number of elements. */
static tree *unite(const sley_pqueue *queue, tree *a, tree *b)
{
  if (a == NULL) return b;
  if (b == NULL) return a;
  if (a->rank < b->rank) {
    a->next = unite(queue, a->next, b);
    return a;
  }
  if (b->rank < a->rank) {
    b->next = unite(queue, a, b->next);
    return b;
  }
  tree *rest = unite(queue, a->next, b->next);
  return insert(queue, link_trees(queue, a, b), rest);
}

int sley_pqueue_add(sley_pqueue *queue, sley_value v)
{
  SLEY__NEEDS(queue);
  tree *t = sley__alloc(sley__self(), sizeof(*t));
  if (t == NULL) {
    sley_value_drop(&v);
    return -SLEY_ENOMEM;
  }
  *t = (tree){.value = v};
  queue->forest = insert(queue, t, queue->forest);
  queue->size++;
  return 0;
}

void sley_pqueue_union(sley_pqueue *queue, sley_pqueue *from)
{
  if (queue == from) return;
  queue->forest = unite(queue, queue->forest, from->forest);
  queue->size += from->size;
  from->forest = NULL;
  from->size = 0;
}

/* The link to the tree with the smallest root: of equal ones the last, as in Lwt. */
static tree **smallest(sley_pqueue *queue)
{
  tree **best = &queue->forest;
  for (tree **place = best; *place != NULL; place = &(*place)->next)
    if (queue->compare(queue->ctx, &(*best)->value, &(*place)->value) >= 0) best = place;
  return best;
}

const sley_value *sley_pqueue_min(const sley_pqueue *queue)
{
  SLEY__NEEDS(queue);
  union {
    const sley_pqueue *in;
    sley_pqueue *out;
  } u = {queue}; /* only read */
  tree *t = *smallest(u.out);
  return t != NULL ? &t->value : NULL;
}

int sley_pqueue_remove_min(sley_pqueue *queue, sley_value *out)
{
  SLEY__NEEDS(queue);
  tree **place = smallest(queue);
  tree *t = *place, *children = NULL;
  if (out != NULL) *out = sley_unit();
  if (t == NULL) return -SLEY_ENOTFOUND;
  *place = t->next;
  for (tree *child = t->children, *next; child != NULL; child = next) {
    next = child->next;
    child->next = children;
    children = child;
  }
  queue->forest = unite(queue, children, queue->forest);
  queue->size--;
  if (out != NULL) *out = t->value;
  else sley_value_drop(&t->value);
  sley__free(sley__self(), t, sizeof(*t));
  return 0;
}
