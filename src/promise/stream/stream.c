/* Streams: the queue of elements, places in it, and how sources feed it. stream.h has the words and the
 * order in which to read. */
#include "promise/stream/stream_transform.h"

/* ---- elements ---- */

element *sley__element_new(sley_domain *d, const char *site)
{
  element *e = cell_alloc(d, sizeof(element));
  if (SLEY__UNLIKELY(e == NULL)) return NULL;
  cell_init(d, e, KIND_PLAIN, site);
  e->refs = 0;
  e->next = NULL;
  trace_created(d, e);
  return e;
}

void sley__element_leave_slow(sley_domain *d, element *e)
{
  do {
    element *next = e->next;
    e->next = NULL;
    sley__maker_gone(d, e);
    e = next;
  } while (e != NULL && --e->makers == 0);
}

bool sley__spare_ready(sley_domain *d, source *src)
{
  if (src->spare == NULL) src->spare = sley__element_new(d, src->site);
  return src->spare != NULL;
}

/* The last element, for the caller to fill; a new last one stands behind it. NULL: out of memory. */
static element *last_open(sley_domain *d, source *src)
{
  element *behind = src->spare;
  if (behind != NULL) src->spare = NULL;
  else behind = sley__element_new(d, src->site);
  if (SLEY__UNLIKELY(behind == NULL)) return NULL;
  element *e = src->last;
  behind->makers = 2; /* e and the source */
  e->next = behind;
  src->last = behind;
  return e;
}

bool sley__enqueue(sley_domain *d, source *src, sley_value v)
{
  element *e = last_open(d, src);
  if (SLEY__UNLIKELY(e == NULL)) {
    sley_value_drop(&v);
    return false;
  }
  e->state = STATE_FULFILLED;
  value_copy(&e->value, &v);
  TRACE(d, settled, e);
  element_leave(d, e);
  return true;
}

bool sley__enqueue_from(sley_domain *d, source *src, sley_promise *p, uint32_t held)
{
  element *e = last_open(d, src);
  if (SLEY__UNLIKELY(e == NULL)) return false;
  sley__settle_from(d, e, p, held);
  element_leave(d, e);
  return true;
}

void sley__source_end(sley_domain *d, source *src)
{
  element *e = src->last;
  src->ended = true;
  src->last = NULL;
  sley__settle_value(d, e, sley_none());
  element_leave(d, e);
}

void sley__source_tell_closed(source *src)
{
  src->closed = true;
  if (src->close_resolver != NULL) sley_fulfill_now(&src->close_resolver, sley_unit());
}

void sley__source_never_closes(source *src) { sley_resolver_drop(&src->close_resolver); }

/* ---- sources ---- */

static size_t source_bytes(const source *src)
{
  return src->kind == SOURCE_BOUNDED ? sizeof(sley_bounded) : sizeof(source);
}

source *sley__source_new(sley_domain *d, size_t bytes, int kind, const char *site)
{
  source *src = object_new(d, bytes);
  if (src == NULL) return NULL;
  src->head.handles = 0;
  src->kind = (uint8_t)kind;
  src->site = site;
  src->last = sley__element_new(d, site);
  if (src->last == NULL) {
    sley__free(d, src, bytes);
    return NULL;
  }
  src->last->makers = 1;
  return src;
}

static void context_drop(source *src)
{
  sley_drop_fn *drop = src->drop;
  src->drop = NULL;
  if (drop != NULL) drop(src->ctx);
}

static void source_release(sley_domain *d, source *src)
{
  context_drop(src);
  sley_resolver_drop(&src->signal_resolver);
  sley_resolver_drop(&src->close_resolver);
  ref_drop(d, src->signal);
  ref_drop(d, src->close);
  if (src->kind == SOURCE_BOUNDED) sley__bounded_release(d, (sley_bounded *)(void *)src);
  if (src->last != NULL) element_leave(d, src->last);
  if (src->spare != NULL) sley__maker_gone(d, src->spare);
}

void sley__source_unuse(sley_domain *d, source *src)
{
  if (src->head.uses > 1 || src->head.handles > 0) {
    src->head.uses--;
    return;
  }
  source_release(d, src); /* still in use while it lets others go */
  object_unuse(d, src, source_bytes(src));
}

/* The last place is gone: nothing that is queued from now on can be read. */
static void source_unread(sley_domain *d, source *src)
{
  switch (src->kind) {
    case SOURCE_PUSH: context_drop(src); break;
    case SOURCE_BOUNDED:
      context_drop(src);
      sley__bounded_unread((sley_bounded *)(void *)src);
      break;
    default: {
      sley_promise *pull = src->signal;
      src->signal = NULL;
      sley__source_never_closes(src);
      if (src->unread != NULL) src->unread(src->ctx);
      ref_drop(d, pull);
      break;
    }
  }
}

/* ---- places ---- */

/* What chains go on with when memory is out. It has no domain, as the promise of that purpose. */
sley_stream sley__stream_nomem;

sley_domain *sley__stream_enter_slow(const sley_stream *s, const char *function)
{
  if (s != &sley__stream_nomem) sley__object_misuse(s, function);
  return NULL;
}

sley_stream *sley__place_new(sley_domain *d, source *src, element *first)
{
  sley_stream *s = object_new(d, sizeof(sley_stream));
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
  s->readings.next = s->readings.prev = &s->readings;
  first->makers++;
  src->readers++;
  src->head.uses++;
  return s;
}

sley_stream *sley_stream_keep(sley_stream *s)
{
  if (stream_enter(s, "sley_stream_keep") != NULL) s->head.handles++;
  return s;
}

void sley_stream_drop(sley_stream *s)
{
  if (s == NULL) return;
  sley_domain *d = stream_enter(s, "sley_stream_drop");
  if (d == NULL || !object_drop(s)) return;
  source *src = s->source;
  element *first = s->first;
  s->first = NULL;
  s->head.domain = SLEY__GONE; /* a stale handle, while reads under way keep the memory */
  sley__readings_abandon(d, s);
  element_leave(d, first);
  if (--src->readers == 0) source_unread(d, src);
  sley__source_unuse(d, src);
  object_unuse(d, s, sizeof(*s));
  sley__settle_down(d);
}

int sley_stream_clone(sley_stream *s, sley_stream **out)
{
  sley_domain *d = stream_enter(s, "sley_stream_clone");
  *out = NULL;
  if (d == NULL) return -SLEY_ENOMEM;
  if (s->source->kind == SOURCE_BOUNDED) return -SLEY_EINVAL;
  *out = sley__place_new(d, s->source, s->first);
  return *out != NULL ? 0 : -SLEY_ENOMEM;
}

void sley__consume_slow(sley_domain *d, sley_stream *s, element *e)
{
  s->first = e->next;
  s->first->makers++;
  element_leave(d, e);
  if (s->source->kind == SOURCE_BOUNDED)
    sley__bounded_consumed(d, (sley_bounded *)(void *)s->source);
}

bool sley_stream_is_closed(const sley_stream *s)
{
  return stream_enter(s, "sley_stream_is_closed") != NULL && s->source->closed;
}

sley_promise *sley_stream_closed_at(const char *site, sley_stream *s)
{
  sley_domain *d = stream_enter(s, "sley_stream_closed");
  if (d == NULL) return sley__nomem_promise();
  source *src = s->source;
  if (src->closed) return unit_promise(d);
  if (src->abandoned) return sley_fail_at(site, sley_error_abandoned());
  if (src->close == NULL) {
    sley_promise *p = sley_wait_at(site, &src->close_resolver);
    if (src->close_resolver == NULL) return p;
    src->close = p;
  }
  src->close->refs++;
  return src->close;
}

sley_promise *(sley_stream_closed)(sley_stream *s) { return sley_stream_closed_at("", s); }

/* ---- feeding ---- */

static void pull_drop(void *src) { sley__source_unuse(sley__self(), src); }

/* What next gave is there. False: out of memory. */
static bool pulled(sley_domain *d, source *src, sley_promise *p, uint32_t held)
{
  if (src->ended) return true;
  if (sley_is_none(value_of(p))) {
    sley__source_end(d, src);
    sley__source_tell_closed(src);
    return true;
  }
  return sley__enqueue_from(d, src, p, held);
}

static sley_promise *on_pulled(void *ctx, sley_value *v)
{
  sley_domain *d = sley__self();
  source *src = ctx;
  (void)v;
  if (src->readers > 0 && !pulled(d, src, reader_of(d, v), held_of(d, v)))
    return sley__nomem_promise();
  return unit_promise(d);
}

static sley_promise *on_pull_failed(void *ctx, sley_error *e)
{
  const source *src = ctx;
  /* What sley_stream_drop let go is no news to anybody. */
  bool expected = e == &sley__abandoned || e == &sley__canceled;
  if (src->readers == 0 && expected) return unit_promise(sley__self());
  return sley_fail_at(src->site, sley_error_keep(e));
}

/* next gave q, which is pending. */
static sley_promise *pull_wait(sley_domain *d, source *src, sley_promise *q)
{
  src->head.uses++;
  q->refs++;
  sley_promise *pull =
      sley_try_bind_own_at(src->site, q, on_pulled, on_pull_failed, src, pull_drop);
  bool lost = !sley_is_pending(pull); /* out of memory: what q takes would be nobody's */
  if (lost) sley_cancel(q);
  ref_drop(d, q);
  if (lost) return pull;
  if (src->readers == 0) {
    ref_drop(d, pull);
    return sley_fail_at(src->site, &sley__abandoned);
  }
  sley_promise *old = src->signal;
  src->signal = pull;
  ref_drop(d, old);
  return pull;
}

static sley_promise *pull(sley_domain *d, source *src)
{
  if (src->signal != NULL && underlying(d, src->signal)->state == STATE_PENDING) return src->signal;
  if (!sley__spare_ready(d, src)) return sley__nomem_promise();
  sley_promise *q = src->start(src->ctx);
  if (q == NULL)
    sley__abort("the function given to sley_stream_from at %s returned NULL", src->site);
  check(d, q, "sley_stream_from");
  sley_promise *u = underlying(d, q);
  if (u->state == STATE_REJECTED) {
    if (src->start != sley__transform_next) forget_raised(u);
    return q;
  }
  if (u->state == STATE_PENDING) return pull_wait(d, src, q);
  bool good = pulled(d, src, u, u == q ? 1 : 0);
  ref_drop(d, q);
  return good ? NULL : sley__nomem_promise();
}

sley_promise *sley__stream_raise(const char *site, sley_error *e)
{
  sley_promise *p = sley_fail_at(site, e);
  if (!is_immortal(p)) p->flags |= FLAG_RAISED;
  return p;
}

static sley_promise *compute(sley_domain *d, source *src)
{
  if (!sley__spare_ready(d, src)) return sley__nomem_promise();
  sley_value v = sley_none();
  sley_error *e = src->next(src->ctx, &v);
  if (e != NULL) {
    sley_value_drop(&v);
    return sley__stream_raise(src->site, e);
  }
  if (src->ended) {
    sley_value_drop(&v);
  } else if (sley_is_none(&v)) {
    sley__source_end(d, src);
    sley__source_tell_closed(src);
  } else if (!sley__enqueue(d, src, v)) {
    return sley__nomem_promise();
  }
  return NULL;
}

sley_promise *sley__feed(sley_domain *d, sley_stream *s)
{
  source *src = s->source;
  if (src->kind <= SOURCE_BOUNDED) {
    if (src->abandoned) return sley_fail_at(src->site, &sley__abandoned);
    return sley__signal_of(d, src);
  }
  src->head.uses++;
  sley_promise *p = src->kind == SOURCE_FROM ? pull(d, src) : compute(d, src);
  sley__source_unuse(d, src);
  return p;
}

/* ---- sources of functions ---- */

static sley_stream *from_new(const char *site, int kind, void *ctx, sley_drop_fn *drop)
{
  sley_domain *d = sley__self();
  source *src = sley__source_new(d, sizeof(source), kind, site);
  if (src != NULL) {
    src->ctx = ctx;
    src->drop = drop;
    sley_stream *s = sley__place_new(d, src, src->last);
    return s != NULL ? s : &sley__stream_nomem;
  }
  if (drop != NULL) drop(ctx);
  return &sley__stream_nomem;
}

sley_stream *sley__stream_from(const char *site, sley_start_fn *next, void *ctx, sley_drop_fn *drop,
                               sley_done_fn *unread)
{
  sley_stream *s = from_new(site, SOURCE_FROM, ctx, drop);
  if (s == &sley__stream_nomem) return s;
  s->source->start = next;
  s->source->unread = unread;
  return s;
}

sley_stream *sley_stream_from_own_at(const char *site, sley_start_fn *next, void *ctx,
                                     sley_drop_fn *drop)
{
  return sley__stream_from(site, next, ctx, drop, NULL);
}

sley_stream *sley_stream_from_direct_own_at(const char *site, sley_next_fn *next, void *ctx,
                                            sley_drop_fn *drop)
{
  sley_stream *s = from_new(site, SOURCE_DIRECT, ctx, drop);
  if (s != &sley__stream_nomem) s->source->next = next;
  return s;
}

#define SHORTER(name, fn)                                                                  \
  sley_stream *(name)(fn * next, void *ctx) { return name##_own_at("", next, ctx, NULL); } \
  sley_stream *name##_at(const char *site, fn *next, void *ctx)                            \
  {                                                                                        \
    return name##_own_at(site, next, ctx, NULL);                                           \
  }                                                                                        \
  sley_stream *(name##_own)(fn * next, void *ctx, sley_drop_fn *drop)                      \
  {                                                                                        \
    return name##_own_at("", next, ctx, drop);                                             \
  }
SHORTER(sley_stream_from, sley_start_fn)
SHORTER(sley_stream_from_direct, sley_next_fn)
