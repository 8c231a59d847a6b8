/* The end of a domain: pending waits are ended, and what is left is reported and freed. */
#include <stdarg.h>
#include <stdio.h>

#include "promise/scheduler/scheduler.h"

static void site_count_add(void *ctx, const char *site, size_t pending, size_t settled)
{
  (void)site;
  *(size_t *)ctx += pending + settled;
}

static void site_write(void *ctx, const char *site, size_t pending, size_t settled)
{
  const sley_domain *d = ctx;
  fprintf(stderr, "sley: left in domain %s: %zu pending and %zu settled promises made at %s\n",
          d->name, pending, settled, site[0] != '\0' ? site : "an unknown place");
}

/* ---- what the cells that are left own. Their memory goes last, with the domain's pages, because they refer to each
 * other. */

static void nodes_discard(sley_domain *d, node **list)
{
  for (node *n; (n = *list) != NULL;) {
    sley__node_unlink_from(list, n);
    bool is_observer = n->kind != NODE_CELL && n->kind != NODE_ELEMENT &&
                       sley__node_kinds[n->kind]->release != NULL;
    if (is_observer) sley__node_schedule_free(d, n);
  }
}

enum { HELD = 1 << 24 }; /* more counts than a cell has */

/* Until cell_let_go, nothing that a drop function does calls back or ends the cell. */
static void cell_detach(void *ctx, sley_promise *p)
{
  p->refs += HELD;
  p->producers += HELD;
  if (sley__is_settled(p) || p->state == STATE_PENDING) nodes_discard(ctx, &p->callbacks);
  if (p->state == STATE_PENDING || p->state == STATE_REJECTED) nodes_discard(ctx, &p->cancel_nodes);
}

/* Contexts, storage, and values that are not p's outcome. */
static void contexts_release(void *ctx, sley_promise *p)
{
  if ((p->flags & FLAG_LOADED) && sley__kind_of(p)->release != NULL)
    sley__kind_of(p)->release(ctx, p);
  p->flags &= (uint16_t)~FLAG_LOADED;
}

/* From now on cells die as usual. */
static void cell_let_go(void *ctx, sley_promise *p)
{
  (void)ctx;
  if (p->producers < HELD) return; /* made by a drop function */
  p->refs -= HELD;
  p->producers -= HELD;
}

static void outcome_release(void *ctx, sley_promise *p)
{
  (void)ctx;
  p->producers++; /* a walk does not survive the end of the cell where it is */
  if (p->state == STATE_FULFILLED && !(p->flags & FLAG_SHARED)) sley_value_drop(&p->value);
  if (p->state == STATE_REJECTED) {
    sley_error *e = p->error;
    p->error = &sley__canceled;
    sley_error_drop(e);
  }
  p->producers--;
}

/* Frees what has been scheduled so far: true, or false if that is nothing. */
static bool scheduled_release(sley_domain *d)
{
  node *n = d->to_free.nodes;
  storage *s = d->to_free.storages;
  sley_promise *p = d->to_free.cells;
  if (d->to_free.objects != NULL) {
    sley__pending_objects_end(d);
  } else if (n != NULL) {
    d->to_free.nodes = n->next;
    sley__node_kinds[n->kind]->release(d, n);
  } else if (s != NULL) {
    d->to_free.storages = s->next_to_free;
    sley__storage_free(d, s);
  } else if (p != NULL) { /* made by a drop function */
    d->to_free.cells = p->link;
    cell_detach(d, p);
    contexts_release(d, p);
    outcome_release(d, p);
  } else {
    return false;
  }
  return true;
}

/* Runs every drop function that is owed. */
static void left_release(sley_domain *d)
{
  d->freeing = true; /* drop functions only schedule */
  sley__cells_walk(d, cell_detach, d);
  sley__cells_walk(d, contexts_release, d);
  while (scheduled_release(d)) continue;
  sley__cells_walk(d, cell_let_go, NULL);
  sley__cells_walk(d, outcome_release, NULL);
  while (scheduled_release(d)) continue;
}

/* Puts p on a list with one more producer. Links it through marked, which only the cancel search uses otherwise. */
static void unheld_collect(void *ctx, sley_promise *p)
{
  sley_promise **first = ctx;
  bool waits = (p->state == STATE_PENDING || p->state == STATE_PROXY) &&
               sley__kind_of(p)->shape != SHAPE_NONE && !sley__kind_is(p, HAS_STACK);
  if (!waits || p->refs > 0 || p->producers == 0) return;
  p->producers++;
  p->marked = *first;
  *first = p;
}

/* Unlinks every waiter without references from its inputs: nothing will run it any more. This also ends what waits
 * for itself in ways not detected before. */
static void unheld_release(sley_domain *d)
{
  sley_promise *first = NULL;
  if (sley__live(d) > 0) sley__cells_walk(d, unheld_collect, &first);
  for (sley_promise *p = first; p != NULL; p = p->marked) sley__sources_leave(d, p);
  for (sley_promise *p = first, *next; p != NULL; p = next) {
    next = p->marked;
    p->marked = NULL;
    sley__producer_drop(d, p);
  }
  sley__settle_down(d);
}

/* Details that the lines per site lack: names, and handles that were consumed too often. */
static void particular_write(void *ctx, sley_promise *p)
{
  const sley_domain *d = ctx;
  const char *site = p->site[0] != '\0' ? p->site : "an unknown place", *name = sley__name_of(d, p);
  if (name != NULL)
    fprintf(stderr, "sley: left in domain %s: %s promise \"%s\" made at %s\n", d->name,
            sley__is_settled(p) ? "settled" : "pending", name, site);
  if (p->refs > INT32_MAX && !sley__is_immortal(p))
    fprintf(stderr,
            "sley: the promise made at %s was consumed %u more times than it was held, so it could "
            "not be freed: call sley_keep for each further use (SLEY_DEBUG=1 names the call)\n",
            site, (unsigned)-p->refs);
}

/* Reports a rejection that nothing will read any more. */
static void unread_tell(void *ctx, sley_promise *p)
{
  if (p->state != STATE_REJECTED || (p->flags & FLAG_READ) || p->error == &sley__canceled) return;
  p->flags |= FLAG_READ;
  sley__unhandled(ctx, p->error, p->site);
}

/* A pending operation without references or callbacks does not count as left. */
static void forgotten_release(void *ctx, sley_promise *p)
{
  sley_domain *d = ctx;
  const node *own = p->kind == KIND_OPERATION ? &((operation *)(void *)p)->cancel_node : NULL;
  if (own == NULL || p->state != STATE_PENDING || p->refs > 0 || p->callbacks != NULL ||
      p->cancel_nodes != own || own->next != own)
    return;
  p->domain = SLEY__GONE;
  sley__heap_cell_removed(&d->heap);
}

void sley__domain_tell_left(sley_domain *d, const char *format, ...)
{
  char what[256], line[320];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof(what), format, arguments);
  va_end(arguments);
  snprintf(line, sizeof(line), "left in domain %s: %s", d->name, what);
  if (d->report != NULL) d->report(d, line);
  else fprintf(stderr, "sley: %s\n", line);
}

size_t sley__domain_clear(sley_domain *d, sley_report_fn *report, void *ctx)
{
  d->ending = true;
  for (int i = 0; i < SLEY__PARTS; i++)
    if (d->parts[i] != NULL && d->parts[i]->end != NULL) d->parts[i]->end(d);
  sley_abandon_paused();
  sley__settle_down(d);
  unheld_release(d);
  storage *s = d->storage;
  d->storage = NULL;
  sley__storage_drop(d, s);
  sley__free_pending(d);
  sley__cells_walk(d, forgotten_release, d);
  void (*keep)(struct sley__page *) = NULL;
  size_t left = 0;
  sley_report(site_count_add, &left);
  if (left < sley__live(d)) left = (size_t)sley__live(d);
  if (left > 0) {
#ifndef SLEY_SIMULATE /* not in simulation: each seed must see the same memory as when run alone */
    if (d->is_default && sley__uses_malloc(d)) keep = sley__page_keep;
#endif
    sley__cells_walk(d, unread_tell, d);
    if (report != NULL) {
      sley_report(report, ctx);
      sley__cells_walk(d, particular_write, d);
    }
    sley_set_trace(NULL, NULL);
    left_release(d);
  }
  sley__names_release(d);
  sley__slow_stop(d);
  for (int i = 0; i < SLEY__PARTS; i++)
    if (d->parts[i] != NULL && d->parts[i]->release != NULL) d->parts[i]->release(d);
  sley__heap_release(&d->heap, keep);
  return left;
}

void sley__report_write(const sley_domain *d)
{
  union {
    const sley_domain *in;
    void *out;
  } u = {d};
  sley_report(site_write, u.out);
}

size_t sley__domain_end(sley_domain *d)
{
  if (d->finish != NULL) d->finish(d);
  size_t left = sley__domain_clear(d, site_write, d);
  sley_domain_leave(d);
  sley__domain_over(d);
  return left;
}

size_t sley_domain_end(sley_domain *domain)
{
  SLEY__NEEDS(domain);
  sley__refuse_foreign_id(domain->id, "sley_domain_end", "", "a domain");
  sley__refuse_elsewhere(domain->runtime->origin, "domain", domain->name);
  if (domain->spawned)
    sley__abort(
        "sley_domain_end: domain %u (%s) has a thread of its own: end it with "
        "sley_domain_shutdown, and drop the handle with sley_domain_drop",
        (unsigned)domain->number, domain->name);
  if (__atomic_load_n(&domain->ended, __ATOMIC_ACQUIRE))
    sley__abort(
        "sley_domain_end: domain %u (%s) has already ended: drop a kept handle with "
        "sley_domain_drop",
        (unsigned)domain->number, domain->name);
  if (__atomic_load_n(&domain->entered, __ATOMIC_ACQUIRE))
    sley__abort("sley_domain_end: domain %u (%s) is still entered; call sley_domain_leave first",
                (unsigned)domain->number, domain->name);
  sley_domain_enter(domain);
  return sley__domain_end(domain);
}
