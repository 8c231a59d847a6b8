/* Which errors can become rejections: a filter, set per domain, ends the process if it rejects one. */
#include <sley/convenience.h>

#include "promise/core/core.h"

sley_error_filter_fn *sley_set_error_filter(sley_error_filter_fn *accepts)
{
  sley_domain *d = sley__self();
  sley_error_filter_fn *was = d->error_filter;
  d->error_filter = accepts;
  return was;
}

bool sley_error_accept_all(const sley_error *e)
{
  (void)e;
  return true;
}

bool sley_error_accept_all_but_memory(const sley_error *e)
{
  return !sley_error_is(e, &sley_kind_sley, SLEY_ENOMEM);
}

void sley__filter_slow(sley_domain *d, const sley_error *e)
{
  char text[1024];
  if (d->error_filter(e)) return;
  sley_error_format(e, text, sizeof(text));
  sley__abort(
      "the error filter of domain %s, set with sley_set_error_filter, declined an error, so the "
      "process ends: %s",
      d->name, text);
}
