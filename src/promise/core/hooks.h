/* Reporting to the program: hooks, the trace, the error filter, slow callbacks, names. */
#ifndef SLEY_CORE_HOOKS_H
#define SLEY_CORE_HOOKS_H

#include "promise/core/life.h"

extern const sley_trace sley__no_trace; /* nothing traces, but cells take the slow paths */
void sley__long_ways(sley_domain *d);   /* decides whether they do */
void sley__unhandled(sley_domain *d, sley_error *e, const char *site);
#define TRACE(d, event, ...)                                             \
  do {                                                                   \
    if (SLEY__UNLIKELY((d)->trace != NULL) && (d)->trace->event != NULL) \
      (d)->trace->event((d)->hooks.trace_ctx, __VA_ARGS__);              \
  } while (0)

/* Traces a cell that was made on the slow path. */
void sley__created(sley_domain *d, sley_promise *p);
static inline void sley__trace_created(sley_domain *d, sley_promise *p)
{
  if (SLEY__UNLIKELY(d->trace != NULL)) sley__created(d, p);
}

/* error_filter.c: calls the error filter, which ends the process if it rejects e. */
void sley__filter_slow(sley_domain *d, const sley_error *e);
static inline void sley__error_filter(sley_domain *d, const sley_error *e)
{
  if (SLEY__UNLIKELY(d->error_filter != NULL)) sley__filter_slow(d, e);
}

/* slow.c. limit 0: does nothing. Out of memory, nothing is measured. */
void sley__slow_start(sley_domain *d, sley_time limit);
sley_time sley__slow_time(double seconds); /* at least 1; 0 if seconds is not positive */
void sley__slow_stop(sley_domain *d);

/* Names of promises. */
void sley__name_forget(sley_domain *d, sley_promise *cell);
const char *sley__name_of(const sley_domain *d, const sley_promise *cell);
void sley__names_release(sley_domain *d);

#endif
