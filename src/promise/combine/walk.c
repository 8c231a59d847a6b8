/* Walks: see walk.h. */
#include "promise/combine/walk.h"

walk *sley__walk_new(sley_domain *d, const char *site, const walk_type *type, void *ctx)
{
  walk *w = sley__cell_alloc(d, sizeof(walk));
  if (SLEY__UNLIKELY(w == NULL)) return NULL;
  sley__cell_init(d, &w->cell, KIND_WALK, site);
  w->cell.flags = FLAG_LOADED;
  w->node.kind = NODE_CELL;
  w->node.source = NULL;
  w->type = type;
  w->storage = sley__storage_keep(d->storage);
  w->list = NULL;
  w->more = NULL;
  w->at = w->kept = 0;
  w->each = NULL;
  w->ctx = ctx;
  w->result = (struct list_entry){.owner = NULL};
  sley__trace_created(d, &w->cell);
  return w;
}

static void spend(sley_domain *d, walk *w)
{
  if (!(w->cell.flags & FLAG_LOADED)) return;
  w->cell.flags &= (uint16_t)~FLAG_LOADED;
  sley__storage_drop(d, w->storage);
  if (w->type->release != NULL) w->type->release(d, w);
  sley_list *list = w->list;
  w->list = NULL;
  if (list != NULL) sley__list_drop(d, list);
  sley__ref_drop(d, w->result.owner);
  sley_value_drop(&w->result.value);
}

void sley__walk_check(sley_domain *d, const walk *w, sley_promise *q)
{
  sley__returned(q, w->type->function, w->cell.site);
  sley__check(d, q, "a callback's return value");
}

bool sley__truth(const sley_value *v, const char *function)
{
  if (SLEY__UNLIKELY(v->type != NULL))
    sley__abort(
        "the predicate passed to %s returned a value of type %s; return sley_bool(true or false)",
        function, v->type->name);
  return v->u != 0;
}

void sley__walk_settle_result(sley_domain *d, walk *w, sley_promise *p)
{
  struct list_entry result = w->result;
  w->result = (struct list_entry){.owner = NULL};
  sley__settle_value(d, p, result.value);
  if (result.owner == NULL) return;
  p->owner = result.owner;
  p->flags |= FLAG_SHARED;
}

/* ---- going on ---- */

static void over(sley_domain *d, walk *w, sley_promise *rejected, const sley_promise *from)
{
  sley_promise *p = sley__underlying(d, &w->cell);
  bool pending = p->state == STATE_PENDING;
  if (pending) {
    if (rejected != NULL) sley__settle_from(d, p, rejected, 0);
    else w->type->settle(d, w, p);
  }
  spend(d, w);
  if (pending) sley__publish_from(d, p, from);
}

/* Listens to u, which is pending. */
static void wait_for(sley_domain *d, walk *w, sley_promise *u, bool first)
{
  sley_promise *outer = sley__underlying(d, &w->cell);
  if (first) outer->flags |= u->flags & FLAG_DEFERRED_CALL;
  else if (!(u->flags & FLAG_DEFERRED_CALL)) outer->flags &= (uint16_t)~FLAG_DEFERRED_CALL;
  if (!first && sley__waits_for(u, outer)) return; /* it waits for itself */
  w->cell.producers++;
  sley__node_listen(u, &w->node);
  TRACE(d, waits, &w->cell, u);
}

static void wait_in_queue(sley_domain *d, walk *w, sley_promise *u)
{
  sley__underlying(d, &w->cell)->flags |= FLAG_DEFERRED_CALL;
  w->cell.producers++;
  if (!sley__is_immortal(u)) u->refs++;
  sley__queue(d, &w->node, u);
}

static void go_on(sley_domain *d, walk *w, const sley_promise *from, bool first)
{
  for (;;) {
    sley_promise *q = w->type->next(d, w);
    if (q == NULL) {
      over(d, w, NULL, from);
      return;
    }
    sley_promise *u = sley__underlying(d, q);
    bool more = false;
    if (u->state == STATE_PENDING) {
      wait_for(d, w, u, first);
    } else if (SLEY__UNLIKELY(sley__must_queue(d))) {
      wait_in_queue(d, w, u);
    } else if (u->state == STATE_REJECTED) {
      sley__mark_read(u);
      over(d, w, u, from);
    } else {
      more = w->type->got(d, w, u, u == q ? 1 : 0);
      if (!more) over(d, w, NULL, from);
    }
    sley__ref_drop(d, q);
    if (!more) return;
    sley__settle_down(d);
  }
}

sley_promise *sley__walk_start(sley_domain *d, walk *w)
{
  go_on(d, w, NULL, true);
  sley__settle_down(d);
  return &w->cell;
}

static void run(sley_domain *d, node *n, sley_promise *source, uint32_t held)
{
  walk *w = SLEY__CONTAINER(n, walk, node);
  if (source->state == STATE_REJECTED) {
    over(d, w, source, source);
  } else {
    sley__storage_switch(d, w->storage);
    if (w->type->got(d, w, source, held)) go_on(d, w, source, false);
    else over(d, w, NULL, source);
  }
  sley__producer_drop(d, &w->cell);
}

static void release(sley_domain *d, sley_promise *cell) { spend(d, (walk *)(void *)cell); }

const struct sley__kind sley__kind_walk = {.name = "list",
                                           .properties = IS_SINGLE | PASSES_CANCEL | NEEDS_ALL,
                                           .shape = SHAPE_ONE,
                                           .run = run,
                                           .cancel = sley__cancel_input,
                                           .release = release};
