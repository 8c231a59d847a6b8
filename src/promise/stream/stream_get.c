/* Reading one element of a stream: immediately if one is queued, otherwise as a reading that waits. */
#include "promise/stream/stream.h"

static sley_promise *get_step(sley_domain *d, reading *r)
{
  if (!sley__is_end(r->cursor)) return sley__reading_consume(d, r);
  r->cursor->refs++;
  return r->cursor;
}

static sley_promise *peek_step(sley_domain *d, reading *r)
{
  (void)d;
  r->cursor->refs++;
  return r->cursor;
}

static sley_promise *next_step(sley_domain *d, reading *r)
{
  if (!sley__is_end(r->cursor)) return sley__reading_consume(d, r);
  return sley_fail_at(r->site, sley_error_eof());
}

static sley_promise *junk_step(sley_domain *d, reading *r)
{
  if (!sley__is_end(r->cursor)) sley__ref_drop(d, sley__reading_consume(d, r));
  return sley__unit_promise(d);
}

/* Checks the place itself: other readers can have moved it. */
static sley_promise *at_end_step(sley_domain *d, reading *r)
{
  if (r->cursor == r->stream->first)
    return sley_return_at(r->site, sley_int(sley__is_end(r->cursor)));
  element *old = r->cursor;
  r->cursor = r->stream->first;
  r->cursor->producers++;
  sley__element_leave(d, old);
  return NULL;
}

static const reading_type type_get = {
    .function = "sley_stream_get", .bytes = sizeof(reading), .step = get_step};
static const reading_type type_peek = {
    .function = "sley_stream_peek", .bytes = sizeof(reading), .step = peek_step};
static const reading_type type_next = {
    .function = "sley_stream_next", .bytes = sizeof(reading), .step = next_step};
static const reading_type type_junk = {
    .function = "sley_stream_junk", .bytes = sizeof(reading), .step = junk_step};
static const reading_type type_at_end = {
    .function = "sley_stream_at_end", .bytes = sizeof(reading), .step = at_end_step};

static __attribute__((noinline)) sley_promise *read_one(sley_domain *d, const char *site,
                                                        sley_stream *s, const reading_type *type)
{
  reading r = {0};
  return sley__read(d, &r, type, site, s, false);
}

/* Takes a queued element to which only this place leads: the place's producer becomes the caller's reference. A
 * push admitted into the free room can run code that ends the stream. */
static inline element *take_over(sley_domain *d, sley_stream *s)
{
  element *e = s->first;
  if (SLEY__UNLIKELY(e->state == STATE_PENDING || e->producers != 1 || sley__is_end(e)))
    return NULL;
  s->first = e->next;
  e->next = NULL;
  e->producers = 0;
  e->refs++;
  if (SLEY__UNLIKELY(s->source->kind == SOURCE_BOUNDED)) {
    sley__bounded_consumed(d, (sley_bounded_pusher *)(void *)s->source);
    sley__settle_down(d);
  }
  return e;
}

sley_promise *sley_stream_get_at(const char *site, sley_stream *s)
{
  sley_domain *d = sley__stream_enter(s, "sley_stream_get");
  if (SLEY__UNLIKELY(d == NULL)) return sley__nomem_promise();
  element *e = take_over(d, s);
  return SLEY__LIKELY(e != NULL) ? e : read_one(d, site, s, &type_get);
}

sley_promise *sley_stream_next_at(const char *site, sley_stream *s)
{
  sley_domain *d = sley__stream_enter(s, "sley_stream_next");
  if (SLEY__UNLIKELY(d == NULL)) return sley__nomem_promise();
  element *e = take_over(d, s);
  return SLEY__LIKELY(e != NULL) ? e : read_one(d, site, s, &type_next);
}

#define READ_ONE(name)                                                             \
  sley_promise *sley_stream_##name##_at(const char *site, sley_stream *s)          \
  {                                                                                \
    sley_domain *d = sley__stream_enter(s, "sley_stream_" #name);                  \
    return d != NULL ? read_one(d, site, s, &type_##name) : sley__nomem_promise(); \
  }
READ_ONE(peek)
READ_ONE(junk)
READ_ONE(at_end)

/* ---- last_new ---- */

typedef struct newest {
  reading reading;
  element *best; /* with a reference */
} newest;

static sley_promise *newest_step(sley_domain *d, reading *r)
{
  newest *n = (newest *)(void *)r;
  if (sley__is_end(r->cursor)) {
    sley_promise *best = n->best;
    n->best = NULL;
    return best != NULL ? best : sley_fail_at(r->site, sley_error_eof());
  }
  element *old = n->best;
  n->best = sley__reading_consume(d, r);
  sley__ref_drop(d, old);
  return NULL;
}

static sley_promise *newest_idle(sley_domain *d, reading *r)
{
  newest *n = (newest *)(void *)r;
  sley_promise *best = n->best;
  (void)d;
  n->best = NULL;
  return best;
}

static void newest_release(sley_domain *d, reading *r)
{
  sley__ref_drop(d, ((newest *)(void *)r)->best);
}

static const reading_type type_newest = {.function = "sley_stream_last_new",
                                         .bytes = sizeof(newest),
                                         .step = newest_step,
                                         .idle = newest_idle,
                                         .release = newest_release};

static bool is_there(sley_stream *s) { return !sley__is_unfilled(s->first); }

sley_promise *sley_stream_last_new_at(const char *site, sley_stream *s)
{
  sley_domain *d = sley__stream_enter(s, "sley_stream_last_new");
  if (d == NULL) return sley__nomem_promise();
  if (!is_there(s)) {
    sley_promise *p = sley_stream_next_at(site, s);
    if (sley_state(p) != SLEY_PROMISE_STATE_FULFILLED) return p;
    newest n = {.best = p};
    return sley__read(d, &n.reading, &type_newest, site, s, false);
  }
  newest n = {0};
  return sley__read(d, &n.reading, &type_newest, site, s, false);
}
