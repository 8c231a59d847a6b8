/* Sources that are functions, and how a reader that finds nothing requests more from its source. */
#include "promise/stream/stream_transform.h"

static void pull_drop(void *src) { sley__source_unuse(sley__self(), src); }

/* Queues the outcome p of next. False: out of memory. */
static bool pulled(sley_domain *d, stream_source *src, sley_promise *p, uint32_t held)
{
  if (src->ended) return true;
  if (sley_is_none(sley__value_of(p))) {
    sley__source_end(d, src);
    sley__source_tell_closed(src);
    return true;
  }
  return sley__enqueue_from(d, src, p, held);
}

static sley_promise *on_pulled(void *ctx, sley_value *v)
{
  sley_domain *d = sley__self();
  stream_source *src = ctx;
  (void)v;
  if (src->readers > 0 && !pulled(d, src, sley__reader_of(d, v), sley__held_of(d, v)))
    return sley__nomem_promise();
  return sley__unit_promise(d);
}

static sley_promise *on_pull_failed(void *ctx, sley_error *e)
{
  const stream_source *src = ctx;
  /* An error that sley_stream_drop caused is not reported. */
  bool expected = e == &sley__abandoned || e == &sley__canceled;
  if (src->readers == 0 && expected) return sley__unit_promise(sley__self());
  return sley_fail_at(src->site, sley_error_keep(e));
}

/* next returned q, which is pending. */
static sley_promise *pull_wait(sley_domain *d, stream_source *src, sley_promise *q)
{
  src->head.uses++;
  q->refs++;
  sley_promise *pull = sley_try_bind_at(src->site, q, on_pulled, on_pull_failed, src, pull_drop);
  bool lost = !sley_is_pending(pull); /* out of memory: a value that q takes would be lost */
  if (lost) sley_cancel(q);
  sley__ref_drop(d, q);
  if (lost) return pull;
  if (src->readers == 0) {
    sley__ref_drop(d, pull);
    return sley_fail_at(src->site, &sley__abandoned);
  }
  sley_promise *old = src->signal;
  src->signal = pull;
  sley__ref_drop(d, old);
  return pull;
}

static sley_promise *pull(sley_domain *d, stream_source *src)
{
  if (src->signal != NULL && sley__underlying(d, src->signal)->state == STATE_PENDING)
    return src->signal;
  if (!sley__spare_ready(d, src)) return sley__nomem_promise();
  sley_promise *q = src->start(src->ctx);
  sley__returned(q, "sley_stream_from", src->site);
  sley__check(d, q, "sley_stream_from");
  sley_promise *u = sley__underlying(d, q);
  if (u->state == STATE_REJECTED) {
    if (src->start != sley__transform_next) sley__forget_raised(u);
    return q;
  }
  if (u->state == STATE_PENDING) return pull_wait(d, src, q);
  bool good = pulled(d, src, u, u == q ? 1 : 0);
  sley__ref_drop(d, q);
  return good ? NULL : sley__nomem_promise();
}

sley_promise *sley__stream_raise(const char *site, sley_error *e)
{
  sley_promise *p = sley_fail_at(site, e);
  if (!sley__is_immortal(p)) p->kind = KIND_RAISED;
  return p;
}

static sley_promise *compute(sley_domain *d, stream_source *src)
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
  stream_source *src = s->source;
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
  stream_source *src = sley__source_new(d, sizeof(stream_source), kind, site);
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

sley_stream *sley_stream_from_at(const char *site, sley_start_fn *next, void *ctx,
                                 sley_drop_fn *drop)
{
  return sley__stream_from(site, next, ctx, drop, NULL);
}

sley_stream *sley_stream_from_direct_at(const char *site, sley_next_fn *next, void *ctx,
                                        sley_drop_fn *drop)
{
  sley_stream *s = from_new(site, SOURCE_DIRECT, ctx, drop);
  if (s != &sley__stream_nomem) s->source->next = next;
  return s;
}
