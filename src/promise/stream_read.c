/* Reading streams: the engine of reads that may have to wait, and reads of one element.
 *
 * A reading goes from element to element with a cursor of its own, as in Lwt: others may consume
 * meanwhile. Where the source has nothing it waits for what sley__feed names, behind a guard, so that
 * cancelling one read leaves the source be; where its callback gave a pending promise, for that. In both
 * cases its result is a bind that continues the reading, which is why its place in Lwt's order, its
 * storage and how it is cancelled are those of a bind. */
#include "promise/stream.h"

/* ---- the life of a reading ---- */

static void list_leave(struct sley__list_head *place)
{
  if (place->next == NULL) return;
  place->next->prev = place->prev;
  place->prev->next = place->next;
  place->next = NULL;
}

static void finish(sley_domain *d, reading *r)
{
  sley_stream *s = r->stream;
  r->stream = NULL;
  list_leave(&r->place);
  element_leave(d, r->cursor);
  ref_drop(d, r->awaits);
  sley__collection_drop(d, &r->collected);
  if (r->type->release != NULL) r->type->release(d, r);
  if (r->owns) sley_stream_drop(s);
  object_unuse(d, s, sizeof(*s));
}

static void reading_drop(void *ctx)
{
  sley_domain *d = sley__self();
  reading *r = ctx;
  r->waits = NULL;
  if (--r->holds > 0) return;
  if (r->stream != NULL) finish(d, r);
  sley__free(d, r, r->type->bytes);
}

/* The reading where it can stay while it waits, with one hold more. NULL: out of memory. */
static reading *settle_in(sley_domain *d, reading *r)
{
  if (r->holds == 0) {
    reading *stays = sley__alloc(d, r->type->bytes);
    if (SLEY__UNLIKELY(stays == NULL)) return NULL;
    memcpy(stays, r, r->type->bytes);
    r = stays;
    struct sley__list_head *all = &r->stream->readings;
    r->place.next = all;
    r->place.prev = all->prev;
    all->prev->next = &r->place;
    all->prev = &r->place;
  }
  r->holds++;
  return r;
}

void sley__readings_abandon(sley_domain *d, sley_stream *s)
{
  (void)d;
  while (s->readings.next != &s->readings) {
    reading *r = SLEY__CONTAINER(s->readings.next, reading, place);
    guard *g = r->waits;
    list_leave(&r->place);
    r->waits = NULL;
    if (g == NULL || g->node.source == NULL) continue;
    node_unlink_from(&g->node.source->callbacks, &g->node);
    sley_resolver *maker = (sley_resolver *)(void *)&g->cell; /* its node was its only one */
    sley_resolver_drop(&maker);
  }
}

element *sley__reading_pass(sley_domain *d, reading *r)
{
  element *e = r->cursor;
  e->refs++;
  r->cursor = e->next;
  r->cursor->makers++;
  element_leave(d, e);
  return e;
}

element *sley__reading_consume(sley_domain *d, reading *r)
{
  element *e = sley__reading_pass(d, r);
  if (r->stream->first == e) sley__consume_slow(d, r->stream, e);
  return e;
}

void sley__reading_await(sley_domain *d, reading *r, sley_promise *q)
{
  if (q == NULL)
    sley__abort("the function given to %s at %s returned NULL", r->type->function, r->site);
  check(d, q, r->type->function);
  r->awaits = q;
}

/* ---- going on and waiting ---- */

static sley_promise *run(sley_domain *d, reading *r);

static sley_promise *on_fed(void *ctx, sley_value *v)
{
  reading *r = ctx;
  (void)v;
  r->waits = NULL;
  return run(sley__self(), r);
}

static sley_promise *on_feed_failed(void *ctx, sley_error *e)
{
  sley_domain *d = sley__self();
  reading *r = ctx;
  r->waits = NULL;
  sley_promise *p = r->type->failed(d, r, e);
  finish(d, r);
  return p;
}

static sley_promise *on_awaited(void *ctx, sley_value *v)
{
  sley_domain *d = sley__self();
  reading *r = ctx;
  sley_promise *p = r->type->resume(d, r, v);
  if (p == NULL) return run(d, r);
  finish(d, r);
  return p;
}

/* A result so far: what was collected is not lost where the memory of the reading moves. */
static sley_promise *chained(sley_domain *d, const reading_type *type, const char *site,
                             collection *c, sley_promise *p)
{
  return type->chain != NULL ? type->chain(d, site, c, p) : p;
}

static collection collected_so_far(reading *r)
{
  collection c = r->collected;
  if (r->type->chain != NULL) r->collected = (collection){0};
  return c;
}

static sley_promise *no_memory(sley_domain *d, reading *r, sley_promise *p)
{
  ref_drop(d, p);
  finish(d, r);
  return sley__nomem_promise();
}

static sley_promise *wait_for_source(sley_domain *d, reading *r, sley_promise *signal)
{
  const reading_type *type = r->type;
  const char *site = r->site;
  collection c = collected_so_far(r);
  signal->refs++;
  sley_promise *p = sley_protected_at(site, signal);
  reading *stays = p->state == STATE_PENDING ? settle_in(d, r) : NULL;
  if (SLEY__UNLIKELY(stays == NULL)) return chained(d, type, site, &c, no_memory(d, r, p));
  stays->waits = (guard *)(void *)p;
  p = type->failed != NULL
          ? sley_try_bind_own_at(site, p, on_fed, on_feed_failed, stays, reading_drop)
          : sley_bind_own_at(site, p, on_fed, stays, reading_drop);
  return chained(d, type, site, &c, p);
}

static sley_promise *wait_for_callback(sley_domain *d, reading *r)
{
  sley_promise *q = r->awaits;
  r->awaits = NULL;
  reading *stays = settle_in(d, r);
  if (SLEY__UNLIKELY(stays == NULL)) return no_memory(d, r, q);
  return sley_bind_own_at(stays->site, q, on_awaited, stays, reading_drop);
}

/* What the callback gave is settled. As step. */
static sley_promise *awaited(sley_domain *d, reading *r, sley_promise *u)
{
  sley_promise *q = r->awaits;
  r->awaits = NULL;
  if (u->state == STATE_REJECTED) return q;
  struct sley__lent lent;
  sley_promise *p = r->type->resume(d, r, element_lend(d, &lent, u, u == q ? 1 : 0));
  element_return(d, &lent);
  ref_drop(d, q);
  return p;
}

/* The source failed at once with p. */
static sley_promise *feed_failed(sley_domain *d, reading *r, sley_promise *p)
{
  if (r->type->failed == NULL) return p;
  sley_promise *u = underlying(d, p);
  mark_read(u);
  sley_promise *result = r->type->failed(d, r, u->error);
  ref_drop(d, p);
  return result;
}

static sley_promise *run(sley_domain *d, reading *r)
{
  sley_promise *p = NULL;
  while (p == NULL) {
    if (r->stream->first == NULL) {
      p = sley_fail_at(r->site, &sley__abandoned);
    } else if (r->awaits != NULL) {
      sley_promise *u = underlying(d, r->awaits);
      if (u->state == STATE_PENDING) return wait_for_callback(d, r);
      p = awaited(d, r, u);
    } else if (is_unfilled(r->cursor)) {
      p = sley__feed(d, r->stream);
      if (p == NULL || r->stream->first == NULL) {
        if (p != NULL && p->state != STATE_PENDING) ref_drop(d, p);
        p = NULL;
      } else if (underlying(d, p)->state == STATE_PENDING) {
        sley_promise *signal = p;
        p = r->type->idle != NULL ? r->type->idle(d, r) : NULL;
        if (p == NULL) return wait_for_source(d, r, signal);
      } else {
        p = feed_failed(d, r, p);
        /* Lwt raises here: what was started is not waited for. */
        if (r->type->chain != NULL && r->stream->source->kind == SOURCE_DIRECT)
          sley__collection_drop(d, &r->collected);
      }
    } else {
      p = r->type->step(d, r);
    }
  }
  const reading_type *type = r->type;
  const char *site = r->site;
  collection c = collected_so_far(r);
  finish(d, r);
  return chained(d, type, site, &c, p);
}

sley_promise *sley__read(sley_domain *d, reading *r, const reading_type *type, const char *site,
                         sley_stream *s, bool owns)
{
  r->type = type;
  r->site = site;
  r->stream = s;
  r->owns = owns;
  r->cursor = s->first;
  r->cursor->makers++;
  object_use(s);
  sley_promise *p = run(d, r);
  sley__settle_down(d);
  return p;
}

/* ---- one element ---- */

static sley_promise *get_step(sley_domain *d, reading *r)
{
  if (!is_end(r->cursor)) return sley__reading_consume(d, r);
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
  if (!is_end(r->cursor)) return sley__reading_consume(d, r);
  return sley_fail_at(r->site, sley_error_eof());
}

static sley_promise *junk_step(sley_domain *d, reading *r)
{
  if (!is_end(r->cursor)) ref_drop(d, sley__reading_consume(d, r));
  return unit_promise(d);
}

/* Looks at the place itself: others may have moved it. */
static sley_promise *is_empty_step(sley_domain *d, reading *r)
{
  if (r->cursor == r->stream->first) return sley_return_at(r->site, sley_int(is_end(r->cursor)));
  element *old = r->cursor;
  r->cursor = r->stream->first;
  r->cursor->makers++;
  element_leave(d, old);
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
static const reading_type type_is_empty = {
    .function = "sley_stream_is_empty", .bytes = sizeof(reading), .step = is_empty_step};

static __attribute__((noinline)) sley_promise *read_one(sley_domain *d, const char *site,
                                                        sley_stream *s, const reading_type *type)
{
  reading r = {0};
  return sley__read(d, &r, type, site, s, false);
}

/* A queued element that nobody else leads to: the place's hold on it becomes the caller's. */
static inline element *take_over(sley_stream *s)
{
  element *e = s->first;
  if (SLEY__UNLIKELY(e->state == STATE_PENDING || e->makers != 1 || is_end(e) ||
                     s->source->kind == SOURCE_BOUNDED))
    return NULL;
  s->first = e->next;
  e->next = NULL;
  e->makers = 0;
  e->refs++;
  return e;
}

sley_promise *sley_stream_get_at(const char *site, sley_stream *s)
{
  sley_domain *d = stream_enter(s, "sley_stream_get");
  if (SLEY__UNLIKELY(d == NULL)) return sley__nomem_promise();
  element *e = take_over(s);
  return SLEY__LIKELY(e != NULL) ? e : read_one(d, site, s, &type_get);
}

sley_promise *sley_stream_next_at(const char *site, sley_stream *s)
{
  sley_domain *d = stream_enter(s, "sley_stream_next");
  if (SLEY__UNLIKELY(d == NULL)) return sley__nomem_promise();
  element *e = take_over(s);
  return SLEY__LIKELY(e != NULL) ? e : read_one(d, site, s, &type_next);
}

#define READ_ONE(name)                                                             \
  sley_promise *sley_stream_##name##_at(const char *site, sley_stream *s)          \
  {                                                                                \
    sley_domain *d = stream_enter(s, "sley_stream_" #name);                        \
    return d != NULL ? read_one(d, site, s, &type_##name) : sley__nomem_promise(); \
  }
READ_ONE(peek)
READ_ONE(junk)
READ_ONE(is_empty)

/* ---- last_new ---- */

typedef struct newest {
  reading reading;
  element *best; /* with a reference */
} newest;

static sley_promise *newest_step(sley_domain *d, reading *r)
{
  newest *n = (newest *)(void *)r;
  if (is_end(r->cursor)) {
    sley_promise *best = n->best;
    n->best = NULL;
    return best != NULL ? best : sley_fail_at(r->site, sley_error_eof());
  }
  element *old = n->best;
  n->best = sley__reading_consume(d, r);
  ref_drop(d, old);
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

static void newest_release(sley_domain *d, reading *r) { ref_drop(d, ((newest *)(void *)r)->best); }

static const reading_type type_newest = {.function = "sley_stream_last_new",
                                         .bytes = sizeof(newest),
                                         .step = newest_step,
                                         .idle = newest_idle,
                                         .release = newest_release};

static bool is_there(sley_stream *s) { return !is_unfilled(s->first); }

sley_promise *sley_stream_last_new_at(const char *site, sley_stream *s)
{
  sley_domain *d = stream_enter(s, "sley_stream_last_new");
  if (d == NULL) return sley__nomem_promise();
  if (!is_there(s)) {
    sley_promise *p = sley_stream_next_at(site, s);
    if (sley_state(p) != SLEY_FULFILLED) return p;
    newest n = {.best = p};
    return sley__read(d, &n.reading, &type_newest, site, s, false);
  }
  newest n = {0};
  return sley__read(d, &n.reading, &type_newest, site, s, false);
}

#define PLAIN(name) \
  sley_promise *(sley_stream_##name)(sley_stream * s) { return sley_stream_##name##_at("", s); }
PLAIN(get)
PLAIN(peek)
PLAIN(next)
PLAIN(last_new)
PLAIN(junk)
PLAIN(is_empty)
