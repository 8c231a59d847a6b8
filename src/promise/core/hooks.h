/* What is told to whom: hooks, the trace, the error filter, slow callbacks, names. */
#ifndef SLEY_CORE_HOOKS_H
#define SLEY_CORE_HOOKS_H

#include "promise/core/life.h"

extern const sley_trace sley__no_trace; /* where nobody traces, but cells go the long ways */
void sley__long_ways(sley_domain *d);   /* decides whether they do */
void sley__unhandled(sley_domain *d, sley_error *e, const char *site);
/* Another error took the place of e (borrowed; NULL: none), which nobody else hears of: tells the unhandled hook,
 * unless e is Canceled, or by is it or comes of it. */
void sley__superseded(sley_domain *d, sley_error *e, const sley_error *by, const char *site);
#define TRACE(d, event, ...)                                             \
  do {                                                                   \
    if (SLEY__UNLIKELY((d)->trace != NULL) && (d)->trace->event != NULL) \
      (d)->trace->event((d)->hooks.trace_ctx, __VA_ARGS__);              \
  } while (0)

/* A cell has been made, the long way. */
void sley__created(sley_domain *d, sley_promise *p);
static inline void sley__trace_created(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(d->trace != NULL)) sley__created(d, p);
}

/* error_filter.c: asks the error filter, which ends the process where it declines. */
void sley__filter_slow(sley_domain *d, const sley_error *e);
static inline void sley__error_filter(sley_domain *d, const sley_error *e)
{
  if (SLEY__UNLIKELY(d->error_filter != NULL)) sley__filter_slow(d, e);
}

/* slow.c: 0: not at all. Where memory is out nothing is measured. */
void sley__slow_start(sley_domain *d, sley_time limit);
sley_time sley__slow_time(double seconds); /* at least 1; 0: not positive */
void sley__slow_stop(sley_domain *d);

/* Names of promises. */
void sley__name_forget(sley_domain *d, sley_promise *cell);
const char *sley__name_of(const sley_domain *d, const sley_promise *cell);
void sley__names_release(sley_domain *d);

#endif
