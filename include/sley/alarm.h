/* sley/alarm.h: alarms, which call a function when a time is over unless they were started again or stopped, such as
 * the idle limit of a connection. They take less than a sley_sleep that is canceled and made again: an alarm has no
 * promise, and starting it again writes two words. */
#ifndef SLEY_ALARM_H
#define SLEY_ALARM_H

#include <sley/loop.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_alarm sley_alarm; /* belongs to its domain */

/* Called when an alarm's time is over. An error that it returns goes to the async hook, with the place of
 * sley_alarm_new. It can start, change, stop or drop its alarm. */
typedef sley_error *sley_alarm_fn(void *ctx);

/* Makes an alarm of so many seconds that is not started. It calls f once for each start whose time is over, never
 * earlier, in the order of these times, in turns of the loop.
 * Owns    *out is the caller's: sley_alarm_drop. drop(ctx) is called when the alarm is dropped, or ends with its
 *         domain.
 * Fails   SLEY_EINVAL if seconds is not positive, out of memory, an error of kind errno if the loop cannot be made;
 *         *out is NULL then, and ctx is dropped.
 * Cost    one allocation of 128 bytes.
 * Lwt     Lwt_timeout.create, of whole seconds; Lwt_engine.on_timer
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_error *sley_alarm_new(double seconds, sley_alarm_fn *f,
                                                             void *ctx, sley_drop_fn *drop,
                                                             sley_alarm **out);
/* Drops an alarm, which is stopped. NULL is allowed.
 * Since   0.1 */
SLEY_API void sley_alarm_drop(sley_alarm *alarm);

/* Starts an alarm, or starts it again: the time that was running is forgotten. sley_alarm_start counts from the
 * beginning of this turn of the loop, so that f can be called too early by as much as the turn has lasted; it reads
 * no clock in a turn. sley_alarm_start_now counts from now.
 * Fails   never.
 * Cost    none but a few instructions; sley_alarm_start_now reads the clock.
 * Lwt     Lwt_timeout.start, whose first alarm can be up to a second late
 * Since   0.1 */
SLEY_API void sley_alarm_start(sley_alarm *alarm);
SLEY_API void sley_alarm_start_now(sley_alarm *alarm);
/* Stops an alarm; nothing happens if it is not started.
 * Lwt     Lwt_timeout.stop; Lwt_engine.stop_event
 * Since   0.1 */
SLEY_API void sley_alarm_stop(sley_alarm *alarm);
/* Gives an alarm another time. One that is started is started again, as by sley_alarm_start_now.
 * Fails   -SLEY_EINVAL if seconds is not positive: the alarm is as it was. Otherwise 0.
 * Lwt     Lwt_timeout.change
 * Since   0.1 */
SLEY_API int sley_alarm_change(sley_alarm *alarm, double seconds);
/* Whether an alarm is started and its time is not over.
 * Since   0.1 */
SLEY_API bool sley_alarm_is_started(const sley_alarm *alarm);

SLEY_EXTERN_C_END

#include <sley/sites/alarm.h>

#endif
