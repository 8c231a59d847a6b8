/* What the floors above see of the scheduler. */
#ifndef SLEY_SCHEDULER_FLOOR_H
#define SLEY_SCHEDULER_FLOOR_H

#include "promise/core/domain_state.h"

/* The runtime used where none is named; made on first use. NULL when out of memory. Any thread. */
sley_runtime *sley__default_runtime(void);

/* Makes a domain that is not entered. Any thread. */
sley_domain *sley__domain_make(sley_runtime *runtime, const char *name,
                               const sley_allocator *allocator); /* NULL: the runtime's */
/* The two halves of sley_domain_end: ends what the floors above hung in, reports and frees what is
 * left (d must be current; returns how many promises were left); makes it no longer one of its
 * runtime's, and lets go of the handle of whoever ends it (not current). */
size_t sley__domain_clear(sley_domain *d, sley_report_fn *report, void *ctx);
void sley__domain_over(sley_domain *d);
/* One handle less; the last frees the memory, and ends what was not over. Any thread. */
void sley__domain_release(sley_domain *d);
/* Called by loops once a turn: when the kernel has been asked; and at the end, which refills the reserve
 * and frees the dead. */
void sley__turn_begins(sley_domain *d, sley_time now);
void sley__turn(sley_domain *d);

#endif
