/* sley/port.h: bounded queues of values between domains, and one to many.
 *
 * A port takes values from any number of domains and threads and gives each to one of its readers, in the order
 * in which they were put (values of one domain keep their order). Putting into a full port and getting from an
 * empty one wait, as promises. Canceling a get that waits loses no value and changes no order.
 *
 * Closing is one step among the puts: earlier puts succeed, and what they put is read before the end; later ones
 * are rejected and their values dropped. Nothing that was taken is lost unless the reading side closes. */
#ifndef SLEY_PORT_H
#define SLEY_PORT_H

#include <sley/promise.h>
#include <sley/stream.h>
#include <sley/whole.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_port sley_port;           /* counted; any thread */
typedef struct sley_broadcast sley_broadcast; /* counted; any thread */

/* Types of values that own a handle: they cross domains and are duplicated by keep. */
SLEY_API extern const sley_type sley_type_port;
SLEY_API extern const sley_type sley_type_port_reader;
SLEY_API extern const sley_type sley_type_port_writer;
SLEY_API extern const sley_type sley_type_broadcast;

/* Makes a port with room for at least capacity values (rounded up to a power of two less one).
 * Owns    *out is a counted handle, the caller's.
 * Fails   out of memory, SLEY_EINVAL (0, or more than 2^20); *out is NULL then.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_port_new(size_t capacity, sley_port **out);
/* One more handle, one less. Dropping the last drops the values in it.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_port *sley_port_keep(sley_port *port);
SLEY_API void sley_port_drop(sley_port *port);
/* Values that own a handle, consumed: of the port; of a writing end, the last of which closes the port when it is
 * dropped; of a reading end, the last of which closes it for reading. An end that is the argument of a call is
 * dropped when the call has ended, also where its domain has: so each side learns of the end of the other.
 * sley_port_in lends the port in any of the three; sley_port_take moves it out of a value of the port alone, as
 * sley_take does. Another type aborts.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_value sley_port_to_value(sley_port *port);
SLEY_API sley_value sley_port_writer_to_value(sley_port *port);
SLEY_API sley_value sley_port_reader_to_value(sley_port *port);
SLEY_API sley_port *sley_port_in(const sley_value *v);
SLEY_API bool sley_port_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_port *sley_port_take(sley_value *v);

/* Fulfilled with unit when the port has taken v; cancelable while it waits for room (a cancel that comes too late
 * has put the value). A reader that ends does not close the port, since another may come: where the readers'
 * domains may end first, give each a sley_port_reader_to_value; puts that wait are rejected with
 * sley_error_closed() when the last of those is gone.
 * Owns    consumes v, which is moved by its type's send function.
 * Fails   rejected with sley_error_closed(), SLEY_ESEND, out of memory, SLEY_EGONE if this domain ends first;
 *         v is dropped then.
 * Cost    with room: no lock, a fence and one small promise; at most one wake-up of a sleeping reader.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_port_put(sley_port *port, sley_value v);
/* sley_port_put without waiting.
 * Owns    consumes v, on failure too.
 * Fails   -SLEY_EAGAIN (full, or others wait), -SLEY_ECLOSED, -SLEY_ESEND.
 * Thread  any, also threads without a domain.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_port_try_put(sley_port *port, sley_value v);

/* The next value; cancelable.
 * Fails   rejected with sley_error_eof() when the port is closed and empty.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_port_get(sley_port *port);
/* sley_port_get without waiting.
 * Owns    *out is the caller's.
 * Fails   -SLEY_EAGAIN (empty, or others wait), -SLEY_EEOF; *out is unit then.
 * Thread  any, also threads without a domain.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD int sley_port_try_get(sley_port *port, sley_value *out);

/* The port as a stream (sley/stream.h) of the current domain. It takes a value when a reader finds none queued,
 * and ends where sley_port_get says so. A writer therefore waits for room as long as nothing reads, and at most
 * one value is taken ahead of need, where the read that asked for it was canceled. Several streams and gets can
 * share a port: each value goes to one of them. sley_none() ends the stream.
 * sley_stream_from_port borrows the port, which stays open when the last handle of the stream goes.
 * sley_port_to_stream hands the port over: when the last handle of the stream goes, the port is closed for reading,
 * which ends the subscription of a subscriber's port.
 * Owns    sley_stream_from_port adds a handle of its own, and the caller keeps the one it has;
 *         sley_port_to_stream consumes the caller's handle.
 * Fails   never NULL; out of memory as all streams (sley_port_to_stream closes the port for reading then).
 *         Reads are rejected as sley_port_get, but for the end; the next read asks again.
 * Cost    sley_port_get's, and sley_stream_from's.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_stream_from_port(sley_port *port);
SLEY_API SLEY_SITE SLEY_NODISCARD sley_stream *sley_port_to_stream(sley_port *port);

/* Closes the port from the writing side: what was taken can still be read; puts that wait are rejected with
 * sley_error_closed().
 * Thread  any.
 * Since   0.1 */
SLEY_API void sley_port_close(sley_port *port);
/* Closes the port from the reading side: as sley_port_close, and drops the values in it, with those that a
 * concurrent put has brought in.
 * Thread  any.
 * Since   0.1 */
SLEY_API void sley_port_close_reading(sley_port *port);
SLEY_API bool sley_port_is_closed(const sley_port *port);
/* Values in it now.
 * Thread  any.
 * Since   0.1 */
SLEY_API size_t sley_port_count(const sley_port *port);

/* One to many: every value goes to every subscriber, to all in the same order. Each has a port of its
 * own with room for capacity values; a put is fulfilled when every port has accepted the value.
 * Owns    *out is a counted handle, the caller's.
 * Fails   as sley_port_new.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_broadcast_new(size_t capacity, sley_broadcast **out);
/* One more handle, one less; dropping the last closes the subscribers' ports. A subscriber that has closed its
 * port for reading does not keep puts from succeeding.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_broadcast *sley_broadcast_keep(sley_broadcast *broadcast);
SLEY_API void sley_broadcast_drop(sley_broadcast *broadcast);
/* Makes a port that gets every value put from now on. sley_port_close_reading ends the subscription; dropping the
 * handle alone does not.
 * Owns    *out is a counted handle, the caller's.
 * Fails   out of memory, SLEY_ECLOSED; *out is NULL then.
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_error *sley_broadcast_subscribe(sley_broadcast *broadcast,
                                                             sley_port **out);
/* Fulfilled with unit when every subscriber's port has taken v; immediately if there are no subscribers.
 * Owns    consumes v, which must have dup unless there is at most one subscriber. dup and drop may run under a
 *         lock, which their thread can take again; puts of other threads wait.
 * Fails   rejected with sley_error_closed(), SLEY_ESEND, SLEY_EINVAL (no dup), out of memory: some subscribers
 *         may have it then.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_broadcast_put(sley_broadcast *broadcast,
                                                                   sley_value v);
/* Closes every subscriber's port; what they have taken can still be read. Puts that wait for one of them are
 * rejected with sley_error_closed(), though the others have the value.
 * Thread  any.
 * Since   0.1 */
SLEY_API void sley_broadcast_close(sley_broadcast *broadcast);
/* Subscriptions that have not ended.
 * Thread  any.
 * Since   0.1 */
SLEY_API size_t sley_broadcast_count(sley_broadcast *broadcast);

SLEY_EXTERN_C_END

#include <sley/sites/port.h>

#endif
