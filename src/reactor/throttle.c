/* Throttles: a token bucket per key, with a queue of those who wait for a token. Each bucket has one timer: for the next
 * token if somebody waits, otherwise for the time when the bucket is full and can be forgotten. */
#include <sley/throttle.h>

#include <math.h>

#include "reactor/engine.h"
#include "reactor/keys.h"

typedef struct bucket {
  sley__key key; /* first: the table frees by it */
  sley__timer timer;
  sley_throttle *throttle;
  struct sley__dlist waiters;
  double tokens; /* at the time of last */
  sley_time last;
  bool busy; /* tokens are being given */
} bucket;

typedef struct waiter {
  struct sley__dlist place;
  bucket *bucket; /* NULL: the throttle is dropped */
  sley_resolver *resolver;
} waiter;

struct sley_throttle {
  struct sley__ending ending;
  struct sley__loop *loop;
  sley__keys buckets;
  double rate, burst;
  size_t most, waiting;
  uint32_t domain; /* SLEY__GONE: dropped */
  unsigned uses;   /* buckets that are busy */
};

#define ENOUGH (1 - 1e-6) /* of a token: what rounding leaves of one */

static sley_time throttle_now(const sley_throttle *t)
{
  return t->loop->domain->turning ? t->loop->now : sley__clock();
}

static void bucket_fill(bucket *b, sley_time now)
{
  double passed = now > b->last ? (double)(now - b->last) * 1e-9 : 0;
  b->tokens = fmin(b->tokens + passed * b->throttle->rate, b->throttle->burst);
  b->last = now;
}

static void bucket_free(bucket *b)
{
  sley_throttle *t = b->throttle;
  sley__wheel_stop(t->loop->wheel, &b->timer);
  sley__key_remove(&t->buckets, &b->key);
  sley__key_free(t->loop->domain, &b->key, sizeof(*b));
}

/* Sets the timer, or forgets a bucket that is full and for which nobody waits. */
static void bucket_settle(bucket *b)
{
  sley_throttle *t = b->throttle;
  bool waits = !sley__dlist_is_empty(&b->waiters);
  double missing = (waits ? 1 : t->burst) - b->tokens;
  if (!waits && missing <= 1 - ENOUGH) {
    bucket_free(b);
    return;
  }
  sley_time left = missing > 0 ? sley_seconds(missing / t->rate) : 0;
  sley__wheel_stop(t->loop->wheel, &b->timer);
  sley__wheel_start(t->loop->wheel, &b->timer,
                    left < INT64_MAX - b->last ? b->last + left : INT64_MAX);
}

static void throttle_release(sley_throttle *t)
{
  if (--t->uses == 0) sley__free(t->loop->domain, t, sizeof(*t));
}

static void bucket_fires(sley__timer *timer)
{
  bucket *b = SLEY__CONTAINER(timer, bucket, timer);
  sley_throttle *t = b->throttle;
  bucket_fill(b, t->loop->now);
  b->busy = true;
  t->uses++;
  /* A callback can wait, cancel, and drop the throttle. */
  while (!sley__dlist_is_empty(&b->waiters) && b->tokens >= ENOUGH) {
    waiter *w = SLEY__CONTAINER(sley__dlist_pop(&b->waiters), waiter, place);
    b->tokens -= 1;
    t->waiting--;
    sley_resolver *r = w->resolver;
    sley__operation_fulfill(&r, sley_bool(true));
  }
  b->busy = false;
  if (t->domain == SLEY__GONE) bucket_free(b);
  else bucket_settle(b);
  throttle_release(t);
}

/* ---- waiting ---- */

static void wait_cancel(void *data)
{
  waiter *w = data;
  bucket *b = w->bucket;
  bool waits = sley__dlist_is_on(&w->place);
  sley__dlist_leave(&w->place);
  if (waits && b != NULL) {
    b->throttle->waiting--;
    if (!b->busy && sley__dlist_is_empty(&b->waiters)) bucket_settle(b);
  }
  sley_resolver_drop(&w->resolver);
}

static const sley__operation_type wait_type = {"throttle", wait_cancel};

static bucket *bucket_of(sley_throttle *t, const void *key, size_t size)
{
  uint64_t hash = sley__key_hash(&t->buckets, key, size);
  sley__key *found = sley__key_find(&t->buckets, hash, key, size);
  if (found != NULL) return SLEY__CONTAINER(found, bucket, key);
  sley__key *made = sley__key_new(t->loop->domain, &t->buckets, hash, key, size, sizeof(bucket));
  if (made == NULL) return NULL;
  bucket *b = SLEY__CONTAINER(made, bucket, key);
  b->timer = (sley__timer){.fire = bucket_fires};
  b->throttle = t;
  sley__dlist_init(&b->waiters);
  b->tokens = t->burst;
  b->last = throttle_now(t);
  b->busy = false;
  return b;
}

static sley_promise *wait_in(bucket *b, const char *site)
{
  void *data;
  sley_resolver *r;
  sley_promise *p = sley__operation_new(site, &wait_type, sizeof(waiter), &data, &r);
  if (p == NULL) return sley__nomem_promise();
  waiter *w = data;
  bool first = sley__dlist_is_empty(&b->waiters);
  *w = (waiter){.bucket = b, .resolver = r};
  sley__dlist_append(&b->waiters, &w->place);
  b->throttle->waiting++;
  if (first && !b->busy) bucket_settle(b);
  return p;
}

static void throttle_enter(const sley_throttle *t, const char *function)
{
  if (SLEY__LIKELY(t != NULL && t->domain == sley__current->id)) return;
  if (t == NULL) sley__abort("%s: throttle is NULL", function);
  sley__refuse_foreign_id(t->domain, function, "", "a throttle");
  sley__abort("%s: the throttle was dropped, or ended with its domain", function);
}

sley_promise *sley_throttle_wait_at(const char *site, sley_throttle *t, const void *key,
                                    size_t size)
{
  throttle_enter(t, "sley_throttle_wait");
  if (size > 0) SLEY__NEEDS_AT(site, key);
  bucket *b = bucket_of(t, key, size);
  if (b == NULL) return sley__nomem_promise();
  bucket_fill(b, throttle_now(t));
  if (sley__dlist_is_empty(&b->waiters) && b->tokens >= ENOUGH) {
    b->tokens -= 1;
    if (!b->busy) bucket_settle(b);
    return sley_return(sley_bool(true));
  }
  if (t->waiting >= t->most) return sley_return(sley_bool(false));
  return wait_in(b, site);
}

/* ---- the throttle ---- */

static void buckets_drop(sley_throttle *t, struct sley__dlist *waiters)
{
  sley__key *next;
  t->domain = SLEY__GONE;
  for (sley__key *key = sley__key_first(&t->buckets); key != NULL; key = next) {
    bucket *b = SLEY__CONTAINER(key, bucket, key);
    next = sley__key_next(&t->buckets, key);
    for (struct sley__dlist *place; (place = sley__dlist_pop(&b->waiters)) != NULL;) {
      SLEY__CONTAINER(place, waiter, place)->bucket = NULL;
      if (waiters != NULL) sley__dlist_append(waiters, place);
    }
    if (!b->busy) bucket_free(b);
  }
  sley__dlist_leave(&t->ending.place);
}

void sley_throttle_drop(sley_throttle *t)
{
  struct sley__dlist waiters;
  if (t == NULL) return;
  throttle_enter(t, "sley_throttle_drop");
  sley__dlist_init(&waiters);
  buckets_drop(t, &waiters);
  throttle_release(t);
  for (struct sley__dlist *place; (place = sley__dlist_pop(&waiters)) != NULL;) {
    sley_resolver *r = SLEY__CONTAINER(place, waiter, place)->resolver;
    sley_reject(&r, sley_error_closed());
  }
}

/* With its domain, which reports those who wait. */
static void throttle_end(struct sley__loop *loop, struct sley__ending *ending)
{
  sley_throttle *t = SLEY__CONTAINER(ending, sley_throttle, ending);
  (void)loop;
  buckets_drop(t, NULL);
  throttle_release(t);
}

sley_error *sley_throttle_new(const sley_throttle_options *options, sley_throttle **out)
{
  SLEY__NEEDS(options);
  SLEY__NEEDS(out);
  SLEY__OPTIONS_READ(options, sley_throttle_options, "sley_throttle_new");
  sley_domain *d = sley__self();
  double rate = options->rate, burst = options->burst;
  *out = NULL;
  if (burst == 0) burst = fmax(rate, 1);
  if (!(rate > 0 && burst >= 1) || isinf(rate) || isinf(burst))
    return sley_error_new(&sley_kind_sley, SLEY_EINVAL,
                          "sley_throttle_new: %g a second, %g at once: the rate is positive, the "
                          "burst at least 1, both are finite",
                          rate, burst);
  int code = sley__loop_open(d);
  if (code != 0) return sley__loop_error("", code);
  sley_throttle *t = sley__loop_wheel(d->loop) ? sley__alloc(d, sizeof(*t)) : NULL;
  if (t == NULL) return sley_error_nomem();
  *t = (sley_throttle){.ending.end = throttle_end,
                       .loop = d->loop,
                       .rate = rate,
                       .burst = burst,
                       .most = options->most,
                       .domain = d->id,
                       .uses = 1};
  sley__keys_init(&t->buckets, (uintptr_t)t, (uint64_t)sley__clock());
  sley__loop_add_ending(d->loop, &t->ending);
  *out = t;
  return NULL;
}
