/* Streams with bounded room. One push can wait: its value is parked here, with its element allocated in advance,
 * so that it cannot fail when room becomes free. */
#include "promise/stream/stream.h"

sley_error *sley_stream_new_bounded_at(const char *site, size_t size, sley_stream **out,
                                       sley_bounded_pusher **push)
{
  SLEY__NEEDS_AT(site, out);
  SLEY__NEEDS_AT(site, push);
  sley_domain *d = sley__self();
  *out = NULL;
  *push = NULL;
  stream_source *src = sley__source_new(d, sizeof(sley_bounded_pusher), SOURCE_BOUNDED, site);
  if (src == NULL) return sley_error_nomem();
  src->head.handles = 1;
  sley_bounded_pusher *b = (sley_bounded_pusher *)(void *)src;
  b->size = size;
  sley_stream *s = sley__place_new(d, src, src->last);
  if (s == NULL) return sley_error_nomem();
  *out = s;
  *push = b;
  return NULL;
}

/* ---- the push that waits ---- */

static void waiter_forget(sley_domain *d, sley_bounded_pusher *b)
{
  sley_promise *waiter = b->waiter;
  b->waiter = NULL;
  sley__ref_drop(d, waiter);
}

/* Moves the parked value to *v and returns its resolver. */
static sley_resolver *unpark(sley_domain *d, sley_bounded_pusher *b, sley_value *v)
{
  sley_resolver *r = b->waiter_resolver;
  b->waiter_resolver = NULL;
  b->has_parked = false;
  *v = b->parked;
  waiter_forget(d, b);
  return r;
}

/* Queues the parked value. The caller updates the count. */
static void admit(sley_domain *d, sley_bounded_pusher *b)
{
  sley_value v;
  sley_resolver *r = unpark(d, b, &v);
  (void)sley__enqueue(d, &b->source, v); /* its element was allocated when it was parked */
  sley_fulfill(&r, sley_unit());
}

/* The value can own a stream with a parked value, and so on. The element allocated for it takes it and is freed
 * with it, since free.c does not recurse. */
static void parked_drop(sley_domain *d, sley_bounded_pusher *b, const sley_value *v)
{
  element *e = b->source.spare;
  if (v->type == NULL) return;
  b->source.spare = NULL;
  sley__outcome_value(e, v);
  sley__producer_gone(d, e);
}

static void refuse(sley_domain *d, sley_bounded_pusher *b, sley_error *e)
{
  sley_value v;
  sley_resolver *r = unpark(d, b, &v);
  parked_drop(d, b, &v);
  sley_reject(&r, e);
}

/* Whether a push is waiting; ends one that was canceled. */
static bool is_parked(sley_domain *d, sley_bounded_pusher *b)
{
  if (!b->has_parked) return false;
  if (sley__underlying(d, b->waiter)->state == STATE_PENDING) return true;
  sley_value v;
  sley_resolver *r = unpark(d, b, &v);
  parked_drop(d, b, &v);
  sley_resolver_drop(&r);
  return false;
}

static sley_promise *on_refused(void *ctx, sley_error *e)
{
  sley_bounded_pusher *b = ctx;
  (void)is_parked(sley__self(), b);
  return sley_fail_at(b->source.site, sley_error_keep(e));
}

static void bounded_unuse(void *b)
{
  sley__source_unuse(sley__self(), &((sley_bounded_pusher *)b)->source);
}

static sley_promise *park(sley_domain *d, const char *site, sley_bounded_pusher *b, sley_value v)
{
  sley_resolver *r = NULL;
  sley_promise *waiter = NULL;
  if (sley__spare_ready(d, &b->source)) waiter = sley_cancelable_at(site, &r);
  if (r == NULL) {
    sley_value_drop(&v);
    return sley__nomem_promise();
  }
  b->source.head.uses++;
  waiter->refs++;
  sley_promise *p = sley_catch_at(site, waiter, on_refused, b, bounded_unuse);
  if (!sley_is_pending(p)) { /* out of memory */
    sley__ref_drop(d, waiter);
    sley_resolver_drop(&r);
    sley_value_drop(&v);
    return p;
  }
  b->has_parked = true;
  b->parked = v;
  b->waiter = waiter;
  b->waiter_resolver = r;
  return p;
}

/* ---- pushing ---- */

static sley_error *refusal(sley_domain *d, const char *site, sley_bounded_pusher *b)
{
  if (b->source.ended) return sley_error_closed();
  if (b->source.readers == 0) return sley_error_abandoned();
  if (!is_parked(d, b)) return NULL;
  return sley_error_new_at(site, &sley_kind_sley, SLEY_EAGAIN,
                           "sley_bounded_pusher_push: another push to this stream is already "
                           "waiting; wait for its promise first");
}

sley_promise *sley_bounded_pusher_push_at(const char *site, sley_bounded_pusher *b, sley_value v)
{
  sley_domain *d = sley__object_enter(b, "sley_bounded_pusher_push");
  sley_error *e = refusal(d, site, b);
  if (e == NULL && sley_is_none(&v))
    sley__abort(
        "sley_bounded_pusher_push at %s was given sley_none(), which is not an element; to end the "
        "stream, use sley_bounded_pusher_close",
        site);
  if (e != NULL) {
    sley_value_drop(&v);
    return sley_fail_at(site, e);
  }
  if (b->count >= b->size) return park(d, site, b, v);
  if (!sley__enqueue(d, &b->source, v)) return sley__nomem_promise();
  b->count++;
  sley__signal(&b->source);
  return sley__unit_promise(d);
}

void sley__bounded_consumed(sley_domain *d, sley_bounded_pusher *b)
{
  if (is_parked(d, b)) admit(d, b);
  else b->count--;
}

void sley__bounded_unread(sley_bounded_pusher *b)
{
  sley_domain *d = sley__self();
  if (is_parked(d, b)) refuse(d, b, &sley__abandoned);
}

void sley__bounded_release(sley_domain *d, sley_bounded_pusher *b)
{
  if (!b->has_parked) return;
  sley_value v;
  sley_resolver *r = unpark(d, b, &v);
  parked_drop(d, b, &v);
  sley_resolver_drop(&r);
}

/* ---- the rest ---- */

void sley_bounded_pusher_close(sley_bounded_pusher *b)
{
  sley_domain *d = sley__object_enter(b, "sley_bounded_pusher_close");
  if (b->source.ended) return;
  b->source.head.uses++;
  sley__source_end(d, &b->source);
  if (is_parked(d, b)) refuse(d, b, sley_error_closed());
  sley__signal(&b->source);
  sley__source_tell_closed(&b->source);
  sley__source_unuse(d, &b->source);
  sley__settle_down(d);
}

void sley_bounded_pusher_set_capacity(sley_bounded_pusher *b, size_t size)
{
  sley_domain *d = sley__object_enter(b, "sley_bounded_pusher_set_capacity");
  b->size = size;
  if (b->count >= size || !is_parked(d, b)) return;
  b->count++;
  admit(d, b);
}

size_t sley_bounded_pusher_capacity(const sley_bounded_pusher *b)
{
  sley__object_enter(b, "sley_bounded_pusher_capacity");
  return b->size;
}

size_t sley_bounded_pusher_count(const sley_bounded_pusher *b)
{
  sley__object_enter(b, "sley_bounded_pusher_count");
  return b->count;
}

bool sley_bounded_pusher_is_blocked(const sley_bounded_pusher *b)
{
  sley_domain *d = sley__object_enter(b, "sley_bounded_pusher_is_blocked");
  return b->has_parked && sley__underlying(d, b->waiter)->state == STATE_PENDING;
}

bool sley_bounded_pusher_is_closed(const sley_bounded_pusher *b)
{
  sley__object_enter(b, "sley_bounded_pusher_is_closed");
  return b->source.ended;
}

sley_bounded_pusher *sley_bounded_pusher_keep(sley_bounded_pusher *b)
{
  sley__object_enter(b, "sley_bounded_pusher_keep");
  b->source.head.handles++;
  return b;
}

void sley_bounded_pusher_drop(sley_bounded_pusher *b)
{
  if (b == NULL) return;
  sley_domain *d = sley__object_enter(b, "sley_bounded_pusher_drop");
  if (!sley__object_drop(b)) return;
  /* Its promise may outlive the handle: the value still goes to a reader. */
  sley__pusher_gone(d, &b->source);
  sley__source_unuse(d, &b->source);
  sley__settle_down(d);
}
