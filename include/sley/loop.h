/* sley/loop.h: running a domain, time, and waiting for descriptors. */
#ifndef SLEY_LOOP_H
#define SLEY_LOOP_H

#include <sley/promise.h>
#include <sley/retry.h>
#include <sley/scope.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

/* Runs the current domain's loop until p is settled.
 * Owns    consumes p. Returns NULL and moves the value to *out as sley_take does (out NULL: drops it); or
 *         returns the error, owned by the caller, and *out is unit.
 * Fails   also an error of kind errno if the loop cannot be made (no descriptors). A run inside a callback of
 *         the same domain aborts.
 * Lwt     Lwt_main.run
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_run(sley_promise *p, sley_value *out);
/* The end of a main function: runs p, writes the message of the error that it was rejected with to stderr, after name and a
 * colon, and calls sley_finish. Returns the exit status of the program:
 *
 *     return sley_main(sley_with_server(&options, 5, listens, NULL), "chat");
 *
 * Owns    consumes p, and drops its value.
 * Fails   1: p was rejected, sley_run failed, or promises were left, which sley_finish writes. Otherwise 0.
 * Thread  the one that has the default domain, as for sley_finish.
 * Lwt     Lwt_main.run as the last expression of a program
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_main(sley_promise *p, const char *name);

/* Runs one turn of the loop: asks the kernel, waiting at most timeout nanoseconds (0: not at all, -1: as long
 * as it takes), then runs what is ready: about 100 us of each source (descriptors, timers, messages, results of
 * jobs, pauses), and the rest in the next turn. For domains that a loop of your own drives.
 * Fails   an error of kind errno, owned; otherwise NULL.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_step(sley_time timeout);

/* How long sley_step may sleep: 0 if something is ready or was left by the last turn, -1 if only descriptors or
 * other threads can wake it, otherwise nanoseconds until the next timer.
 * Since   0.1 */
SLEY_API sley_time sley_step_timeout(void);

/* Wakes a sley_run or sley_step of domain that sleeps in the kernel.
 * Thread  any; the caller must keep the domain from ending.
 * Since   0.1 */
SLEY_API void sley_wake(sley_domain *domain);

/* The time at the start of this turn of the loop, on a monotonic clock.
 * Since   0.1 */
SLEY_API sley_time sley_now(void);

/* Seconds to nanoseconds, rounded up; too large or not a number: the largest time.
 * Since   0.1 */
SLEY_API sley_time sley_seconds(double seconds);

/* Fulfilled with unit after so many seconds, never earlier; cancelable. Zero or negative: as sley_pause. Where
 * descriptors are watched it can be a millisecond late, with the engine poll, and with epoll if 2 ms or more are left
 * when the domain goes to sleep; otherwise it is as exact as the kernel's timers.
 * Lwt     Lwt_unix.sleep
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_sleep(double seconds);

/* Rejected with sley_error_timeout() after so many seconds; cancelable. For sley_pick.
 * Lwt     Lwt_unix.timeout
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_timeout(double seconds);

/* sley_pick of p and sley_timeout(seconds).
 * Owns    consumes p.
 * Lwt     Lwt_unix.with_timeout
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_timeout(sley_promise *p, double seconds);

/* sley_with_scope with a deadline in `seconds`, or that of the enclosing scope if that is earlier: when it
 * passes, the scope fails with sley_error_timeout(). Inner scopes inherit it.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_with_deadline(
    double seconds, sley_scope_fn *body, void *ctx, sley_drop_fn *SLEY_OPTIONAL(drop));

/* Calls f each time that a multiple of so many seconds has passed since this call, until f's promise is rejected or the
 * result is canceled. It does not drift: a late call makes the next ones no later. Two calls never overlap: times that
 * come while f's promise is pending are left out. The result is never fulfilled; canceling it cancels f's promise.
 * Owns    ctx, dropped by drop when the result is settled.
 * Fails   rejected with the error of f's promise; SLEY_EINVAL if seconds is not positive; out of memory.
 * Cost    four allocations for each call of f beside its own.
 * Lwt     Lwt_engine.on_timer with repeat, which drifts
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_every(double seconds, sley_start_fn *f,
                                                           void *ctx,
                                                           sley_drop_fn *SLEY_OPTIONAL(drop));
/* While the f of sley_every is called: how many times were left out since the call before. Otherwise 0.
 * Since   0.1 */
SLEY_API size_t sley_every_missed(void);

/* For long computations that let others run now and then: fulfilled with unit immediately, or a sley_pause once so many
 * seconds have passed since *last, which is then set to now. If *last is 0, the time begins now. It reads the clock.
 * Lwt     Lwt_unix.auto_pause, auto_yield: there the function keeps the time
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_pause_after(double seconds, sley_time *last);

/* sley_retry with sley_sleep between the attempts, whatever options->sleep says.
 * Owns, Fails  as sley_retry.
 * Lwt     Lwt_retry.with_sleep
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_retry_sleeping(
    const sley_retry_options *options, sley_start_fn *attempt, void *ctx,
    sley_drop_fn *SLEY_OPTIONAL(drop));

/* Fulfilled with unit when fd can be read from, or written to, without blocking; cancelable. Any number of
 * promises may wait for one descriptor: all are fulfilled, and all readers but the first may find nothing left.
 * The descriptor must stay open until the promise is settled: cancel before you close.
 * Fails   rejected with errno EBADF for a bad descriptor, also one closed before the kernel was asked; with the
 *         errno of a kernel that refuses to watch fd (ENOSPC: fs.epoll.max_user_watches; ENOMEM). If fd is
 *         closed later, the promise stays pending.
 * Lwt     Lwt_unix.wait_read, wait_write
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_wait_readable(sley_fd fd);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_wait_writable(sley_fd fd);

/* Fulfilled with the number of a Unix signal the next time the process gets it; cancelable. The first call
 * installs the handler, which stays until the domain ends; then what was there before is put back. Only one domain of a
 * process may wait for a given signal.
 * Fails   rejected with SLEY_EINVAL for a signal that cannot be caught or is another domain's.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_wait_signal(int number);

SLEY_EXTERN_C_END

#include <sley/sites/loop.h>

#endif
