/* What the floors above see of fibers. */
#ifndef SLEY_FIBER_FLOOR_H
#define SLEY_FIBER_FLOOR_H

#include <sley/fiber.h>

#include "promise/core/domain_state.h"

/* Aborts if a fiber is running: what follows would run the loop on its stack. */
void sley__refuse_in_fiber(sley_domain *d, const char *function);
/* Aborts outside a fiber, and in a callback that runs on a fiber's stack: what may have to wait would wait there. */
void sley__fiber_needed(const char *site, const char *function);
/* Cancels the promises of all waiting fibers, once each. */
void sley__fibers_cancel(sley_domain *d);

#endif
