/* The one file that sees all of the floor: what comes home through completion queues, each entry defined beside what
 * it is about, and what the runtime calls at its end. */
#include "preempt/worker.h"

/* At the end of a domain in this order. */
const completion_kind *const sley__completion_kinds[] = {
    &sley__call_completion, &sley__job_completion, &sley__notice_completion, NULL};

void (*const sley__pools_end_hook)(sley_runtime *r) = sley__pools_end;
