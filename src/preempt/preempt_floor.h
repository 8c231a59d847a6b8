/* What the preempt floor shows the io floor: nothing but its public functions, sley_job_start and
 * sley_workers_default. */
#ifndef SLEY_PREEMPT_FLOOR_H
#define SLEY_PREEMPT_FLOOR_H

#include <sley/job.h>
#include <sley/workers.h>

#include "promise/promise_floor.h"

#endif
