/* What the floors above see of combine: operations, and lists as values. */
#ifndef SLEY_COMBINE_FLOOR_H
#define SLEY_COMBINE_FLOOR_H

#include <sley/combine.h>
#include <sley/list.h>

#include "promise/core/domain_state.h"

/* Operations: a cancelable promise and the state of what is behind it in one allocation. The data
 * lives until the operation is over, however early the promise settles. */
typedef struct sley__operation_type {
  const char *name;
  /* The promise was canceled and is settled already: stop as soon as possible, then answer or
   * drop the resolver as usual. May do so before it returns. NULL: the operation just goes on. */
  void (*cancel)(void *data);
} sley__operation_type;

/* A pending operation, or NULL when out of memory. *data is 16-byte aligned, not zeroed. The
 * resolver is the caller's (keep it in data): answering or dropping it ends the operation and frees
 * data as soon as the promise needs it no longer. */
sley_promise *sley__operation_new(const char *site, const sley__operation_type *type, size_t bytes,
                                  void **data, sley_resolver **resolver);

/* sley_fulfill for an operation's resolver. Mostly nobody but the library listens for its being canceled:
 * it stops to, and answering is as quick as for any other promise. */
void sley__operation_fulfill(sley_resolver **r, sley_value v);

/* The values as a list that owns them, which become unit. NULL: out of memory, they are left. */
sley_list *sley__list_of(sley_domain *d, sley_value *values, size_t n);

#endif
