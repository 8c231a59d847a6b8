/* What the io floor sees of the preempt floor: only public functions, sley_job_start and sley_workers_default. */
#ifndef SLEY_PREEMPT_FLOOR_H
#define SLEY_PREEMPT_FLOOR_H

#include <sley/job.h>
#include <sley/workers.h>

#include "promise/promise_floor.h"

#endif
