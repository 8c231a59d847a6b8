/* Streams: the queue of elements, sources and places in it. stream.h has the terms and the reading order. */
#include "promise/stream/stream.h"

/* ---- elements ---- */

element *sley__element_new(sley_domain *d, const char *site)
{
  element *e = sley__cell_alloc(d, sizeof(element));
  if (SLEY__UNLIKELY(e == NULL)) return NULL;
  sley__cell_init(d, e, KIND_PLAIN, site);
  e->refs = 0;
  e->next = NULL;
  sley__trace_created(d, e);
  return e;
}

void sley__element_leave_slow(sley_domain *d, element *e)
{
  do {
    element *next = e->next;
    e->next = NULL;
    sley__producer_gone(d, e);
    e = next;
  } while (e != NULL && --e->producers == 0);
}

bool sley__spare_ready(sley_domain *d, stream_source *src)
{
  if (src->spare == NULL) src->spare = sley__element_new(d, src->site);
  return src->spare != NULL;
}

/* The last element, for the caller to fill, with a new last one behind it. NULL: out of memory. */
static element *last_open(sley_domain *d, stream_source *src)
{
  element *behind = src->spare;
  if (behind != NULL) src->spare = NULL;
  else behind = sley__element_new(d, src->site);
  if (SLEY__UNLIKELY(behind == NULL)) return NULL;
  element *e = src->last;
  behind->producers = 2; /* e and the source */
  e->next = behind;
  src->last = behind;
  return e;
}

bool sley__enqueue(sley_domain *d, stream_source *src, sley_value v)
{
  element *e = last_open(d, src);
  if (SLEY__UNLIKELY(e == NULL)) {
    sley_value_drop(&v);
    return false;
  }
  sley__outcome_value(e, &v);
  TRACE(d, settled, e);
  sley__element_leave(d, e);
  return true;
}

bool sley__enqueue_from(sley_domain *d, stream_source *src, sley_promise *p, uint32_t held)
{
  element *e = last_open(d, src);
  if (SLEY__UNLIKELY(e == NULL)) return false;
  sley__settle_from(d, e, p, held);
  sley__element_leave(d, e);
  return true;
}

void sley__source_end(sley_domain *d, stream_source *src)
{
  element *e = src->last;
  src->ended = true;
  src->last = NULL;
  sley__settle_value(d, e, sley_none());
  sley__element_leave(d, e);
}

void sley__source_tell_closed(stream_source *src)
{
  src->closed = true;
  if (src->close_resolver != NULL) sley_fulfill_now(&src->close_resolver, sley_unit());
}

void sley__source_never_closes(stream_source *src) { sley_resolver_drop(&src->close_resolver); }

/* ---- sources ---- */

static size_t source_bytes(const stream_source *src)
{
  return src->kind == SOURCE_BOUNDED ? sizeof(sley_bounded_pusher) : sizeof(stream_source);
}

stream_source *sley__source_new(sley_domain *d, size_t bytes, int kind, const char *site)
{
  stream_source *src = sley__object_new(d, bytes);
  if (src == NULL) return NULL;
  src->head.handles = 0;
  src->kind = (uint8_t)kind;
  src->site = site;
  src->last = sley__element_new(d, site);
  if (src->last == NULL) {
    sley__free(d, src, bytes);
    return NULL;
  }
  src->last->producers = 1;
  return src;
}

static void context_drop(stream_source *src)
{
  sley_drop_fn *drop = src->drop;
  src->drop = NULL;
  if (drop != NULL) drop(src->ctx);
}

static void source_release(sley_domain *d, stream_source *src)
{
  context_drop(src);
  sley_resolver_drop(&src->signal_resolver);
  sley_resolver_drop(&src->close_resolver);
  sley__ref_drop(d, src->signal);
  sley__ref_drop(d, src->close);
  if (src->kind == SOURCE_BOUNDED) sley__bounded_release(d, (sley_bounded_pusher *)(void *)src);
  if (src->last != NULL) sley__element_leave(d, src->last);
  if (src->spare != NULL) sley__producer_gone(d, src->spare);
}

void sley__source_unuse(sley_domain *d, stream_source *src)
{
  if (src->head.uses > 1 || src->head.handles > 0) {
    src->head.uses--;
    return;
  }
  source_release(d, src); /* still in use while it drops what it owns */
  sley__object_unuse(d, src, source_bytes(src));
}

/* The last place is gone: nothing queued from now on can be read. */
static void source_unread(sley_domain *d, stream_source *src)
{
  switch (src->kind) {
    case SOURCE_PUSH: context_drop(src); break;
    case SOURCE_BOUNDED:
      context_drop(src);
      sley__bounded_unread((sley_bounded_pusher *)(void *)src);
      break;
    default: {
      sley_promise *pull = src->signal;
      src->signal = NULL;
      sley__source_never_closes(src);
      if (src->unread != NULL) src->unread(src->ctx);
      sley__ref_drop(d, pull);
      break;
    }
  }
}

/* ---- places ---- */

/* The stream that chains continue with when memory is out. Like the promise for that purpose, it has no domain. */
sley_stream sley__stream_nomem;

sley_domain *sley__stream_enter_slow(const sley_stream *s, const char *function)
{
  if (s != &sley__stream_nomem) sley__object_misuse(s, function);
  return NULL;
}

sley_stream *sley__place_new(sley_domain *d, stream_source *src, element *first)
{
  sley_stream *s = sley__object_new(d, sizeof(sley_stream));
  if (SLEY__UNLIKELY(s == NULL)) {
    if (src->readers > 0) return NULL;
    src->head.handles = 0;
    src->head.uses++;
    sley__source_unuse(d, src);
    sley__settle_down(d);
    return NULL;
  }
  s->source = src;
  s->first = first;
  sley__dlist_init(&s->readings);
  first->producers++;
  src->readers++;
  src->head.uses++;
  return s;
}

sley_stream *sley_stream_keep(sley_stream *s)
{
  if (sley__stream_enter(s, "sley_stream_keep") != NULL) s->head.handles++;
  return s;
}

void sley_stream_drop(sley_stream *s)
{
  if (s == NULL) return;
  sley_domain *d = sley__stream_enter(s, "sley_stream_drop");
  if (d == NULL || !sley__object_drop(s)) return;
  stream_source *src = s->source;
  element *first = s->first;
  s->first = NULL;
  s->head.domain = SLEY__GONE; /* a stale handle, while reads under way keep the memory */
  sley__readings_abandon(d, s);
  sley__element_leave(d, first);
  if (--src->readers == 0) source_unread(d, src);
  sley__source_unuse(d, src);
  sley__object_unuse(d, s, sizeof(*s));
  sley__settle_down(d);
}

sley_error *sley_stream_clone(sley_stream *s, sley_stream **out)
{
  sley_domain *d = sley__stream_enter(s, "sley_stream_clone");
  *out = NULL;
  if (d == NULL) return sley_error_nomem();
  if (s->source->kind == SOURCE_BOUNDED)
    return sley_error_new(
        &sley_kind_sley, SLEY_EINVAL,
        "sley_stream_clone: a bounded stream has one reader; clone one that sley_stream_new made");
  *out = sley__place_new(d, s->source, s->first);
  return *out != NULL ? NULL : sley_error_nomem();
}

void sley__consume_slow(sley_domain *d, sley_stream *s, element *e)
{
  s->first = e->next;
  s->first->producers++;
  sley__element_leave(d, e);
  if (s->source->kind == SOURCE_BOUNDED)
    sley__bounded_consumed(d, (sley_bounded_pusher *)(void *)s->source);
}

bool sley_stream_is_closed(const sley_stream *s)
{
  return sley__stream_enter(s, "sley_stream_is_closed") != NULL && s->source->closed;
}

sley_promise *sley_stream_wait_closed_at(const char *site, sley_stream *s)
{
  sley_domain *d = sley__stream_enter(s, "sley_stream_wait_closed");
  if (d == NULL) return sley__nomem_promise();
  stream_source *src = s->source;
  if (src->closed) return sley__unit_promise(d);
  if (src->abandoned) return sley_fail_at(site, sley_error_abandoned());
  if (src->close == NULL) {
    sley_promise *p = sley_pending_at(site, &src->close_resolver);
    if (src->close_resolver == NULL) return p;
    src->close = p;
  }
  src->close->refs++;
  return src->close;
}
