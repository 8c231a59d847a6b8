/* The values of several nodes at one point in time, kept for later calls: to be lent in one list, or to be folded. */
#include "promise/react/react_feed.h"

static size_t boxes_bytes(size_t count) { return sizeof(boxes) + count * sizeof(box *); }

void sley__boxes_end(sley_domain *d, void *ptr)
{
  boxes *all = ptr;
  for (size_t i = 0; i < all->count; i++) sley__box_drop(all->at[i]);
  sley__free(d, all, boxes_bytes(all->count));
}

static void boxes_drop(void *ptr) { sley__object_end(sley__self(), ptr, OBJECT_BOXES); }

static const sley_type type_boxes = {
    .size = sizeof(sley_type), .name = "values of several signals", .drop = boxes_drop};

box *sley__boxes_of(const react *n, bool occurring)
{
  size_t count = 0;
  for (size_t i = 0; i < n->count; i++)
    if (!occurring || sley__react_occurs(n->edges[i].source)) count++;
  boxes *all = sley__alloc(sley__self(), boxes_bytes(count));
  if (all == NULL) return NULL;
  all->count = 0;
  for (size_t i = 0; i < n->count; i++) {
    const react *source = n->edges[i].source;
    if (!occurring || sley__react_occurs(source))
      all->at[all->count++] = sley__box_keep(source->box);
  }
  return sley__box_new(sley_own(all, &type_boxes));
}

const boxes *sley__boxes_in(const box *b) { return sley_value_ptr(&b->value, &type_boxes); }

/* ---- a signal of them */

static bool differs(const sley_value *a, const sley_value *b)
{
  (void)a, (void)b;
  return false;
}

static bool update_together(react *n) { return sley__react_becomes(n, sley__boxes_of(n, false)); }

react *sley__signals_together(react *const *sources, size_t n)
{
  react *made = sley__react_new(true, sources, n);
  if (made->failed) return made;
  made->box = sley__boxes_of(made, false);
  if (made->box == NULL) {
    sley__react_drop(made);
    return sley__react_new(true, NULL, SIZE_MAX);
  }
  made->update = update_together;
  made->equal = differs;
  return made;
}

/* ---- calls */

sley_promise *sley__call_list(feed *s, box *b, box *other)
{
  const boxes *all = sley__boxes_in(b);
  sley_domain *d = sley__self();
  sley_list *list = sley__list_new(d, all->count);
  (void)other;
  if (list == NULL) return sley__nomem_promise();
  for (size_t i = 0; i < all->count; i++)
    list->entries[i] = (struct list_entry){all->at[i]->value, NULL};
  list->count = all->count;
  sley__list_lend(list);
  sley_value v = sley_own(list, &sley_type_list);
  struct sley__lent lent;
  sley__react_lend(&lent, &v, &sley__keeper);
  sley_promise *p = s->f.bind(s->ctx, &v);
  sley__react_lend_over(&lent);
  sley__list_lent(d, list);
  return p;
}

/* A fold receives the boxes as values. */
static void box_drop(void *b) { sley__box_drop(b); }
static void *box_dup(void *b) { return sley__box_keep(b); }
static const sley_type type_box = {
    .size = sizeof(sley_type), .name = "value of a signal", .drop = box_drop, .dup = box_dup};

static sley_promise *fold_one(void *ctx, sley_value *accumulator, sley_value *v)
{
  feed *s = ctx;
  box *b = v->ptr;
  struct sley__lent lent;
  sley__react_lend(&lent, &b->value, &sley__several);
  sley_promise *p = s->f.pair(s->ctx, accumulator, &b->value);
  sley__react_lend_over(&lent);
  return p;
}

sley_promise *sley__call_merge(feed *s, box *b, box *other)
{
  const boxes *all = sley__boxes_in(b);
  sley_domain *d = sley__self();
  sley_value start;
  (void)other;
  size_t bytes = (all->count + 1) * sizeof(sley_value);
  sley_value *values = sley__alloc(d, bytes);
  if (values == NULL) return sley__nomem_promise();
  if (sley_value_dup(&s->held->value, &start) != 0) {
    sley__free(d, values, bytes);
    return sley__nomem_promise();
  }
  for (size_t i = 0; i < all->count; i++)
    values[i] = sley_own(sley__box_keep(all->at[i]), &type_box);
  s->refs++; /* the flight can end for want of memory while the walk goes on */
  sley_promise *p =
      sley_values_fold_left_s(values, all->count, start, fold_one, s, sley__feed_drop);
  sley__free(d, values, bytes);
  return p;
}
