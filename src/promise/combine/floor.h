/* What the floors above see of combine: operations, and lists as values. */
#ifndef SLEY_COMBINE_FLOOR_H
#define SLEY_COMBINE_FLOOR_H

#include <sley/combine.h>
#include <sley/list.h>

#include "promise/core/domain_state.h"

/* Operations: a cancelable promise and the state of the work behind it, in one allocation. The data lives until the
 * operation ends, even if the promise settles earlier. */
typedef struct sley__operation_type {
  const char *name;
  /* The promise was canceled and is already settled: stop as soon as possible, then answer or drop the resolver as
   * usual, perhaps before this returns. NULL: the operation continues. */
  void (*cancel)(void *data);
} sley__operation_type;

/* A pending operation, or NULL when out of memory. *data is 16-byte aligned, not zeroed. The caller owns the resolver
 * (keep it in data): answering or dropping it ends the operation and frees data as soon as the promise no longer
 * needs it. */
sley_promise *sley__operation_new(const char *site, const sley__operation_type *type, size_t bytes,
                                  void **data, sley_resolver **resolver);

/* The data of a pending operation of this type that has one handle, p, and that nothing waits for; else NULL. */
void *sley__operation_alone(const sley_promise *p, const sley__operation_type *type);

/* The resolver of the operation with this data, which has not ended. */
sley_resolver *sley__operation_resolver(void *data);

/* sley_fulfill for an operation's resolver. Usually the only cancel callback is the library's own; this removes it,
 * and answering is then as fast as for any other promise. */
void sley__operation_fulfill(sley_resolver **r, sley_value v);
/* As sley_fulfill_now: callbacks run here, also inside a callback. */
void sley__operation_fulfill_now(sley_resolver **r, sley_value v);

/* Moves the values into a list that owns them; each becomes unit. NULL: out of memory, the values are unchanged. */
sley_list *sley__list_of(sley_domain *d, sley_value *values, size_t n);

#endif
