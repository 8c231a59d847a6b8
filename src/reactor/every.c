/* Periodic calls, and pauses of long computations. */
#include <sley/loop.h>

#include "reactor/engine.h"

/* The data of the result, an operation. Behind it runs a chain of binds, which ends only by a rejection. */
typedef struct every {
  sley_start_fn *f;
  void *ctx;
  const char *site;
  sley_promise *chain;
  sley_resolver *resolver;
  sley_time begun, period;
  uint64_t count;  /* the next call is at begun + count * period */
  uint64_t missed; /* since the last call */
  bool canceled;
} every;

static sley_promise *every_wait(every *e);

static sley_promise *every_stop(const every *e)
{
  return sley_fail_at(e->site, sley_error_canceled());
}

/* The first time that has not passed yet. */
static sley_promise *every_again(void *ctx, sley_value *v)
{
  every *e = ctx;
  (void)v;
  if (e->canceled) return every_stop(e);
  sley_time now = sley__clock();
  /* A test clock that ends can leave the time before the beginning. */
  uint64_t passed = now > e->begun ? (uint64_t)(now - e->begun) : 0, period = (uint64_t)e->period;
  uint64_t next = passed / period + (passed % period != 0);
  if (next <= e->count) next = e->count + 1;
  e->missed = next - e->count - 1;
  e->count = next;
  return every_wait(e);
}

static sley_promise *every_call(void *ctx, sley_value *v)
{
  every *e = ctx;
  struct sley__loop *loop = sley__self()->loop;
  (void)v;
  loop->missed = e->missed < SIZE_MAX ? (size_t)e->missed : SIZE_MAX;
  sley_promise *p = sley__returned(e->f(e->ctx), "sley_every", e->site);
  loop->missed = 0;
  if (!e->canceled) return sley_bind_at(e->site, p, every_again, e, NULL);
  sley_cancel(p);
  sley_drop(p);
  return every_stop(e);
}

static sley_promise *every_wait(every *e)
{
  uint64_t most = (uint64_t)(INT64_MAX - e->begun) / (uint64_t)e->period;
  sley_time due =
      e->count <= most ? e->begun + (sley_time)(e->count * (uint64_t)e->period) : INT64_MAX;
  return sley_bind_at(e->site, sley__sleep_until(e->site, due), every_call, e, NULL);
}

static void every_ended(void *ctx, sley_error *error)
{
  every *e = ctx;
  sley_resolver *r = e->resolver;
  sley_drop(e->chain);
  if (e->canceled) sley_resolver_drop(&r);
  else sley_reject(&r, sley_error_keep(error));
}

static void every_cancel(void *data)
{
  every *e = data;
  e->canceled = true;
  sley_cancel(e->chain);
}

static const sley__operation_type every_type = {"every", every_cancel};

sley_promise *sley_every_at(const char *site, double seconds, sley_start_fn *f, void *ctx,
                            sley_drop_fn *drop)
{
  SLEY__NEEDS_AT(site, f);
  sley_promise *p = NULL;
  void *data = NULL;
  sley_resolver *r;
  if (!(seconds > 0))
    p = sley_fail_at(
        site, sley_error_new_at(site, &sley_kind_sley, SLEY_EINVAL,
                                "sley_every: %g seconds: the time between two calls is positive",
                                seconds));
  else p = sley__operation_new(site, &every_type, sizeof(every), &data, &r);
  if (data == NULL) {
    if (drop != NULL) drop(ctx);
    return p != NULL ? p : sley__nomem_promise();
  }
  every *e = data;
  *e = (every){.f = f,
               .ctx = ctx,
               .site = site,
               .resolver = r,
               .begun = sley__clock(),
               .period = sley_seconds(seconds),
               .count = 1};
  e->chain = every_wait(e);
  if (drop != NULL) e->chain = sley_attach(e->chain, ctx, drop);
  sley_on_failure(e->chain, every_ended, e, NULL);
  return p;
}

size_t sley_every_missed(void)
{
  const struct sley__loop *loop = sley__self()->loop;
  return loop != NULL ? loop->missed : 0;
}

sley_promise *sley_pause_after_at(const char *site, double seconds, sley_time *last)
{
  SLEY__NEEDS_AT(site, last);
  sley_time now = sley__clock(), passed = *last == 0 ? -1 : now - *last;
  if (passed >= 0 && passed < sley_seconds(seconds)) return sley_return(sley_unit());
  *last = now;
  return passed < 0 ? sley_return(sley_unit()) : sley_pause_at(site);
}
