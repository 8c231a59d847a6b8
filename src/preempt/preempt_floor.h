/* What the preempt floor shows the io floor. */
#ifndef SLEY_PREEMPT_FLOOR_H
#define SLEY_PREEMPT_FLOOR_H

#include <sley/workers.h>

#include "promise/promise_floor.h"

/* The runtime's pool for name resolution, apart from the default one so that neither starves the
 * other. NULL when out of memory. */
sley_workers *sley__workers_dns(void);

#endif
