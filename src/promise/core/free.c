/* Freeing what has lost its last reference.
 *
 * Nothing recurses: dying cells and objects go on lists of the domain, which sley__free_pending empties and never
 * nests; so a destructor that drops the next promise or list only lengthens a list.
 *
 * Cells have a link field for this. Other objects are linked through their first word, which their owners no longer
 * need: the address of the next object, with its kind in the low bits, which alignment leaves zero. */
#include "promise/core/core.h"

/* Discards a callback that will never run: the cell that owns the node loses a producer. */
static void node_discard(sley_domain *d, node *n)
{
  switch (n->kind) {
    case NODE_CELL: {
      sley_promise *cell = &SLEY__CONTAINER(n, single, node)->cell;
      void (*orphaned)(sley_domain *, sley_promise *) = sley__kind_of(cell)->orphaned;
      if (orphaned != NULL) orphaned(d, cell);
      else sley__producer_drop(d, cell);
      break;
    }
    case NODE_ELEMENT: {
      group *g = SLEY__CONTAINER(n - n->index, group, nodes);
      sley__producer_drop(d, &g->cell);
      break;
    }
    default: sley__node_discard(d, n); break;
  }
}

static void callbacks_discard(sley_domain *d, sley_promise *p)
{
  while (p->callbacks != NULL) {
    node *n = p->callbacks;
    sley__node_unlink_from(&p->callbacks, n);
    node_discard(d, n);
  }
}

static void outcome_release(sley_domain *d, sley_promise *p)
{
  if (p->state == STATE_FULFILLED) {
    if (p->flags & FLAG_SHARED) {
      sley__ref_drop(d, p->owner);
    } else {
      sley_value_drop(&p->value);
    }
  } else if (p->state == STATE_REJECTED) {
    if (!(p->flags & FLAG_READ) && p->error != &sley__canceled)
      sley__unhandled(d, p->error, p->site);
    sley_error_drop(p->error);
  }
}

static void cell_free_parts(sley_domain *d, sley_promise *p)
{
  sley__leave_if_useless(d, p);
  if (p->refs != 0 || p->producers != 0) {
    if (p->state == STATE_PENDING) p->born = 0; /* link replaced it while p was on the list */
    if (p->producers != 0) return;
    /* Attachments of a settled cell whose operation has ended; all callbacks of an orphan. */
    bool is_orphan = p->state == STATE_PENDING && !sley__is_cancelable_alone(p);
    if (sley__is_settled(p) || is_orphan) callbacks_discard(d, p);
    return;
  }
  /* Destructors can use or drop anything but this cell, to which no handle is left. */
  callbacks_discard(d, p);
  if (p->state == STATE_PENDING || p->state == STATE_REJECTED) {
    while (p->cancel_nodes != NULL) {
      node *n = p->cancel_nodes;
      sley__node_unlink_from(&p->cancel_nodes, n);
      sley__node_discard(d, n);
    }
  }
  outcome_release(d, p);
  if ((p->flags & FLAG_LOADED) && sley__kind_of(p)->release != NULL)
    sley__kind_of(p)->release(d, p);
  if (p->flags & FLAG_NAMED) sley__name_forget(d, p);
  sley__cell_release_slow(d, p);
}

enum { KIND_BITS = 7 };

void sley__object_schedule_free(sley_domain *d, void *memory, unsigned kind)
{
  *(char **)memory = NULL;
  *d->to_free.objects_end = (char *)memory + kind;
  d->to_free.objects_end = memory;
  d->untidy = true;
}

static void pending_object_end(sley_domain *d)
{
  unsigned kind = (uintptr_t)d->to_free.objects & KIND_BITS;
  void *memory = d->to_free.objects - kind;
  d->to_free.objects = *(char **)memory;
  if (d->to_free.objects == NULL) d->to_free.objects_end = &d->to_free.objects;
  sley__object_ends[kind](d, memory);
}

SLEY__NOINLINE void sley__object_end(sley_domain *d, void *memory, unsigned kind)
{
  if (d->freeing) {
    sley__object_schedule_free(d, memory, kind);
    return;
  }
  d->freeing = true;
  sley__object_ends[kind](d, memory);
  d->freeing = false;
  sley__settle_down(d);
}

void sley__pending_objects_end(sley_domain *d)
{
  while (d->to_free.objects != NULL) pending_object_end(d);
}

void sley__free_pending(sley_domain *d)
{
  if (d->freeing) return;
  d->freeing = true;
  d->untidy = false;
  for (;;) {
    if (d->to_free.cells != NULL) {
      sley_promise *p = d->to_free.cells;
      d->to_free.cells = p->link;
      p->flags &= (uint16_t)~FLAG_FREE_SCHEDULED;
      cell_free_parts(d, p);
    } else if (d->to_free.objects != NULL) {
      pending_object_end(d);
    } else if (d->to_free.nodes != NULL) {
      node *n = d->to_free.nodes;
      d->to_free.nodes = n->next;
      sley__node_kinds[n->kind]->release(d, n);
    } else if (d->to_free.storages != NULL) {
      storage *s = d->to_free.storages;
      d->to_free.storages = s->next_to_free;
      sley__storage_free(d, s);
    } else {
      break;
    }
  }
  d->freeing = false;
  d->untidy = d->depth == 0 && d->deferred != NULL;
}
