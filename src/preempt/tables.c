/* The one file that sees the whole floor: the kinds of completions, each defined with its subject, and what the
 * runtime calls at its end. */
#include "preempt/worker.h"

/* A domain ends them in this order. */
const completion_kind *const sley__completion_kinds[] = {
    &sley__call_completion, &sley__job_completion, &sley__notice_completion, NULL};

void (*const sley__pools_end_hook)(sley_runtime *r) = sley__pools_end;
