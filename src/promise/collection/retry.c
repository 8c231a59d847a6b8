/* Retries: see sley/retry.h. One counted state; each attempt is caught, each sleep bound. */
#include <sley/retry.h>
#include <time.h>

#include "promise/combine/combine.h"

typedef struct tries {
  uint32_t refs;
  sley_retry_options options;
  sley_start_fn *attempt;
  void *ctx;
  sley_drop_fn *drop;
  const char *site;
  size_t made; /* attempts so far */
  double delay;
  uint64_t random;
} tries;

static void tries_drop(void *ctx)
{
  tries *t = ctx;
  if (--t->refs > 0) return;
  sley_drop_fn *drop = t->drop, *options_drop = t->options.drop;
  void *attempt_ctx = t->ctx, *options_ctx = t->options.ctx;
  sley__free(sley__self(), t, sizeof(*t));
  if (drop != NULL) drop(attempt_ctx);
  if (options_drop != NULL) options_drop(options_ctx);
}

/* In [0, 1); xorshift64*, as in choose.c. */
static double random_part(tries *t)
{
  t->random ^= t->random >> 12;
  t->random ^= t->random << 25;
  t->random ^= t->random >> 27;
  return (double)((t->random * 2685821657736338717u) >> 11) / 9007199254740992.0;
}

/* Differs between processes and domains, by time and addresses; not secret. Simulated domains use only virtual
 * time, which their seed determines. */
static uint64_t differing(const sley_domain *d)
{
  struct timespec now = {0};
  clock_gettime(CLOCK_REALTIME, &now);
  uint64_t start = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#ifdef SLEY_SIMULATE
  return start ^ d->id;
#else
  return start ^ ((uint64_t)(uintptr_t)d << 20) ^ ((uint64_t)(uintptr_t)&now << 32) ^
         (uint64_t)(uintptr_t)&sley__current;
#endif
}

/* A separate seed for every retry; splitmix64. */
static uint64_t seed_draw(sley_domain *d)
{
  if (d->jitter == 0) d->jitter = differing(d);
  uint64_t x = d->jitter += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return (x ^ (x >> 31)) | 1;
}

static double next_delay(tries *t)
{
  if (t->options.delay != NULL) return t->options.delay(t->options.ctx, t->made);
  double most = t->options.most, delay = t->delay;
  t->delay = delay * t->options.factor;
  if (t->options.times_attempt) delay *= (double)t->made;
  if (!(delay < most)) delay = most;
  return delay * (1 - t->options.jitter * random_part(t));
}

static bool is_last(tries *t, const sley_error *e)
{
  if (sley_error_is_canceled(e)) return true;
  if (t->options.is_fatal != NULL && t->options.is_fatal(t->options.ctx, e)) return true;
  return t->options.retries != SLEY_RETRY_FOR_EVER && t->made > t->options.retries;
}

static sley_promise *try_once(tries *t);

static sley_promise *slept(void *ctx, sley_value *v)
{
  (void)v;
  return try_once(ctx);
}

static sley_promise *failed(void *ctx, sley_error *e)
{
  tries *t = ctx;
  if (is_last(t, e)) {
    e = sley_error_keep(e);
    if (t->made > 1)
      e = sley_error_wrap_at(t->site, e, "attempt %zu, the last one, failed: %s", t->made,
                             sley_error_message(e));
    return sley_fail_at(t->site, e);
  }
  double delay = next_delay(t);
  if (t->options.sleep == NULL) return try_once(t);
  sley_promise *p = t->options.sleep(t->options.ctx, delay);
  sley__returned(p, "sley_retry as sleep", t->site);
  t->refs++;
  return sley_bind_at(t->site, p, slept, t, tries_drop);
}

static sley_promise *try_once(tries *t)
{
  t->made++;
  sley_promise *p = t->attempt(t->ctx);
  sley__returned(p, "sley_retry as attempt", t->site);
  t->refs++;
  return sley_catch_at(t->site, p, failed, t, tries_drop);
}

sley_promise *sley_retry_at(const char *site, const sley_retry_options *options,
                            sley_start_fn *attempt, void *ctx, sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, attempt);
  sley_domain *d = sley__self();
  static const sley_retry_options none = {.size = sizeof(none)};
  if (options == NULL) options = &none;
  SLEY__OPTIONS_READ(options, sley_retry_options, "sley_retry");
  tries *t = sley__alloc(d, sizeof(*t));
  if (t == NULL) {
    if (drop != NULL) drop(ctx);
    if (options->drop != NULL) options->drop(options->ctx);
    return sley__nomem_promise();
  }
  *t = (tries){
      .refs = 1, .attempt = attempt, .ctx = ctx, .drop = drop, .site = site, .options = *options};
  if (!(t->options.base > 0)) t->options.base = 0.1;
  if (!(t->options.factor > 0)) t->options.factor = 2;
  if (!(t->options.most > 0)) t->options.most = 60;
  if (!(t->options.jitter >= 0)) t->options.jitter = 0;
  if (t->options.jitter > 1) t->options.jitter = 1;
  t->delay = t->options.base;
  t->random = t->options.seed != 0 ? t->options.seed : seed_draw(d);
  sley_promise *p = try_once(t);
  tries_drop(t);
  return p;
}
