/* sley/workers.h: blocking work on other threads. */
#ifndef SLEY_WORKERS_H
#define SLEY_WORKERS_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_workers sley_workers; /* a named pool of threads, belongs to a runtime */

typedef struct sley_workers_options {
  size_t size;      /* sizeof(sley_workers_options)                                       */
  const char *name; /* of the pool and its threads; copied                                */
  unsigned minimum; /* threads kept when idle                                             */
  unsigned maximum; /* threads at most; 0: 16                                             */
  size_t queue;     /* jobs that may wait for a thread; 0: 1024. Beyond, sley_detach waits */
  double idle;      /* seconds after which a thread above the minimum ends; 0: 10         */
} sley_workers_options;

/* Makes a pool of the current domain's runtime. Threads start when there is work; they block all
 * signals.
 * Owns    *out is the caller's: sley_workers_close.
 * Fails   -SLEY_ENOMEM, -SLEY_EINVAL; *out is NULL then.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_workers_new(const sley_workers_options *options,
                                             sley_workers **out);
/* Ends a pool: jobs that run are finished, jobs that wait are rejected with sley_error_closed();
 * blocks until the threads have ended.
 * Owns    consumes pool.
 * Thread  any that runs no job of the pool.
 * Since   0.1 */
SLEY_API void sley_workers_close(sley_workers *pool);

/* A job: arg is lent for the job's life (sley_take moves it out); fills *out and returns NULL, or
 * returns an owned error. Runs on a worker, where there is no current domain. */
typedef sley_error *sley_job_fn(sley_value *arg, sley_value *out);

/* Runs f(arg) on a thread of pool (NULL: the runtime's default pool) and gives its result here.
 * Cancelling the promise settles it at once; a job that waits is removed, one that runs goes on and
 * its result is dropped. When the queue is full the job waits in this domain, in order.
 * Owns    consumes arg; the result is made on the worker and dropped here.
 * Fails   rejected with SLEY_ESEND if arg or the result may not change threads, SLEY_ECLOSED,
 *         out of memory, or errno if not even one thread can be started.
 * Lwt     Lwt_preemptive.detach
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_detach(sley_workers *pool, sley_job_fn *f,
                                                  sley_value arg);
SLEY_API SLEY_NODISCARD sley_promise *sley_detach_at(const char *site, sley_workers *pool,
                                                     sley_job_fn *f, sley_value arg);
#define sley_detach(...) sley_detach_at(SLEY_HERE, __VA_ARGS__)

/* What a pool is doing; a snapshot.
 * Thread  any.
 * Since   0.1 */
typedef struct sley_workers_counters {
  size_t size;       /* in: sizeof as the caller knows it */
  unsigned threads;  /* alive                             */
  unsigned busy;     /* running a job                     */
  size_t queued;     /* jobs waiting for a thread         */
  uint64_t finished; /* jobs run to their end             */
} sley_workers_counters;
SLEY_API void sley_workers_counters_get(sley_workers *pool, sley_workers_counters *out);

SLEY_EXTERN_C_END

#endif
