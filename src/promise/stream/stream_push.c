/* Pushed streams, and streams that are closed from the start. Waiting readers share one promise, the signal, which
 * the first of them makes and the next push fulfills. */
#include "promise/stream/stream.h"

sley_promise *sley__signal_of(sley_domain *d, stream_source *src)
{
  (void)d;
  if (src->signal != NULL) return src->signal;
  sley_promise *p = sley_pending_at(src->site, &src->signal_resolver);
  if (src->signal_resolver != NULL) src->signal = p;
  return p;
}

void sley__signal(stream_source *src)
{
  if (SLEY__LIKELY(src->signal == NULL)) return;
  sley_domain *d = sley__self();
  sley_promise *signal = src->signal;
  sley_resolver *r = src->signal_resolver;
  src->signal = NULL;
  src->signal_resolver = NULL;
  sley_fulfill(&r, sley_unit());
  sley__ref_drop_settled(d, signal);
}

void sley__pusher_gone(sley_domain *d, stream_source *src)
{
  if (src->ended) return;
  src->abandoned = true;
  sley_promise *signal = src->signal;
  sley_resolver *r = src->signal_resolver;
  src->signal = NULL;
  src->signal_resolver = NULL;
  sley__ref_drop(d, signal);
  sley_resolver_drop(&r);
  sley__source_never_closes(src);
}

sley_error *sley_stream_new_at(const char *site, sley_stream **out, sley_pusher **push)
{
  SLEY__NEEDS_AT(site, out);
  SLEY__NEEDS_AT(site, push);
  sley_domain *d = sley__self();
  *out = NULL;
  *push = NULL;
  stream_source *src = sley__source_new(d, sizeof(sley_pusher), SOURCE_PUSH, site);
  if (src == NULL) return sley_error_nomem();
  src->head.handles = 1;
  sley_stream *s = sley__place_new(d, src, src->last);
  if (s == NULL) return sley_error_nomem();
  *out = s;
  *push = (sley_pusher *)(void *)src;
  return NULL;
}

int sley_pusher_push(sley_pusher *push, sley_value v)
{
  sley_domain *d = sley__object_enter(push, "sley_pusher_push");
  stream_source *src = &push->source;
  bool closes = sley_is_none(&v);
  if (SLEY__UNLIKELY(src->ended || src->readers == 0 || closes)) {
    bool closed = src->closed;
    sley_value_drop(&v);
    if (closes && !closed) sley_pusher_close(push);
    else return src->ended ? -SLEY_ECLOSED : -SLEY_EABANDONED;
    return 0;
  }
  if (SLEY__UNLIKELY(!sley__enqueue(d, src, v))) return -SLEY_ENOMEM;
  sley__signal(src);
  return 0;
}

void sley_pusher_close(sley_pusher *push)
{
  sley_domain *d = sley__object_enter(push, "sley_pusher_close");
  stream_source *src = &push->source;
  if (src->closed) return;
  src->head.uses++;
  if (!src->ended) {
    sley__source_end(d, src);
    sley__signal(src);
  }
  if (!src->closed) sley__source_tell_closed(src);
  sley__source_unuse(d, src);
  sley__settle_down(d);
}

bool sley_pusher_is_closed(const sley_pusher *push)
{
  sley__object_enter(push, "sley_pusher_is_closed");
  return push->source.ended;
}

static void reference_set(stream_source *src, void *obj, sley_drop_fn *drop)
{
  void *old = src->ctx;
  sley_drop_fn *old_drop = src->drop;
  src->ctx = obj;
  src->drop = src->readers > 0 ? drop : NULL;
  if (old_drop != NULL) old_drop(old);
  if (src->readers == 0 && drop != NULL) drop(obj);
}

void sley_pusher_set_reference(sley_pusher *push, void *obj, sley_drop_fn *drop)
{
  sley__object_enter(push, "sley_pusher_set_reference");
  reference_set(&push->source, obj, drop);
}

void sley_bounded_pusher_set_reference(sley_bounded_pusher *push, void *obj, sley_drop_fn *drop)
{
  sley__object_enter(push, "sley_bounded_pusher_set_reference");
  reference_set(&push->source, obj, drop);
}

sley_pusher *sley_pusher_keep(sley_pusher *push)
{
  sley__object_enter(push, "sley_pusher_keep");
  push->source.head.handles++;
  return push;
}

void sley_pusher_drop(sley_pusher *push)
{
  if (push == NULL) return;
  sley_domain *d = sley__object_enter(push, "sley_pusher_drop");
  if (!sley__object_drop(push)) return;
  sley__pusher_gone(d, &push->source);
  sley__source_unuse(d, &push->source);
  sley__settle_down(d);
}

/* ---- closed from the start ---- */

/* A closed stream of n elements made by get(values, i), which transfers ownership. */
static sley_stream *filled(const char *site, size_t n,
                           sley_value (*get)(const void *values, size_t i), const void *values)
{
  sley_stream *s;
  sley_pusher *push;
  if (sley_stream_new_at(site, &s, &push) != 0) s = &sley__stream_nomem;
  sley_domain *d = sley__self();
  for (size_t i = 0; i < n; i++) {
    sley_value v = get(values, i);
    if (s == &sley__stream_nomem) {
      sley_value_drop(&v);
    } else if (!sley__enqueue(d, &push->source, v)) {
      sley_pusher_drop(push);
      sley_stream_drop(s);
      s = &sley__stream_nomem;
    }
  }
  if (s == &sley__stream_nomem) return s;
  sley_pusher_close(push);
  sley_pusher_drop(push);
  return s;
}

static sley_value get_value(const void *values, size_t i)
{
  return ((const sley_value *)values)[i];
}

static sley_value get_byte(const void *text, size_t i)
{
  return sley_int(((const unsigned char *)text)[i]);
}

sley_stream *sley_stream_from_values_at(const char *site, const sley_value *values, size_t n)
{
  if (n > 0) SLEY__NEEDS_AT(site, values);
  return filled(site, n, get_value, values);
}

sley_stream *sley_stream_from_bytes_at(const char *site, const void *text, size_t n)
{
  if (n > 0) SLEY__NEEDS_AT(site, text);
  return filled(site, n, get_byte, text);
}

sley_stream *sley_stream_return_at(const char *site, sley_value v)
{
  return filled(site, 1, get_value, &v);
}

/* ---- from_promise ---- */

static void promise_fulfilled(void *ctx, sley_value *v)
{
  sley_domain *d = sley__self();
  sley_pusher *push = ctx;
  (void)v;
  if (push->source.readers > 0 &&
      sley__enqueue_from(d, &push->source, sley__reader_of(d, v), sley__held_of(d, v)))
    sley__signal(&push->source);
  sley_pusher_close(push);
}

static void promise_rejected(void *ctx, sley_error *e)
{
  (void)e;
  sley_pusher_close(ctx);
}

static void pusher_drop(void *push) { sley_pusher_drop(push); }

sley_stream *sley_stream_from_promise_at(const char *site, sley_promise *p)
{
  sley_stream *s;
  sley_pusher *push;
  sley_domain *d = sley__self();
  sley__check(d, p, "sley_stream_from_promise");
  if (sley_stream_new_at(site, &s, &push) != 0 || !sley__spare_ready(d, &push->source)) {
    sley_pusher_drop(push);
    sley_stream_drop(s);
    s = &sley__stream_nomem;
  } else {
    sley_on_any(p, promise_fulfilled, promise_rejected, push, pusher_drop);
  }
  sley_drop(p);
  return s;
}
