/* How long cells live: references, producers, proxies, and freeing. */
#ifndef SLEY_CORE_LIFE_H
#define SLEY_CORE_LIFE_H

#include "promise/core/alloc.h"
#include "promise/core/floor.h"
#include "promise/core/node.h"

/* Initializes only the fields that are read before they are written; link and snapshot are not. For a settled cell,
 * whose outcome the caller writes. */
static inline void sley__cell_init_settled(sley_domain *d, sley_promise *p, int kind, int state,
                                           const char *site)
{
  p->refs = 1;
  p->producers = 0;
  p->domain = d->id;
  p->state = (uint8_t)state;
  p->kind = (uint8_t)kind;
  p->flags = 0;
  p->callbacks = NULL;
  p->site = site;
}
static inline void sley__cell_init(sley_domain *d, sley_promise *p, int kind, const char *site)
{
  sley__cell_init_settled(d, p, kind, STATE_PENDING, site);
  p->delegate = NULL;
  p->cancel_nodes = NULL;
  p->born = (uintptr_t)d->turn;
}
static inline bool sley__is_immortal(const sley_promise *p) { return p->domain == SLEY__IMMORTAL; }
/* Adds a reference for the library's own use. */
static inline void sley__ref_keep(sley_promise *p)
{
  if (SLEY__LIKELY(!sley__is_immortal(p))) p->refs++;
}
size_t sley__cell_bytes(const sley_promise *p);

/* Fulfilled with a scalar of its own, like most outcomes. */
static inline bool sley__is_scalar(const sley_promise *p)
{
  return p->state == STATE_FULFILLED && !(p->flags & FLAG_SHARED) && p->value.type == NULL;
}
/* Flags of what p owns or is besides an outcome in memory of its kind's usual size. */
enum {
  FLAGS_MORE = FLAG_LOADED | FLAG_SHARED | FLAG_FREE_SCHEDULED | FLAG_FRAME | FLAG_RESERVE |
               FLAG_SIZED | FLAG_NAMED
};
/* Whether p, when it dies, owns nothing but its memory, of its kind's usual size. */
static inline bool sley__is_bare(const sley_promise *p)
{
  return p->state == STATE_FULFILLED && !(p->flags & FLAGS_MORE) && p->value.type == NULL &&
         p->callbacks == NULL;
}
static inline bool sley__is_quietly_canceled(const sley_promise *p)
{
  return p->state == STATE_REJECTED && !(p->flags & FLAGS_MORE) && p->error == &sley__canceled &&
         p->cancel_nodes == NULL && p->callbacks == NULL;
}
void sley__cell_release_slow(sley_domain *d, sley_promise *p);
/* Frees the memory of a bare cell. */
static inline void sley__cell_release(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(d->heap.watched)) sley__cell_release_slow(d, p);
  else sley__heap_cell_push(&d->heap, p, sley__kind_slots[p->kind]);
}
void sley__schedule_free(sley_domain *d, sley_promise *p);
void sley__ref_gone(sley_domain *d, sley_promise *p); /* called after the last reference went */
void sley__producer_gone(sley_domain *d, sley_promise *p); /* called after the last producer went */
static inline void sley__ref_drop(sley_domain *d, sley_promise *p)
{
  if (p != NULL && !sley__is_immortal(p) && --p->refs == 0 &&
      (p->producers == 0 || p->state == STATE_PROXY || (p->flags & FLAG_FOLLOWS) ||
       sley__may_be_unheld(p)))
    sley__ref_gone(d, p);
}
/* Like sley__ref_drop; faster if p is settled and dies. */
static inline void sley__ref_drop_settled(sley_domain *d, sley_promise *p)
{
  if (SLEY__LIKELY(p->refs == 1 && p->producers == 0 && sley__is_bare(p))) sley__cell_release(d, p);
  else sley__ref_drop(d, p);
}
static inline void sley__producer_drop(sley_domain *d, sley_promise *p)
{
  if (--p->producers == 0) sley__producer_gone(d, p);
}
/* Like sley__producer_drop; faster if p is settled. p dies if it has no references. */
static inline void sley__producer_drop_settled(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(p->producers != 1 || !sley__is_bare(p))) sley__producer_drop(d, p);
  else if (p->refs != 0) p->producers = 0;
  else sley__cell_release(d, p);
}
/* free.c */
void sley__free_pending(sley_domain *d);
/* For an object that owns values and has lost its last owner: sley__free_pending drops the values and frees it. A drop
 * called from another drop thus lengthens a list instead of the stack. Overwrites the object's first word. */
void sley__object_schedule_free(sley_domain *d, void *memory, unsigned kind);
/* Like sley__object_schedule_free, but unless a freeing is under way, frees the object and what it released now. */
void sley__object_end(sley_domain *d, void *memory, unsigned kind);
/* When a domain ends: frees all objects that are still scheduled. */
void sley__pending_objects_end(sley_domain *d);
/* life.c */
/* Unlinks p from its inputs if it is a guard or group that has become useless. */
void sley__leave_if_useless(sley_domain *d, sley_promise *p);
sley_promise *sley__underlying_slow(sley_domain *d, sley_promise *p);
static inline sley_promise *sley__underlying(sley_domain *d, sley_promise *p)
{
  return SLEY__LIKELY(p->state != STATE_PROXY) ? p : sley__underlying_slow(d, p);
}
/* The cell through which p is canceled: p itself or what it follows. NULL: that cell is gone. */
static inline sley_promise *sley__followed(const sley_promise *p)
{
  union {
    const sley_promise *in;
    sley_promise *out;
  } u = {p};
  while (u.out != NULL && (u.out->flags & FLAG_FOLLOWS)) u.out = u.out->delegate;
  return u.out;
}
bool sley__is_cancelable_alone(const sley_promise *p);
/* The guard or group that n belongs to. NULL: n belongs to something else. */
sley_promise *sley__member_of(node *n);
/* Unlinks the node of a guard or group, which stops waiting. The source counts as listened to: its rejection will not
 * be reported as unhandled. */
void sley__node_leave(sley_domain *d, node *n);
/* sley__node_leave for all nodes of p: a single, guard, read or group. The caller checks p's producers. */
void sley__sources_leave(sley_domain *d, sley_promise *p);

static inline void sley__mark_read(sley_promise *p)
{
  if (p->state == STATE_REJECTED && !sley__is_immortal(p)) p->flags |= FLAG_READ;
}
static inline bool sley__is_settled(const sley_promise *p)
{
  return p->state == STATE_FULFILLED || p->state == STATE_REJECTED;
}
/* The domain's shared promise fulfilled with unit: one more reference, no memory. */
static inline sley_promise *sley__unit_promise(sley_domain *d)
{
  d->unit->refs++;
  return d->unit;
}

#endif
