/* sley/balance.h: a TCP server over several domains, and which of them gets which connection.
 *
 *   SLEY_BALANCE_MODE_LEAST   one acceptor hands each connection to the domain with the fewest open ones, in
 *                             turn among equals. The default.
 *   SLEY_BALANCE_MODE_KEY     one acceptor hands each connection to the domain that a function of yours
 *                             chooses.
 *   SLEY_BALANCE_MODE_KERNEL  a listener in every domain on one port (SO_REUSEPORT); the kernel spreads by a
 *                             hash of the addresses. No hand-over, the cheapest to connect; with few
 *                             connections some domains get many and others none.
 *
 * A connection is handed over as a value (sley_type_io crosses domains while no operation on it is pending) and
 * belongs to the domain that serves it. */
#ifndef SLEY_BALANCE_H
#define SLEY_BALANCE_H

#include <sley/domain.h>
#include <sley/socket.h>

SLEY_EXTERN_C_BEGIN

typedef struct sley_balance sley_balance; /* counted; any thread */

/* Serves one connection in its domain until the promise is settled; then the connection is closed, unless it was
 * taken out (sley_io_take). A rejection other than Canceled goes to the async hook of that domain, with the peer's
 * address and the site of sley_balance_start. context is one value for all connections of all domains, which may
 * use it at the same time: it must allow that. */
typedef sley_promise *sley_serve_fn(sley_value *connection, const sley_value *context);
/* Runs in the acceptor's domain and chooses the domain: number (result modulo count) serves. */
typedef uint64_t sley_balance_key_fn(sley_io *io, const sley_value *context);

typedef enum sley_balance_mode {
  SLEY_BALANCE_MODE_LEAST = 0,
  SLEY_BALANCE_MODE_KEY = 1,
  SLEY_BALANCE_MODE_KERNEL = 2
} sley_balance_mode;

typedef struct sley_balance_options {
  size_t size;                 /* sizeof(sley_balance_options)                              */
  sley_listen_options listen;  /* where; address is copied, share_port set as the mode needs;
                                  prepare is called in each domain that listens             */
  sley_domain *const *domains; /* the domains that serve; copied, and each domain kept      */
  size_t count;                /* of domains                                                */
  sley_balance_mode mode;      /* 0: SLEY_BALANCE_MODE_LEAST                                */
  sley_serve_fn *serve;        /* serves a connection, in its domain                        */
  sley_balance_key_fn *key;    /* SLEY_BALANCE_MODE_KEY only                                */
  sley_value context;          /* consumed; its type must allow it to cross                 */
} sley_balance_options;

/* Opens the listeners and begins to accept: a value of sley_type_balance. The acceptor is the current domain. An error
 * of accepting goes to the async hook, once until the next connection comes; it tries again every 10 ms.
 * Owns    consumes options->context; the rest of options can be freed when this returns.
 * Fails   rejected as sley_listen; SLEY_EINVAL (no domains, no serve, no key), SLEY_ESEND, SLEY_EGONE, out of
 *         memory. Nothing listens then.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_balance_start(
    const sley_balance_options *options);
SLEY_API extern const sley_type sley_type_balance;
/* One more handle, one less; values that own a handle: to_value consumes it, in lends it, take moves it out as
 * sley_take does. Dropping the last handle does not stop the balance.
 * Thread  any.
 * Since   0.1 */
SLEY_API sley_balance *sley_balance_keep(sley_balance *balance);
SLEY_API void sley_balance_drop(sley_balance *balance);
SLEY_API sley_value sley_balance_to_value(sley_balance *balance);
SLEY_API sley_balance *sley_balance_in(const sley_value *v);
SLEY_API bool sley_balance_is_in(const sley_value *v);
SLEY_API SLEY_NODISCARD sley_balance *sley_balance_take(sley_value *v);

/* Closes the listeners, waits at most so many seconds until the open connections have been served, then cancels
 * what still serves and waits for that. Connections in the queues of the listeners are still accepted and served;
 * a peer that connects at the moment of closing is refused, or reset if its side of the handshake was complete.
 * Fulfilled when nothing serves any more.
 * Owns    borrows balance.
 * Thread  the domain that started it.
 * Since   0.1 */
SLEY_API SLEY_SITE SLEY_NODISCARD sley_promise *sley_balance_stop(sley_balance *balance,
                                                                  double seconds);

/* The port that it listens on.
 * Thread  any.
 * Since   0.1 */
SLEY_API unsigned sley_balance_port(const sley_balance *balance);
typedef struct sley_balance_counters {
  size_t size;       /* in: sizeof as the caller knows it                          */
  uint64_t accepted; /* connections given to the domain                            */
  uint64_t open;     /* that it serves now                                         */
  uint64_t failed;   /* whose serve was rejected, other than with Canceled         */
  uint64_t lost;     /* that could not be handed over: the domain had ended        */
} sley_balance_counters;
/* What domain number index got; a snapshot. An index past the end counts nothing.
 * Thread  any.
 * Since   0.1 */
SLEY_API void sley_balance_counters_get(const sley_balance *balance, size_t index,
                                        sley_balance_counters *out);

SLEY_EXTERN_C_END

#include <sley/sites/balance.h>

#endif
