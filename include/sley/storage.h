/* sley/storage.h: values that follow a sequence of callbacks (a request id, a logger), like
 * thread-local variables that follow a thread. */
#ifndef SLEY_STORAGE_H
#define SLEY_STORAGE_H

#include <sley/promise.h>

SLEY_EXTERN_C_BEGIN

/* A key is any static object of this type; its address is its identity.
 *
 *     static const sley_key request_id = SLEY_KEY("request id");
 *
 * Thread  any; each domain has its own values.
 * Lwt     new_key
 * Since   0.1 */
typedef struct sley_key {
  const char *name; /* for reports */
} sley_key;
#define SLEY_KEY(text) \
  {                    \
    text               \
  }

/* Returns the value bound to key in the current storage, or NULL.
 * Owns    the value is lent, and valid until the running callback returns.
 * Cost    O(keys bound).
 * Lwt     get
 * Since   0.1 */
SLEY_API const sley_value *sley_storage_get(const sley_key *key);

/* Calls start with key bound to v, and returns its promise. The callbacks that start registers see
 * the value too, whenever they run; the caller does not.
 * Owns    consumes v.
 * Fails   if out of memory, start is never called, and the result is rejected with that.
 * Cost    O(keys bound), two allocations.
 * Lwt     with_value
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_with_value(const sley_key *key, sley_value v,
                                                      sley_start_fn *start, void *ctx);
/* sley_with_value with key not bound.
 * Lwt     with_value key None
 * Since   0.1 */
SLEY_API SLEY_NODISCARD sley_promise *sley_without_value(const sley_key *key, sley_start_fn *start,
                                                         void *ctx);

SLEY_EXTERN_C_END

#endif
