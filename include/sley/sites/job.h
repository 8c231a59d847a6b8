/* Made by scripts/generate from sley/job.h. */
#ifndef SLEY_SITES_JOB_H
#define SLEY_SITES_JOB_H

#include <sley/job.h>

/* clang-format off */
SLEY_EXTERN_C_BEGIN

SLEY_API SLEY_NODISCARD sley_promise *sley_job_start_at(const char *site, sley_workers *pool, sley_priority priority, void *data); /* contract: job.h */
#define sley_job_start(...) sley_job_start_at(SLEY_HERE, __VA_ARGS__) /* contract: job.h */

SLEY_EXTERN_C_END
/* clang-format on */

#endif
