/* Retries, sleeping on the domain's clock in between. */
#include <sley/loop.h>

#include "reactor/reactor_floor.h"

static sley_promise *sleep_between(void *ctx, double seconds)
{
  (void)ctx;
  return sley_sleep(seconds);
}

sley_promise *sley_retry_sleeping_at(const char *site, const sley_retry_options *options,
                                     sley_start_fn *attempt, void *ctx, sley_drop_fn *drop)
{
  sley_retry_options o = {0};
  if (options != NULL) {
    SLEY__OPTIONS_CHECK(options, sley_retry_options, "sley_retry_sleeping");
    SLEY__OPTIONS_COPY(&o, options, sley_retry_options);
  }
  o.size = sizeof(o);
  o.sleep = sleep_between;
  return sley_retry_at(site, &o, attempt, ctx, drop);
}
