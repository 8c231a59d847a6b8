/* Taking the dead apart.
 *
 * Nothing recurses: what dies is put on one of the domain's dead lists and taken apart by sley__bury, which
 * never nests, so a destructor that drops the next promise or list only lengthens a list.
 *
 * Cells have a link for that. Of other objects the first word links them, which their owners no longer need:
 * the address of the next with its kind in the low bits, which alignment leaves zero. */
#include "promise/combine/walk.h"

/* A callback that will never run: whoever owns the node loses a maker. */
static void node_discard(sley_domain *d, node *n)
{
  switch (n->kind) {
    case NODE_CELL: {
      single *s = SLEY__CONTAINER(n, single, node);
      if (s->cell.kind == KIND_FIBER) sley__fiber_abandon(d, s);
      else maker_drop(d, &s->cell);
      break;
    }
    case NODE_ELEMENT: {
      group *g = SLEY__CONTAINER(n - n->index, group, nodes);
      maker_drop(d, &g->cell);
      break;
    }
    default: doom_node(d, n); break;
  }
}

static void callbacks_discard(sley_domain *d, sley_promise *p)
{
  while (p->callbacks != NULL) {
    node *n = p->callbacks;
    node_unlink_from(&p->callbacks, n);
    node_discard(d, n);
  }
}

static void cancel_node_forget(node *n)
{
  if (n->source != NULL) node_unlink_from(&n->source->cancel_nodes, n);
}

static void parts_release(sley_domain *d, sley_promise *p)
{
  switch (p->kind) {
    case KIND_BIND:
    case KIND_MAP:
    case KIND_CATCH:
    case KIND_TRY_BIND:
    case KIND_FINALIZE:
    case KIND_RESTORE: {
      single *s = (single *)(void *)p;
      storage_drop(d, s->storage);
      if (p->kind == KIND_RESTORE) ref_drop(d, s->f.body);
      else if (s->drop != NULL) s->drop(s->ctx);
      break;
    }
    case KIND_PROTECTED:
    case KIND_NO_CANCEL:
    case KIND_WRAP: {
      guard *g = (guard *)(void *)p;
      cancel_node_forget(&g->cancel_node);
      storage_drop(d, g->storage);
      break;
    }
    case KIND_READ: sley__read_release(d, p); break;
    case KIND_WALK: sley__walk_release(d, (walk *)(void *)p); break;
    case KIND_OPERATION: cancel_node_forget(&((operation *)(void *)p)->cancel_node); break;
    case KIND_FIBER:
    case KIND_PLAIN:
    case KIND_TASK:
    case KIND_PAUSE: break;
    default: {
      group *g = (group *)(void *)p;
      ref_drop(d, g->winner);
      sley_error_drop(g->error);
      if (g->list != NULL) sley__list_drop(d, g->list);
      if (g->split != NULL) sley__split_drop(d, g->split);
      storage_drop(d, g->storage);
      break;
    }
  }
}

static void outcome_release(sley_domain *d, sley_promise *p)
{
  if (p->state == STATE_FULFILLED) {
    if (p->flags & FLAG_SHARED) {
      ref_drop(d, p->owner);
    } else {
      sley_value_drop(&p->value);
    }
  } else if (p->state == STATE_REJECTED) {
    if (!(p->flags & FLAG_READ) && p->error != &sley__canceled)
      sley__unhandled(d, p->error, p->site);
    sley_error_drop(p->error);
  }
}

static void cell_bury(sley_domain *d, sley_promise *p)
{
  sley__leave_if_useless(d, p);
  if (p->refs != 0 || p->makers != 0) {
    if (p->state == STATE_PENDING) p->born = 0; /* the dead list took its place */
    if (p->makers != 0) return;
    /* Attachments of a settled cell whose operation is over; everything of an orphan. */
    bool is_orphan = p->state == STATE_PENDING && !sley__is_cancelable_alone(p);
    if (is_settled(p) || is_orphan) callbacks_discard(d, p);
    return;
  }
  /* Destructors may look at or drop anything but this cell, which nobody can name any more. */
  callbacks_discard(d, p);
  if (p->state == STATE_PENDING || p->state == STATE_REJECTED) {
    while (p->cancel_nodes != NULL) {
      node *n = p->cancel_nodes;
      node_unlink_from(&p->cancel_nodes, n);
      if (n->kind == NODE_ON_CANCEL) doom_node(d, n);
    }
  }
  outcome_release(d, p);
  if (p->flags & FLAG_LOADED) parts_release(d, p);
  if (p->flags & FLAG_NAMED) sley__name_forget(d, p);
  sley__cell_release_slow(d, p);
}

enum { KIND_BITS = 7 };

void sley__dead_object(sley_domain *d, void *object, unsigned kind)
{
  *(char **)object = NULL;
  *d->dead_objects_end = (char *)object + kind;
  d->dead_objects_end = object;
  d->untidy = true;
}

static void end_now(sley_domain *d, void *object, unsigned kind)
{
  switch (kind) {
    case DEAD_LIST: sley__list_end(d, object); break;
    case DEAD_RESULT: sley__result_end(d, object); break;
    case DEAD_CONS: sley__cons_end(d, object); break;
    case DEAD_REACT: sley__react_end(object); break;
    default: sley__boxes_end(d, object); break;
  }
}

static void dead_object_end(sley_domain *d)
{
  unsigned kind = (uintptr_t)d->dead_objects & KIND_BITS;
  void *object = d->dead_objects - kind;
  d->dead_objects = *(char **)object;
  if (d->dead_objects == NULL) d->dead_objects_end = &d->dead_objects;
  end_now(d, object, kind);
}

SLEY__NOINLINE void sley__object_end(sley_domain *d, void *object, unsigned kind)
{
  if (d->burying) {
    sley__dead_object(d, object, kind);
    return;
  }
  d->burying = true;
  end_now(d, object, kind);
  d->burying = false;
  sley__settle_down(d);
}

void sley__dead_objects_end(sley_domain *d)
{
  while (d->dead_objects != NULL) dead_object_end(d);
}

void sley__bury(sley_domain *d)
{
  if (d->burying) return;
  d->burying = true;
  d->untidy = false;
  for (;;) {
    if (d->dead != NULL) {
      sley_promise *p = d->dead;
      d->dead = p->link;
      p->flags &= (uint16_t)~FLAG_DOOMED;
      cell_bury(d, p);
    } else if (d->dead_objects != NULL) {
      dead_object_end(d);
    } else if (d->dead_nodes != NULL) {
      node *n = d->dead_nodes;
      d->dead_nodes = n->next;
      sley__observer_free(d, (observer *)(void *)n);
    } else if (d->dead_storage != NULL) {
      storage *s = d->dead_storage;
      d->dead_storage = s->next_dead;
      sley__storage_free(d, s);
    } else {
      break;
    }
  }
  d->burying = false;
  d->untidy = d->depth == 0 && d->deferred != NULL;
}
