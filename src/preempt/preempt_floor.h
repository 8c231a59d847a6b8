/* What the io floor sees of the preempt floor: public functions, sley_job_start and sley_workers_default, and one more. */
#ifndef SLEY_PREEMPT_FLOOR_H
#define SLEY_PREEMPT_FLOOR_H

#include <sley/job.h>
#include <sley/workers.h>

#include "promise/promise_floor.h"

/* Of a job that has not been started: it uses nothing but its frame and the system, so the end of a runtime, when nobody
 * waits for it any more, leaves it behind at once and in silence. */
void sley__job_may_be_left(void *data);

#endif
