/* sley/job.h: the frame through which a blocking call becomes a promise. sley_detach is one of these; so are name
 * resolution and whatever calls the kernel on a thread. The frame holds everything the call reads and writes, so
 * that nothing of the caller's is touched after a cancel:
 *
 *     typedef struct reading { int fd; size_t got; char buffer[4096]; } reading;
 *
 *     static sley_error *work(void *data, sley_value *out) -- on a worker: reads into the frame
 *     static sley_error *finish(void *data, sley_value *out) -- in the domain, if it is still wanted
 *     static void drop(void *data) -- once, last
 *
 *     reading *r = sley_job_new(&reading_type, sizeof(*r));
 *     if (r == NULL) return sley_fail(sley_error_nomem());
 *     r->fd = fd;
 *     return sley_job_start(NULL, SLEY_PRIORITY_NORMAL, r); */
#ifndef SLEY_JOB_H
#define SLEY_JOB_H

#include <sley/whole.h>
#include <sley/workers.h>

SLEY_EXTERN_C_BEGIN

/* Describes a kind of job. Static. */
typedef struct sley_job_type {
  size_t size;      /* sizeof(sley_job_type)       */
  const char *name; /* shown in reports; "getaddrinfo" */
  /* On a worker: makes the call, keeps its outcome in data or in *out (prepared for another thread by its type's
   * send function), and returns NULL, or an owned error. Save errno immediately. */
  sley_error *(*work)(void *data, sley_value *out);
  /* In the domain, if work returned NULL and the promise is still pending: makes the result from data, or returns
   * an owned error. The place to copy into a buffer of the caller's. NULL: *out is the result. */
  sley_error *(*finish)(void *data, sley_value *out);
  /* In the domain, if the promise is canceled while work runs: makes the call return early (such as
   * sqlite3_interrupt). Work uses data at the same time. NULL: nothing can be done. */
  void (*interrupt)(void *data);
  /* Once, when nothing uses data any more; any thread. NULL: nothing to free. */
  void (*drop)(void *data);
} sley_job_type;

/* Makes a frame of bytes, zeroed and aligned as malloc's memory.
 * Owns    the caller's: sley_job_start or sley_job_drop.
 * Fails   NULL when out of memory.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD void *sley_job_new(const sley_job_type *type, size_t bytes);
/* Frees a frame that was not started. NULL is allowed.
 * Since   0.1 */
SLEY_API void sley_job_drop(void *data);

/* Runs the job of a frame on a thread of pool (NULL: the runtime's pool for I/O).
 * Owns    consumes data: the job's until work has returned, then dropped in the domain (by the worker if the
 *         domain has ended).
 * Fails   as sley_detach.
 * Lwt     Lwt_unix.run_job
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_job_start(sley_workers *pool,
                                                               sley_priority priority, void *data);

SLEY_EXTERN_C_END

#include <sley/sites/job.h>

#endif
