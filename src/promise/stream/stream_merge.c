/* Streams made from several: append, concat, combine. */
#include "promise/stream/stream_transform.h"

static void stream_value_drop(void *s) { sley_stream_drop(s); }

static void *stream_value_dup(void *s) { return sley_stream_keep(s); }

const sley_type sley_type_stream = {.size = sizeof(sley_type),
                                    .name = "sley_stream",
                                    .drop = stream_value_drop,
                                    .dup = stream_value_dup};

SLEY__HANDLE(stream)

/* ---- append ---- */

static sley_promise *same_got(sley_domain *d, transform *t, element *e, uint32_t held)
{
  (void)d;
  (void)t;
  (void)held;
  e->refs++;
  return e;
}

static sley_promise *append_ended(sley_domain *d, transform *t)
{
  (void)d;
  if (t->other == NULL) return sley_return_at(t->site, sley_none());
  sley_stream *done = t->stream;
  t->stream = t->other;
  t->other = NULL;
  sley_stream_drop(done);
  return NULL;
}

sley_stream *sley_stream_append_at(const char *site, sley_stream *a, sley_stream *b)
{
  transform t = {.site = site, .stream = a, .other = b, .got = same_got, .ended = append_ended};
  return sley__transform(&t);
}

/* ---- concat: stream is the current one, other the stream of streams ---- */

static sley_promise *concat_enter(transform *t, sley_promise *e)
{
  sley_value *v = sley__value_of(e);
  if (sley_is_none(v)) {
    e->refs++;
    return e;
  }
  sley_stream *done = t->stream;
  t->stream = sley_stream_keep(sley_stream_in(v));
  sley_stream_drop(done);
  return NULL;
}

static sley_promise *on_stream(void *ctx, sley_value *v)
{
  (void)v;
  sley_promise *p = concat_enter(ctx, sley__reader_of(sley__self(), v));
  return p != NULL ? p : sley__transform_next(ctx);
}

static sley_promise *concat_ended(sley_domain *d, transform *t)
{
  if (t->other == NULL) return sley_fail_at(t->site, &sley__abandoned);
  sley_promise *g = sley_stream_get_at(t->site, t->other);
  sley_promise *u = sley__underlying(d, g);
  if (u->state == STATE_PENDING)
    return sley_bind_at(t->site, g, on_stream, sley__transform_keep(t), sley__transform_unref);
  if (u->state == STATE_REJECTED) return g;
  sley_promise *p = concat_enter(t, u);
  sley__ref_drop(d, g);
  return p;
}

sley_stream *sley_stream_concat_at(const char *site, sley_stream *s)
{
  transform t = {.site = site,
                 .stream = sley_stream_from_values_at(site, NULL, 0),
                 .other = s,
                 .got = same_got,
                 .ended = concat_ended};
  return sley__transform(&t);
}

/* ---- combine ---- */

typedef struct pair { /* a read of both, under way */
  transform *transform;
  sley_promise *first, *second;
} pair;

static void pair_drop(void *ctx)
{
  sley_domain *d = sley__self();
  pair *both = ctx;
  sley__ref_drop(d, both->first);
  sley__ref_drop(d, both->second);
  sley__transform_unref(both->transform);
  sley__free(d, both, sizeof(*both));
}

/* Both are fulfilled. */
static sley_promise *pair_result(sley_domain *d, const pair *both)
{
  const char *site = both->transform->site;
  sley_promise *a = sley__underlying(d, both->first), *b = sley__underlying(d, both->second);
  if (sley_is_none(sley__value_of(a)) || sley_is_none(sley__value_of(b)))
    return sley_return_at(site, sley_none());
  collection c = {0};
  a->refs++;
  b->refs++;
  if (!sley__collect(d, &c, a)) {
    sley__ref_drop(d, b);
    return sley__nomem_promise();
  }
  (void)sley__collect(d, &c, b); /* collecting a made room for both */
  return sley__collection_return(d, site, &c);
}

static sley_promise *on_second(void *ctx, sley_value *v)
{
  (void)v;
  return pair_result(sley__self(), ctx);
}

static void pair_keep(sley_promise **p) { (*p)->refs++; }

static sley_promise *on_first(void *ctx, sley_value *v)
{
  pair *both = ctx;
  (void)v;
  pair_keep(&both->second);
  return sley_bind_at(both->transform->site, both->second, on_second, both, NULL);
}

static sley_promise *combine_next(void *ctx)
{
  sley_domain *d = sley__self();
  transform *t = ctx;
  sley_promise *first = sley_stream_get_at(t->site, t->stream);
  sley_promise *second = sley_stream_get_at(t->site, t->other);
  pair *both = sley__alloc(d, sizeof(*both));
  if (both == NULL) {
    sley__ref_drop(d, first);
    sley__ref_drop(d, second);
    return sley__nomem_promise();
  }
  *both = (pair){sley__transform_keep(t), first, second};
  pair_keep(&both->first);
  return sley_attach(sley_bind_at(t->site, first, on_first, both, NULL), both, pair_drop);
}

sley_stream *sley_stream_combine_at(const char *site, sley_stream *a, sley_stream *b)
{
  transform t = {.site = site, .stream = a, .other = b, .got = same_got};
  sley_stream *s = sley__transform(&t);
  if (s != &sley__stream_nomem) s->source->start = combine_next;
  return s;
}
