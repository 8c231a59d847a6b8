/* sley/workers.h: blocking and CPU-bound work on other threads, and the way back.
 *
 * A pool is a named set of threads with a queue. A job runs on one of them, without a current domain; its result
 * arrives in the domain that started it, as a promise. A job never runs on the loop's thread, however full the
 * queue is. docs/preempt.md teaches when to use which pool. */
#ifndef SLEY_WORKERS_H
#define SLEY_WORKERS_H

#include <sley/bind.h>
#include <sley/domain.h>
#include <sley/promise.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_workers sley_workers; /* a named pool of threads, belongs to a runtime */

/* Blocking: for calls that sleep in the kernel. Threads start while all others are inside a job, and end when
 * idle for long. Compute: for calculation. One thread per usable processor, kept. */
typedef enum sley_workers_kind {
  SLEY_WORKERS_KIND_BLOCKING = 0,
  SLEY_WORKERS_KIND_COMPUTE = 1
} sley_workers_kind;

/* Jobs of a class run before those of the classes below it; first come, first served within a class. Every
 * sixteenth job is taken from the lowest class that has one, so that no class starves. */
typedef enum sley_priority {
  SLEY_PRIORITY_HIGH = 0,
  SLEY_PRIORITY_NORMAL = 1,
  SLEY_PRIORITY_LOW = 2
} sley_priority;

typedef struct sley_workers_options {
  size_t size;            /* sizeof(sley_workers_options)                                      */
  const char *name;       /* of the pool; its threads are called NAME-1, NAME-2, ...; copied   */
  sley_workers_kind kind; /* the meaning of zeros below                                        */
  unsigned minimum;       /* threads kept when idle; they start when first needed. 0: none, or
                             the maximum of a compute pool                                     */
  unsigned maximum;       /* threads at most, not counting those that wait in sley_run_in_main;
                             when one comes back, the first between two jobs leaves. 0: 16, or
                             one per usable processor for a compute pool                       */
  size_t queue;           /* jobs of a class that can wait for a thread before sley_try_detach
                             refuses more; sley_detach waits beyond it. 0: 1024                */
  double idle;            /* seconds after which an idle thread above the minimum ends; 0: 10  */
  size_t stack;           /* bytes of each thread's stack; 0: 2 MiB, whatever the system's own
                             default is                                                        */
  /* State of a thread; both NULL if there is none. begin runs on the new thread before its first job and fills
   * *state, or returns an owned error: the thread ends then, and if it was the only one, jobs that wait are
   * rejected with that error. No other thread is started while begin runs. end runs on the thread after its last
   * job. */
  sley_error *(*begin)(void *ctx, void **state);
  void (*end)(void *ctx, void *state);
  void *ctx;
  sley_drop_fn
      *drop; /* NULL, or called with ctx when the pool is freed, or was not made; any thread */
} sley_workers_options;

/* Makes a pool of the current domain's runtime, for all its domains. Threads start when there is work. They block
 * all signals but SIGPROF and those that a thread raises itself (SIGSEGV and its kin), and run on the processors
 * of the process's first thread, not on those that a domain is pinned to.
 * Owns    *out is the caller's: sley_workers_close. The end of the runtime closes what is not closed then.
 * Fails   out of memory, SLEY_EINVAL; *out is NULL then.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_workers_new(const sley_workers_options *options,
                                                     sley_workers **out);

/* The runtime's own pools, made on first use. They share no thread and no queue, so that none starves another.
 * SLEY_WORKERS_PURPOSE_IO: blocking, up to 64 threads; SLEY_WORKERS_PURPOSE_DNS: blocking, up to 16, for
 * sley_resolve and sley_connect; SLEY_WORKERS_PURPOSE_COMPUTE: compute.
 * Owns    borrowed: valid until the runtime ends. sley_workers_close can end one earlier; jobs are refused with
 *         SLEY_ECLOSED from then on.
 * Fails   never NULL: without memory, a pool that rejects every job with out of memory.
 * Since   0.1 */
typedef enum sley_workers_purpose {
  SLEY_WORKERS_PURPOSE_IO = 0,
  SLEY_WORKERS_PURPOSE_DNS = 1,
  SLEY_WORKERS_PURPOSE_COMPUTE = 2
} sley_workers_purpose;
SLEY_API sley_workers *sley_workers_default(sley_workers_purpose which);

/* Ends a pool. From now on jobs are refused with SLEY_ECLOSED; those it has are run. After so many seconds
 * (negative: never) those that still wait are rejected with SLEY_ECLOSED, and sley_job_is_canceled is true in
 * those that run. Fulfilled with 0 as soon as all threads have ended, or then with the number of threads that are
 * inside a job. Each of those is named on stderr; pool and job stay allocated until it returns, and its promise
 * stays pending until then: cancel it to stop waiting. Canceling the result only stops waiting; the pool still
 * closes. If the closing domain ends first, the end of the runtime is the deadline, with five seconds more.
 * Owns    consumes pool.
 * Fails   rejected with SLEY_ECLOSED if it is being closed already, or out of memory (nothing has happened
 *         then).
 * Thread  a domain of the pool's runtime; never one of its jobs.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_workers_close(sley_workers *pool,
                                                                   double seconds);

/* Fulfilled with unit when no job waits and none runs.
 * Owns    borrows pool.
 * Fails   rejected with out of memory.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_workers_drain(sley_workers *pool);

/* A job. arg is lent for the job's life (sley_take moves it out). Fills *out and returns NULL, or returns an owned
 * error. Runs on a worker, without a current domain. */
typedef sley_error *sley_job_fn(sley_value *arg, sley_value *out);

/* Runs f(arg) on a thread of pool (NULL: the runtime's pool for I/O) and delivers its result here, in batches and in
 * the order in which jobs end. Canceling the promise settles it immediately: a waiting job is removed and its
 * argument dropped; a running one continues, sees the cancel through sley_job_is_canceled, and its result is dropped. A
 * domain that ends cancels its jobs. If the queue is full the promise is pending longer; the order stays.
 * Owns    consumes arg, which is the job's until it returns; the result is made on the worker and moved here.
 * Fails   rejected with SLEY_ESEND if arg or the result cannot change threads, SLEY_ECLOSED, SLEY_EINVAL for a
 *         pool of another runtime, out of memory, errno if not even one thread can be started, or the error of f
 *         or of the pool's begin. If the pool has a thread and cannot start another, the job waits for that
 *         one; a later sley_detach tries again, after 100 ms at the earliest.
 * Cost    one allocation beside the promise's; a system call where a thread or the loop sleeps.
 * Lwt     Lwt_preemptive.detach, Lwt_domain.detach, Mwt.run
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_detach(sley_workers *pool, sley_job_fn *f,
                                                            sley_value arg);
/* sley_detach in the class named.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_detach_class(sley_workers *pool,
                                                                  sley_priority priority,
                                                                  sley_job_fn *f, sley_value arg);
/* sley_detach_class that does not wait for room: returns 0 and fills *out, or -SLEY_EAGAIN if the class has its
 * limit of waiting jobs. For shedding load.
 * Owns    consumes arg, on failure too.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD int sley_try_detach(sley_workers *pool, sley_priority priority,
                                                      sley_job_fn *f, sley_value arg,
                                                      sley_promise **out);

/* Whether the result of the running job is unwanted: it was canceled, or the time that its pool's close gave has
 * passed. Long jobs look now and then, and return early.
 * Thread  a worker inside a job; elsewhere false.
 * Cost    a load.
 * Since   0.1 */
SLEY_API bool sley_job_is_canceled(void);
/* In a job: what the pool's begin made for this thread, or NULL.
 * Thread  a worker; elsewhere NULL.
 * Since   0.1 */
SLEY_API void *sley_worker_state(void);

/* Runs f(arg) from a job in domain (NULL: the one that started the job), follows the promise it returns, and
 * blocks this thread for the outcome. The thread does not count toward its pool's maximum meanwhile, so that jobs
 * that f starts in the same pool find a thread.
 * Owns    consumes arg; *out (can be NULL) is the caller's, and so is the error.
 * Fails   SLEY_EDEADLOCK on a thread that has a current domain (its loop would wait for itself: use sley_call),
 *         and where no thread can be started to stand in while jobs wait; SLEY_EGONE if the domain has ended or
 *         ends before it answers; SLEY_EINVAL outside a job without a domain; SLEY_ESEND; the error of f.
 * Thread  a worker inside a job, or any thread without a domain that names one it holds a handle of.
 * Lwt     Lwt_preemptive.run_in_main, Lwt_domain.run_in_main
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_run_in_main(sley_domain *domain, sley_call_fn *f,
                                                     sley_value arg, sley_value *out);
/* sley_run_in_main that does not wait: failed(ctx, error) runs in domain if the promise is rejected; NULL: the
 * domain's async hook gets the error. f does not run if the domain ends before.
 * Owns    consumes arg, on failure too. drop(ctx) is called after failed returns, or as soon as failed is
 *         certain not to run: on the domain's thread, or on the caller's if the call is refused.
 * Fails   -SLEY_EGONE, -SLEY_EINVAL, -SLEY_ESEND, -SLEY_ENOMEM, -SLEY_EAGAIN (no room in the queue between two
 *         domains).
 * Thread  any that can call sley_run_in_main, and that of a domain.
 * Lwt     Lwt_preemptive.run_in_main_dont_wait
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_run_in_main_dont_wait(sley_domain *domain, sley_call_fn *f,
                                                       sley_value arg, sley_error_fn *failed,
                                                       void *ctx,
                                                       sley_drop_fn *SLEY_OPTIONAL(drop));

/* What a pool does and has done; a snapshot. Times are nanoseconds. Jobs below 2 us are timed up to sixteen
 * together: their sums are exact, the longest is exact to 32 us, and a thread's last fifteen may be missing until
 * it rests.
 * Thread  any.
 * Since   0.1 */
typedef struct sley_workers_counters {
  size_t size;                     /* in: sizeof as the caller knows it                       */
  unsigned threads;                /* alive                                                   */
  unsigned busy;                   /* inside a job                                            */
  unsigned in_main;                /* of those, waiting in sley_run_in_main                   */
  unsigned threads_most;           /* most alive at a time                                    */
  size_t queued;                   /* jobs waiting for a thread                               */
  size_t queued_most;              /* most at a time, as seen when a thread took one            */
  uint64_t finished;               /* jobs run to their end                                   */
  uint64_t canceled;               /* jobs removed while they waited                          */
  uint64_t refused;                /* jobs rejected for want of threads, or at the close      */
  uint64_t started;                /* threads started                                         */
  uint64_t not_started;            /* threads the system or the runtime's limit did not allow */
  sley_time wait_total, wait_most; /* from sley_detach (its turn) to a thread       */
  sley_time run_total, run_most;   /* inside jobs that have ended                   */
  sley_time oldest;                /* how long the longest-waiting job has waited */
} sley_workers_counters;
SLEY_API void sley_workers_counters_get(sley_workers *pool, sley_workers_counters *out);
/* Its name; borrowed.
 * Since   0.1 */
SLEY_API const char *sley_workers_name(const sley_workers *pool);

/* Calls f for each thread inside a job, with the thread's name, the site of the job, and the nanoseconds it has
 * been there. f must not call this pool.
 * Thread  any.
 * Since   0.1 */
typedef void sley_workers_report_fn(void *ctx, const char *thread, const char *site,
                                    sley_time inside);
SLEY_API void sley_workers_report(sley_workers *pool, sley_workers_report_fn *f, void *ctx);

SLEY_EXTERN_C_END

#include <sley/sites/workers.h>

#endif
