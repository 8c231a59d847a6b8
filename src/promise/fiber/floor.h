/* What the floors above see of fibers. */
#ifndef SLEY_FIBER_FLOOR_H
#define SLEY_FIBER_FLOOR_H

#include <sley/fiber.h>

#include "promise/core/domain_state.h"

/* Aborts where a fiber runs: what follows would run the loop on its stack, and nobody else's. */
void sley__refuse_in_fiber(sley_domain *d, const char *function);
/* Cancels the promises of all fibers that wait, once each. */
void sley__fibers_cancel(sley_domain *d);

#endif
