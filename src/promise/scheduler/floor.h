/* What the floors above see of the scheduler. */
#ifndef SLEY_SCHEDULER_FLOOR_H
#define SLEY_SCHEDULER_FLOOR_H

#include "promise/core/domain_state.h"

/* The runtime used if none is named; created on first use. NULL when out of memory. Any thread. */
sley_runtime *sley__default_runtime(void);

/* Makes a domain that is not entered. Any thread. */
sley_domain *sley__domain_make(sley_runtime *runtime, const char *name,
                               const sley_allocator *allocator); /* NULL: the runtime's */
/* The two halves of sley_domain_end. The first ends the parts of the floors above, and reports and frees what is left
 * (d must be current; returns how many promises were left). The second removes d from its runtime and drops the
 * handle held for the end (d not current). */
size_t sley__domain_clear(sley_domain *d, sley_report_fn *report, void *ctx);
void sley__domain_over(sley_domain *d);
/* A line about what is left at its end, which begins with "left in domain NAME: ". */
void sley__domain_tell_left(sley_domain *d, const char *format, ...) SLEY_PRINTF(2, 3);
/* For "%s%s" behind a name. */
#define SLEY__MADE_AT(site) ((site)[0] != '\0' ? " made at " : ""), (site)
/* Drops a handle; the last one frees the memory, and removes d from its runtime if it has not ended. Any thread. */
void sley__domain_release(sley_domain *d);
/* Called by loops once a turn: after polling the kernel; and at the end of the turn, which refills the reserve and
 * frees what is scheduled. */
void sley__turn_begins(sley_domain *d, sley_time now);
void sley__turn(sley_domain *d);

#endif
