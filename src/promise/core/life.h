/* How long cells live: references, producers, proxies, and freeing. */
#ifndef SLEY_CORE_LIFE_H
#define SLEY_CORE_LIFE_H

#include "promise/core/alloc.h"
#include "promise/core/floor.h"
#include "promise/core/node.h"

/* Field by field, and no more of them than are read: link and snapshot are written before they are.
 * For a settled cell; the outcome is to be written. */
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
/* One more reference, the library's own. */
static inline void sley__ref_keep(sley_promise *p)
{
  if (SLEY__LIKELY(!sley__is_immortal(p))) p->refs++;
}
size_t sley__cell_bytes(const sley_promise *p);

/* Fulfilled with a scalar of its own: most outcomes are. */
static inline bool sley__is_scalar(const sley_promise *p)
{
  return p->state == STATE_FULFILLED && !(p->flags & FLAG_SHARED) && p->value.type == NULL;
}
/* What a cell may own or be beside an outcome in memory of its kind's size. */
enum {
  FLAGS_MORE = FLAG_LOADED | FLAG_SHARED | FLAG_FREE_SCHEDULED | FLAG_FRAME | FLAG_RESERVE |
               FLAG_SIZED | FLAG_NAMED
};
/* Whether p, when it dies, owns nothing but its memory, whose size its kind tells. */
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
/* Gives back the memory of a bare cell. */
static inline void sley__cell_release(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(d->heap.watched)) sley__cell_release_slow(d, p);
  else sley__heap_cell_push(&d->heap, p, sley__kind_slots[p->kind]);
}
void sley__schedule_free(sley_domain *d, sley_promise *p);
void sley__ref_gone(sley_domain *d, sley_promise *p);      /* its last reference */
void sley__producer_gone(sley_domain *d, sley_promise *p); /* its last producer */
static inline void sley__ref_drop(sley_domain *d, sley_promise *p)
{
  if (p != NULL && !sley__is_immortal(p) && --p->refs == 0 &&
      (p->producers == 0 || p->state == STATE_PROXY || (p->flags & FLAG_FOLLOWS) ||
       sley__may_be_unheld(p)))
    sley__ref_gone(d, p);
}
/* The same where p is likely to be settled and to die. */
static inline void sley__ref_drop_settled(sley_domain *d, sley_promise *p)
{
  if (SLEY__LIKELY(p->refs == 1 && p->producers == 0 && sley__is_bare(p))) sley__cell_release(d, p);
  else sley__ref_drop(d, p);
}
static inline void sley__producer_drop(sley_domain *d, sley_promise *p)
{
  if (--p->producers == 0) sley__producer_gone(d, p);
}
/* The same where p is likely to be settled; it dies if nobody holds it. */
static inline void sley__producer_drop_settled(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(p->producers != 1 || !sley__is_bare(p))) sley__producer_drop(d, p);
  else if (p->refs != 0) p->producers = 0;
  else sley__cell_release(d, p);
}
/* free.c */
void sley__free_pending(sley_domain *d);
/* An object whose last owner has gone, and that owns values: sley__free_pending drops them and frees it. So a drop
 * that is called from a drop adds to a list instead of to the stack. Overwrites the object's first word. */
void sley__object_schedule_free(sley_domain *d, void *object, unsigned kind);
/* The same; outside of a freeing the object ends at once, and what it let go of too. */
void sley__object_end(sley_domain *d, void *object, unsigned kind);
/* At the end of a domain: ends all that are left. */
void sley__pending_objects_end(sley_domain *d);
/* life.c */
/* Lets p go off all lists, if it is a guard or group that is of use to nobody. */
void sley__leave_if_useless(sley_domain *d, sley_promise *p);
sley_promise *sley__underlying_slow(sley_domain *d, sley_promise *p);
static inline sley_promise *sley__underlying(sley_domain *d, sley_promise *p)
{
  return SLEY__LIKELY(p->state != STATE_PROXY) ? p : sley__underlying_slow(d, p);
}
/* The cell by way of which p is canceled: p itself or what it follows; NULL: that is gone. */
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
/* The guard or group whose node n is; NULL: another's. */
sley_promise *sley__member_of(node *n);
/* Takes the node of a guard or group off the list it is on: its promise waits no longer. Whoever it
 * waited for has been listened to: a rejection there is no unhandled one. */
void sley__node_leave(sley_domain *d, node *n);
/* The same for all nodes of p, which is a single, guard, read or group; the caller looks at p's producers. */
void sley__sources_leave(sley_domain *d, sley_promise *p);

static inline void sley__mark_read(sley_promise *p)
{
  if (p->state == STATE_REJECTED && !sley__is_immortal(p)) p->flags |= FLAG_READ;
}
static inline bool sley__is_settled(const sley_promise *p)
{
  return p->state == STATE_FULFILLED || p->state == STATE_REJECTED;
}
/* The promise that says "done" everywhere in a domain: one more reference, no memory. */
static inline sley_promise *sley__unit_promise(sley_domain *d)
{
  d->unit->refs++;
  return d->unit;
}

#endif
