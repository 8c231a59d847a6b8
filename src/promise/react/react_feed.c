/* Feeds: see react_feed.h. A call under way is a flight: it keeps the feed and the occurrence, and lands when its
 * promise is fulfilled. */
#include "promise/react/react_feed.h"

#include "promise/combine/combine.h"

void sley__feed_drop(void *ctx)
{
  feed *s = ctx;
  if (--s->refs > 0) return;
  sley_drop_fn *drop = s->drop;
  void *of_caller = s->ctx;
  sley__free(sley__self(), s, sizeof(*s));
  if (drop != NULL) drop(of_caller);
}

/* The result is being freed: ends all waiting. */
static void feed_end(react *n)
{
  feed *s = n->f.state;
  sley_domain *d = sley__self();
  s->result = NULL;
  for (struct occurrence *w; (w = s->first) != NULL;) {
    SLEY__FIFO_POP(s->first, s->last, next);
    sley__box_drop(w->box);
    sley__box_drop(w->other);
    sley__free(d, w, sizeof(*w));
  }
  box *held = s->held;
  s->held = NULL;
  sley__box_drop(held);
  sley_promise *p = s->promise;
  s->promise = NULL;
  if (p != NULL && s->lands == LANDS_FROM) sley_cancel(p);
  sley_drop(p);
  sley__feed_drop(s);
}

react *sley__feed_new(react *const *sources, size_t n, bool (*update)(react *n), feed how,
                      feed **made)
{
  feed *s = sley__alloc(sley__self(), sizeof(*s));
  react *result = sley__react_new(false, sources, s == NULL ? SIZE_MAX : n);
  *made = s;
  if (s == NULL || result->failed) {
    if (s != NULL) sley__free(sley__self(), s, sizeof(*s));
    sley__box_drop(how.held);
    if (how.drop != NULL) how.drop(how.ctx);
    *made = NULL;
    return result;
  }
  *s = how;
  s->refs = 1;
  s->last = &s->first;
  s->result = result;
  result->f.state = s;
  result->update = update;
  result->release = feed_end;
  return result;
}

void sley__feed_push(feed *s, box *b)
{
  if (s->result == NULL) sley__box_drop(b);
  else sley__react_push(s->result, b);
}

/* ---- flights */

typedef struct flight {
  feed *feed;
  box *box, *other;
} flight;

static void flight_drop(void *ctx)
{
  flight *k = ctx;
  sley__feed_drop(k->feed);
  sley__box_drop(k->box);
  sley__box_drop(k->other);
  sley__free(sley__self(), k, sizeof(*k));
}

box *sley__feed_landed(feed *s, box *b, sley_value *v)
{
  sley_value mine;
  if (s->lands == LANDS_IF_TRUE) return sley__truth(v, "events") ? sley__box_keep(b) : NULL;
  if (s->lands == LANDS_IF_SOME && sley_is_none(v)) return NULL;
  if (sley_take(v, &mine) != 0) return NULL;
  box *landed = sley__box_new(mine);
  if (s->lands != LANDS_ACCUMULATED || landed == NULL) return landed;
  sley__box_drop(s->held);
  s->held = sley__box_keep(landed);
  return landed;
}

static void landed(void *ctx, sley_value *v)
{
  flight *k = ctx;
  feed *s = k->feed;
  box *b = s->result != NULL ? sley__feed_landed(s, k->box, v) : NULL;
  if (b != NULL) sley__feed_push(s, b);
  sley__feed_next(s);
}

static void crashed(void *ctx, sley_error *e)
{
  flight *k = ctx;
  (void)e; /* ignored, as in Lwt */
  sley__feed_next(k->feed);
}

static void flight_start(feed *s, box *b, box *other)
{
  flight *k = sley__alloc(sley__self(), sizeof(*k));
  if (k == NULL) {
    sley__box_drop(b);
    sley__box_drop(other);
    return;
  }
  s->running = true;
  s->refs++;
  *k = (flight){s, b, other};
  sley_promise *p = s->call(s, b, other);
  sley__returned(p, "a function that makes an event or signal", "");
  sley_on_any(p, landed, crashed, k, flight_drop);
  sley_drop(p);
}

void sley__feed_next(feed *s)
{
  s->running = false;
  struct occurrence *w = s->first;
  if (!s->serial || w == NULL) return;
  struct occurrence taken = *w;
  SLEY__FIFO_POP(s->first, s->last, next);
  sley__free(sley__self(), w, sizeof(*w));
  flight_start(s, taken.box, taken.other);
}

void sley__feed_occurs(feed *s, box *b, box *other)
{
  if (b == NULL) { /* out of memory */
    sley__box_drop(other);
    return;
  }
  if (!s->serial || !s->running) {
    flight_start(s, b, other);
    return;
  }
  struct occurrence *w = sley__alloc(sley__self(), sizeof(*w));
  if (w == NULL) {
    sley__box_drop(b);
    sley__box_drop(other);
    return;
  }
  *w = (struct occurrence){b, other, NULL};
  SLEY__FIFO_APPEND(s->last, w, next);
}

bool sley__feed_update(react *n)
{
  sley__feed_occurs(n->f.state, sley__box_keep(n->edges[0].source->box), NULL);
  return false;
}

/* ---- calls */

sley_promise *sley__call_one(feed *s, box *b, box *other)
{
  struct sley__lent lent;
  (void)other;
  sley__react_lend(&lent, &b->value, &sley__several);
  sley_promise *p = s->f.bind(s->ctx, &b->value);
  sley__react_lend_over(&lent);
  return p;
}

sley_promise *sley__call_pair(feed *s, box *b, box *other)
{
  struct sley__lent first, second;
  sley__react_lend(&first, &b->value, &sley__several);
  sley__react_lend(&second, &other->value, &sley__several);
  sley_promise *p = s->f.pair(s->ctx, &b->value, &other->value);
  sley__react_lend_over(&second);
  sley__react_lend_over(&first);
  return p;
}

sley_promise *sley__call_accumulator(feed *s, box *b, box *other)
{
  (void)other;
  box *accumulator = sley__box_keep(s->held);
  sley_promise *p = sley__call_pair(s, accumulator, b);
  sley__box_drop(accumulator);
  return p;
}

sley_promise *sley__call_run(feed *s, box *b, box *other)
{
  (void)s, (void)other;
  return sley_keep(sley_promise_in(&b->value));
}
